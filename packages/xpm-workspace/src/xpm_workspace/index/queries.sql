-- Queries of the index, each with its name and what it is for. Parameters are named.

-- name: meta
-- One value about the index itself.
SELECT value FROM meta WHERE name = :name;

-- name: set_meta
-- Change one value about the index itself.
INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: experiments_known
-- All experiments with what was last read of them.
SELECT key, experiment_id, signature, current_run FROM experiments;

-- name: add_experiment
-- A new experiment.
INSERT INTO experiments (experiment_id, current_run, signature, changed)
VALUES (:experiment_id, :current_run, :signature, :changed);

-- name: update_experiment
-- An experiment whose informations.json changed.
UPDATE experiments SET current_run = :current_run, signature = :signature, changed = :changed WHERE key = :key;

-- name: touch_experiment
-- An experiment whose runs changed.
UPDATE experiments SET changed = :changed WHERE key = :key;

-- name: delete_experiment
-- An experiment whose folder is gone.
DELETE FROM experiments WHERE key = :key;

-- name: runs_of
-- Runs of an experiment with what was last read of them.
SELECT key, run_id, recorded_status, status FROM runs WHERE experiment = :experiment;

-- name: open_runs
-- Runs that nobody closed: their journals may grow, and their schedulers may die.
SELECT r.key, e.experiment_id, r.run_id, e.key, e.current_run, r.status
FROM runs r JOIN experiments e ON e.key = r.experiment
WHERE r.recorded_status = 'running';

-- name: all_runs
-- Keys of all runs.
SELECT r.key, e.experiment_id, r.run_id FROM runs r JOIN experiments e ON e.key = r.experiment WHERE r.version2 = 0;

-- name: run_by_id
-- One run.
SELECT r.key, r.experiment FROM runs r JOIN experiments e ON e.key = r.experiment
WHERE e.experiment_id = :experiment_id AND r.run_id = :run_id;

-- name: upsert_run
-- What informations.json says about a run.
INSERT INTO runs (experiment, run_id, hostname, started_at, ended_at, recorded_status, status, pid, version2)
VALUES (:experiment, :run_id, :hostname, :started_at, :ended_at, :recorded_status, :status, :pid, :version2)
ON CONFLICT (experiment, run_id) DO UPDATE SET
    hostname = excluded.hostname, started_at = excluded.started_at, ended_at = excluded.ended_at,
    recorded_status = excluded.recorded_status, status = excluded.status, pid = excluded.pid;

-- name: set_run_status
-- A run whose scheduler came or went.
UPDATE runs SET status = :status WHERE key = :run;

-- name: run_cursors
-- How far the journals of a run were read.
SELECT journal_cursor, jobs_cursor, services_signature FROM runs WHERE key = :run;

-- name: set_run_cursors
-- How far the journals of a run have been read now.
UPDATE runs SET journal_cursor = :journal_cursor, jobs_cursor = :jobs_cursor WHERE key = :run;

-- name: set_services_signature
-- Which services.json was read.
UPDATE runs SET services_signature = :signature WHERE key = :run;

-- name: delete_run
-- A run whose folder is gone; first its memberships.
DELETE FROM runs WHERE key = :run;

-- name: delete_run_jobs
-- Memberships of a run.
DELETE FROM job_runs WHERE run = :run;

-- name: delete_run_tags
-- Tags of a run.
DELETE FROM tags WHERE run = :run;

-- name: delete_run_dependencies
-- Dependencies of a run.
DELETE FROM dependencies WHERE run = :run;

-- name: delete_run_services
-- Services of a run.
DELETE FROM services WHERE run = :run;

-- name: delete_run_states
-- Counts of a run.
DELETE FROM run_states WHERE run = :run;

-- name: add_service
-- A service of a run, or what is new about it.
INSERT INTO services (run, service_id, content, changed) VALUES (:run, :service_id, :content, :changed)
ON CONFLICT (run, service_id) DO UPDATE SET content = excluded.content, changed = excluded.changed
WHERE content <> excluded.content;

-- name: services_of_run
-- Ids of the services of a run.
SELECT service_id FROM services WHERE run = :run;

-- name: delete_service
-- A service that is no more in services.json.
DELETE FROM services WHERE run = :run AND service_id = :service_id;

-- name: touch_run_services
-- Services whose scheduler came or went.
UPDATE services SET changed = :changed WHERE run = :run;

-- name: touch_current_services
-- Services that are shown since an experiment has another current run.
UPDATE services SET changed = :changed WHERE run IN (
    SELECT r.key FROM runs r JOIN experiments e ON e.key = r.experiment
    WHERE e.key = :experiment AND r.run_id = e.current_run
);

-- name: jobs_of_run
-- Ids of all jobs of a run.
SELECT j.job_id FROM job_runs m JOIN jobs j ON j.key = m.job WHERE m.run = :run;

-- name: uncertain_jobs_of_run
-- Jobs of a run about which a scheduler that comes or goes changes what is concluded: all but those with their marker.
SELECT j.job_id FROM job_runs m JOIN jobs j ON j.key = m.job
WHERE m.run = :run AND (j.state <> 'DONE' OR j.folder = 0);

-- name: add_job
-- A job seen for the first time; what is known follows, unless it is what most jobs are.
INSERT OR IGNORE INTO jobs (job_id, task_id, name, state, rank, home_run, submitted_at, changed)
VALUES (:job_id, :task_id, :name, :state, :rank, :home_run, :submitted_at, :changed);

-- name: job_key
-- Key of a job.
SELECT key FROM jobs WHERE job_id = :job_id;

-- name: add_submission
-- A line of jobs.jsonl about a job that is new in its run.
INSERT OR IGNORE INTO job_runs (run, job, tags, submitted_at, launcher, transient)
VALUES (:run, :job, :tags, :submitted_at, :launcher, :transient);

-- name: change_submission
-- A further line of jobs.jsonl about a job: the latest counts, but for the time.
UPDATE job_runs SET tags = :tags, submitted_at = COALESCE(submitted_at, :submitted_at), launcher = :launcher,
    transient = :transient
WHERE run = :run AND job = :job;

-- name: set_view
-- The last word of a run's scheduler about a job.
INSERT INTO job_runs (run, job, view_state, view_reason, view_at, view_attempt)
VALUES (:run, :job, :state, :reason, :at, :attempt)
ON CONFLICT (run, job) DO UPDATE SET
    view_state = excluded.view_state, view_reason = excluded.view_reason, view_at = excluded.view_at,
    view_attempt = COALESCE(excluded.view_attempt, job_runs.view_attempt);

-- name: delete_job_tags
-- Tags of a job in a run, before new ones.
DELETE FROM tags WHERE run = :run AND job = :job;

-- name: add_tag
-- A tag of a job in a run.
INSERT OR REPLACE INTO tags (run, job, name, value) VALUES (?, ?, ?, ?);

-- name: delete_job_dependencies
-- Dependencies of a job in a run, before new ones.
DELETE FROM dependencies WHERE run = :run AND job = :job;

-- name: add_dependency
-- A job that a job needs.
INSERT OR IGNORE INTO dependencies (run, job, needs, position) VALUES (?, ?, ?, ?);

-- name: job_memory
-- What was last concluded about a job, in the order of `update_job`, and where to go on.
SELECT key, state, rank, reason, home_run, submitted_at, started_at, ended_at, progress, exit_code, message,
    peak_memory_bytes, cpu_time_s, attempts, host, folder, folder_mtime_ns, journal_cursor, story, changed
FROM jobs WHERE job_id = :job_id;

-- name: job_views
-- What the runs say about a job, those with a live scheduler first, then the latest.
SELECT m.run, m.submitted_at, m.transient, m.view_state, m.view_reason, m.view_at, m.view_attempt,
    r.status = 'running' AS alive, r.run_id, e.experiment_id
FROM job_runs m JOIN runs r ON r.key = m.run JOIN experiments e ON e.key = r.experiment WHERE m.job = :job
ORDER BY alive DESC, m.view_at DESC, r.run_id DESC, e.experiment_id;

-- name: update_job
-- What is concluded about a job.
UPDATE jobs SET state = ?, rank = ?, reason = ?, home_run = ?, submitted_at = ?, started_at = ?, ended_at = ?, progress = ?,
    exit_code = ?, message = ?, peak_memory_bytes = ?, cpu_time_s = ?, attempts = ?, host = ?, folder = ?,
    folder_mtime_ns = ?, journal_cursor = ?, story = ?, changed = ?
WHERE key = ?;

-- name: delete_job
-- A job without folder that no run knows.
DELETE FROM jobs WHERE key = :key;

-- name: active_jobs
-- Jobs that have, or may have, a process.
SELECT job_id, folder_mtime_ns, journal_cursor, state FROM jobs WHERE state IN ('SCHEDULED', 'RUNNING');

-- name: some_folders
-- Some known job folders, in a fixed order, for a look at each in turn.
SELECT key, job_id, folder_mtime_ns FROM jobs WHERE key > :after AND folder = 1 ORDER BY key LIMIT :limit;

-- name: count_folders
-- How many job folders of a task are known.
SELECT COUNT(*) FROM jobs WHERE task_id = :task_id AND folder = 1;

-- name: folders_of_task
-- Job folders of a task that are known.
SELECT job_id, folder_mtime_ns FROM jobs WHERE task_id = :task_id AND folder = 1;

-- name: task_folders
-- Task folders as they were last listed.
SELECT task_id, mtime_ns FROM task_folders;

-- name: set_task_folder
-- A task folder has been listed.
INSERT INTO task_folders (task_id, mtime_ns) VALUES (:task_id, :mtime_ns)
ON CONFLICT (task_id) DO UPDATE SET mtime_ns = excluded.mtime_ns;

-- name: delete_task_folder
-- A task folder is gone.
DELETE FROM task_folders WHERE task_id = :task_id;

-- name: add_removal
-- Something disappeared.
INSERT INTO removals (kind, id, changed) VALUES (:kind, :id, :changed)
ON CONFLICT (kind, id) DO UPDATE SET changed = excluded.changed;

-- name: delete_removal
-- It is back.
DELETE FROM removals WHERE kind = :kind AND id = :id;

-- name: list_experiments
-- Experiments with their current runs.
SELECT e.experiment_id, (SELECT COUNT(*) FROM runs c WHERE c.experiment = e.key) AS run_count,
    r.key, r.run_id, r.hostname, r.started_at, r.ended_at, r.status, r.pid, r.version2
FROM experiments e LEFT JOIN runs r ON r.experiment = e.key AND r.run_id = e.current_run
ORDER BY e.experiment_id;

-- name: changed_experiments
-- The same for those that changed since a revision.
SELECT e.experiment_id, (SELECT COUNT(*) FROM runs c WHERE c.experiment = e.key) AS run_count,
    r.key, r.run_id, r.hostname, r.started_at, r.ended_at, r.status, r.pid, r.version2
FROM experiments e LEFT JOIN runs r ON r.experiment = e.key AND r.run_id = e.current_run
WHERE e.changed > :revision ORDER BY e.experiment_id;

-- name: list_runs
-- Runs of an experiment, the latest first.
SELECT e.experiment_id, r.key, r.run_id, r.hostname, r.started_at, r.ended_at, r.status, r.pid, r.version2
FROM runs r JOIN experiments e ON e.key = r.experiment
WHERE e.experiment_id = :experiment_id ORDER BY r.started_at DESC, r.run_id DESC;

-- name: run_counts
-- Jobs of a run by state.
SELECT state, jobs FROM run_states WHERE run = :run AND jobs > 0;

-- name: run_tags
-- Names and values of the tags in the current run of an experiment.
SELECT DISTINCT t.name, t.value FROM tags t WHERE t.run = (
    SELECT r.key FROM experiments e JOIN runs r ON r.experiment = e.key AND r.run_id = e.current_run
    WHERE e.experiment_id = :experiment_id
);

-- name: current_run
-- Key of the current run of an experiment.
SELECT r.key FROM experiments e JOIN runs r ON r.experiment = e.key AND r.run_id = e.current_run
WHERE e.experiment_id = :experiment_id;

-- name: experiment_exists
-- Whether there is such an experiment.
SELECT 1 FROM experiments WHERE experiment_id = :experiment_id;

-- name: job_dependencies
-- What a job needs in a run.
SELECT needs FROM dependencies WHERE run = :run AND job = :job ORDER BY position;

-- name: run_tasks
-- Jobs of a run by task and state.
SELECT j.task_id, j.state, COUNT(*) FROM job_runs m JOIN jobs j ON j.key = m.job WHERE m.run = :run
GROUP BY j.task_id, j.state ORDER BY j.task_id;

-- name: run_task_edges
-- Which tasks of a run need which; what is needed need not be in the run.
SELECT substr(d.needs, 1, instr(d.needs, '/') - 1) AS needed, j.task_id, COUNT(*)
FROM dependencies d JOIN jobs j ON j.key = d.job WHERE d.run = :run GROUP BY needed, j.task_id
ORDER BY needed, j.task_id;

-- name: job_dependents
-- Which jobs need a job, in any run.
SELECT DISTINCT j.job_id FROM dependencies d JOIN jobs j ON j.key = d.job WHERE d.needs = :job_id ORDER BY j.job_id;

-- name: job_memberships
-- Runs that know a job.
SELECT e.experiment_id, r.run_id FROM job_runs m JOIN runs r ON r.key = m.run
JOIN experiments e ON e.key = r.experiment WHERE m.job = :job ORDER BY r.started_at DESC, r.run_id DESC;

-- name: jobs_by_prefix
-- Job ids between two bounds.
SELECT job_id FROM jobs WHERE job_id >= :low AND job_id < :high ORDER BY job_id LIMIT :limit;

-- name: all_services
-- Services of the current runs.
SELECT e.experiment_id, r.run_id, s.service_id, s.content, r.status = 'running'
FROM services s JOIN runs r ON r.key = s.run JOIN experiments e ON e.key = r.experiment
WHERE r.run_id = e.current_run ORDER BY e.experiment_id, s.service_id;

-- name: changed_services
-- The same for those that changed since a revision.
SELECT e.experiment_id, r.run_id, s.service_id, s.content, r.status = 'running'
FROM services s JOIN runs r ON r.key = s.run JOIN experiments e ON e.key = r.experiment
WHERE s.changed > :revision AND r.run_id = e.current_run ORDER BY e.experiment_id, s.service_id;

-- name: orphans
-- Job folders that no run refers to.
SELECT j.job_id FROM jobs j WHERE j.folder = 1 AND j.home_run IS NULL ORDER BY j.job_id;

-- name: removals_since
-- What disappeared since a revision.
SELECT kind, id FROM removals WHERE changed > :revision;

-- name: select_jobs
-- All that a record holds, for jobs and runs given by a list of keys; a run of 0 means none.
SELECT j.key, m.run, j.job_id, j.task_id, j.state, j.reason, e.experiment_id, r.run_id, m.tags, m.launcher,
    m.transient, m.submitted_at, j.started_at, j.ended_at, j.progress, j.exit_code, j.message, j.peak_memory_bytes,
    j.cpu_time_s, j.attempts, j.host, j.folder
FROM jobs j LEFT JOIN job_runs m ON m.job = j.key AND m.run = :run
LEFT JOIN runs r ON r.key = m.run LEFT JOIN experiments e ON e.key = r.experiment
WHERE j.key = :job;

-- name: jobs_by_key
-- Begin of a query for keys of jobs in their home runs; a filter and an order follow.
SELECT j.key, j.home_run FROM jobs j LEFT JOIN job_runs m ON m.job = j.key AND m.run = j.home_run

-- name: jobs_of_run_by_key
-- Begin of a query for keys of jobs in one run; a filter and an order follow.
SELECT j.key, m.run FROM job_runs m CROSS JOIN jobs j ON j.key = m.job

-- name: count_jobs
-- Begin of a query that counts jobs in their home runs; a filter follows.
SELECT COUNT(*) FROM jobs j LEFT JOIN job_runs m ON m.job = j.key AND m.run = j.home_run

-- name: count_jobs_of_run
-- Begin of a query that counts jobs in one run; a filter follows.
SELECT COUNT(*) FROM job_runs m CROSS JOIN jobs j ON j.key = m.job

-- name: changed_jobs
-- Keys of the jobs that changed since a revision.
SELECT key, home_run FROM jobs WHERE changed > :revision ORDER BY changed LIMIT :limit;

-- name: jobs_by_end
-- Job ids that contain a text after the slash or after the last dot of the task.
SELECT job_id FROM jobs WHERE instr(job_id, :slash || :text) > 0 ORDER BY job_id LIMIT :limit;

-- name: count_run_states
-- Count the jobs of all runs by state, after the tables were filled without the triggers.
INSERT OR REPLACE INTO run_states (run, state, jobs)
SELECT m.run, j.state, COUNT(*) FROM job_runs m JOIN jobs j ON j.key = m.job GROUP BY m.run, j.state;
