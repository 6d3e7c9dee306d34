-- The index: a cache of a fold over the disk. It may be deleted at any time; see docs/disk-format.md.
-- Times are seconds since the epoch (UTC). `changed` is the revision of the last change of the row.
-- A cursor says how far a journal was read: offset, and a checksum of its beginning ("1234:5a5a5a5a").

-- schema_version: see database.SCHEMA_VERSION; generation: random, new at each rebuild; revision: grows by one with
-- each transaction that changes something; complete: whether the first scan came to its end.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;

CREATE TABLE experiments (
    key INTEGER PRIMARY KEY,
    experiment_id TEXT NOT NULL UNIQUE,     -- name of its folder
    current_run TEXT,                       -- run id, as informations.json says
    signature TEXT NOT NULL,                -- time, size and inode of informations.json when it was last read
    changed INTEGER NOT NULL
);
CREATE INDEX experiments_by_change ON experiments (changed);

CREATE TABLE runs (
    key INTEGER PRIMARY KEY,
    experiment INTEGER NOT NULL REFERENCES experiments (key),
    run_id TEXT NOT NULL,
    hostname TEXT,                          -- machine it was launched on, as informations.json says
    started_at REAL,
    ended_at REAL,
    recorded_status TEXT NOT NULL,          -- what informations.json says
    status TEXT NOT NULL,                   -- the same, but interrupted when its scheduler is gone
    pid INTEGER,                            -- the scheduler's process
    version2 INTEGER NOT NULL DEFAULT 0,    -- 1: made by experimaestro 2.x, only listed
    journal_cursor TEXT NOT NULL DEFAULT '',
    jobs_cursor TEXT NOT NULL DEFAULT '',
    services_signature TEXT NOT NULL DEFAULT '',
    UNIQUE (experiment, run_id)
);
CREATE INDEX runs_open ON runs (recorded_status) WHERE recorded_status = 'running';

CREATE TABLE jobs (
    key INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL UNIQUE,            -- task id/identifier
    task_id TEXT NOT NULL,
    name TEXT NOT NULL,                     -- last part of the task id
    state TEXT NOT NULL DEFAULT 'UNSCHEDULED',
    rank INTEGER NOT NULL DEFAULT 9,        -- of the state, for an order: what goes on comes first
    reason TEXT,                            -- with ERROR
    home_run INTEGER,                       -- the latest run that submitted it; null for an orphan
    submitted_at REAL,                      -- by that run
    started_at REAL,
    ended_at REAL,
    progress TEXT,                          -- JSON, from the outer loop to the inner one
    exit_code INTEGER,
    message TEXT,
    peak_memory_bytes INTEGER,
    cpu_time_s REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    host TEXT,                              -- machine it runs or ran on
    folder INTEGER NOT NULL DEFAULT 0,      -- 1: its folder exists
    folder_mtime_ns INTEGER,                -- of its folder when it was last looked at
    journal_cursor TEXT NOT NULL DEFAULT '',
    story TEXT NOT NULL DEFAULT '{}',       -- JSON, fold of its journal up to the cursor (fold.JobStory)
    changed INTEGER NOT NULL
);
CREATE INDEX jobs_by_change ON jobs (changed);
CREATE INDEX jobs_by_submission ON jobs (submitted_at, key);
CREATE INDEX jobs_by_task ON jobs (task_id, folder);
CREATE INDEX jobs_by_state ON jobs (state, submitted_at);
-- For the orders that people ask for; the expressions are those of reader.ORDERS.
CREATE INDEX jobs_by_start ON jobs (started_at);
CREATE INDEX jobs_by_end ON jobs (ended_at);
CREATE INDEX jobs_by_duration ON jobs (ended_at - started_at);
CREATE INDEX jobs_by_memory ON jobs (peak_memory_bytes);
CREATE INDEX jobs_by_rank ON jobs (rank);

-- Membership of a job in a run, and the last word of the run's scheduler about it.
CREATE TABLE job_runs (
    run INTEGER NOT NULL REFERENCES runs (key),
    job INTEGER NOT NULL REFERENCES jobs (key),
    tags TEXT NOT NULL DEFAULT '{}',        -- JSON
    submitted_at REAL,
    launcher TEXT,
    transient TEXT NOT NULL DEFAULT 'NONE',
    view_state TEXT,
    view_reason TEXT,
    view_at REAL,
    view_attempt INTEGER,
    PRIMARY KEY (run, job)
) WITHOUT ROWID;
CREATE INDEX job_runs_by_job ON job_runs (job);
CREATE INDEX job_runs_by_submission ON job_runs (run, submitted_at, job);

-- Tags one by one, for filters. Numbers are numbers, text is text, booleans are the text true and false.
CREATE TABLE tags (
    run INTEGER NOT NULL,
    job INTEGER NOT NULL,
    name TEXT NOT NULL,
    value,
    PRIMARY KEY (run, job, name)
) WITHOUT ROWID;
CREATE INDEX tags_by_value ON tags (name, value);

CREATE TABLE dependencies (
    run INTEGER NOT NULL,
    job INTEGER NOT NULL,
    needs TEXT NOT NULL,                    -- job id
    position INTEGER NOT NULL,              -- order of appearance
    PRIMARY KEY (run, job, needs)
) WITHOUT ROWID;
CREATE INDEX dependencies_by_need ON dependencies (needs);

CREATE TABLE services (
    run INTEGER NOT NULL,
    service_id TEXT NOT NULL,
    content TEXT NOT NULL,                  -- JSON, as in services.json
    changed INTEGER NOT NULL,               -- also when the scheduler of the run came or went
    PRIMARY KEY (run, service_id)
) WITHOUT ROWID;
CREATE INDEX services_by_change ON services (changed);

-- How many jobs of a run are in each state; kept by the triggers below, so that listing costs nothing.
CREATE TABLE run_states (
    run INTEGER NOT NULL,
    state TEXT NOT NULL,
    jobs INTEGER NOT NULL,
    PRIMARY KEY (run, state)
) WITHOUT ROWID;

-- What disappeared, for those who watch.
CREATE TABLE removals (
    kind TEXT NOT NULL,                     -- job or experiment
    id TEXT NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX removals_by_change ON removals (changed);

-- State of the scan: modification time of each task folder when it was last listed.
CREATE TABLE task_folders (
    task_id TEXT PRIMARY KEY,
    mtime_ns INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER job_joins_run AFTER INSERT ON job_runs BEGIN
    INSERT INTO run_states (run, state, jobs)
        SELECT new.run, state, 1 FROM jobs WHERE key = new.job
        ON CONFLICT (run, state) DO UPDATE SET jobs = jobs + 1;
END;

CREATE TRIGGER job_leaves_run AFTER DELETE ON job_runs BEGIN
    UPDATE run_states SET jobs = jobs - 1
        WHERE run = old.run AND state = (SELECT state FROM jobs WHERE key = old.job);
END;

CREATE TRIGGER job_changes_state AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
    UPDATE run_states SET jobs = jobs - 1
        WHERE state = old.state AND run IN (SELECT run FROM job_runs WHERE job = new.key);
    INSERT INTO run_states (run, state, jobs)
        SELECT run, new.state, 1 FROM job_runs WHERE job = new.key
        ON CONFLICT (run, state) DO UPDATE SET jobs = jobs + 1;
    UPDATE experiments SET changed = new.changed
        WHERE changed <> new.changed AND key IN (
            SELECT r.experiment FROM job_runs m JOIN runs r ON r.key = m.run WHERE m.job = new.key
        );
END;
