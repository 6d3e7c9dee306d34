"""The scheduler's old names and attributes, on an experiment that really runs."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from experimaestro import DirectLauncher, TransientMode, experiment, set_launcher
from experimaestro.connectors.local import LocalConnector
from experimaestro.scheduler import (
    FailedExperiment,
    Job,
    JobContext,
    JobFailureStatus,
    JobState,
    Listener,
    Scheduler,
)
from experimaestro.scheduler.jobs import JobDependency, JobStateError
from xpm_scheduler import NoExperiment
from xpm_workspace.lifecycle import Status


def run(workdir: Path) -> experiment:
    return experiment(workdir, "names", report=False, register_signals=False, dirty_git="IGNORE")


class Told(Listener):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.submitted: list[str] = []
        self.states: dict[str, list[JobState]] = {}

    def job_submitted(self, job: Job) -> None:
        self.submitted.append(job.job_id)

    def job_state(self, job: Job) -> None:
        self.states.setdefault(job.job_id, []).append(job.state)


class Raises(Listener):
    def job_state(self, job: Job) -> None:
        raise ValueError("a listener of the user")


def test_jobs_have_their_attributes(tasks: ModuleType, workdir: Path) -> None:
    with run(workdir) as xp:
        learned = tasks.Learn.C(model=tasks.Model.C()).tag("model", "small").submit(max_retries=5)
        evaluated = tasks.Evaluate.C(learned=learned).submit(transient=TransientMode.NONE)
        resumed = tasks.Resumes.C().submit(max_retries=7)
        assert xp.jobs[0] is learned.job is learned.__xpm__.job
        assert learned.wait() is JobState.DONE
    job: Job = learned.job
    folder = workdir / "jobs" / "xpm_old_names.learn" / learned.__identifier__().hex()
    assert job.path == job.jobpath == learned.jobpath == folder
    assert workdir / "jobs" / job.relpath == folder
    assert (xp.jobspath / job.relpath).resolve() == folder.resolve()
    assert (job.name, job.identifier) == ("learn", learned.__identifier__().hex())
    assert job.donepath == folder / "learn.done" and job.donepath.exists()
    assert job.failedpath == folder / "learn.failed" and not job.failedpath.exists()
    assert job.pidpath == folder / "learn.pid"
    assert (job.stdout, job.stderr) == (folder / "learn.out", folder / "learn.err")
    assert (learned.stdout(), learned.stderr()) == (job.stdout, job.stderr)
    assert job.config is learned
    assert job.workspace.path == workdir
    assert job.environ == {}
    assert job.dependencies == ()
    assert evaluated.job.dependencies == (JobDependency(origin=job, target=evaluated.job),)
    assert (job.retry_count, job.resumable, job.transient) == (0, False, TransientMode.NONE)
    assert (resumed.job.max_retries, resumed.job.resumable) == (7, True)
    assert job.wait() is job.state is JobState.DONE
    assert JobState.from_path(job.path, job.name) is JobState.DONE
    assert job.state.finished() and not job.state.running() and not job.state.is_error()
    assert not xp.failed
    # Inside the job, `Env` knew the folders.
    assert (folder / "model.txt").read_text() == str(workdir)


def test_a_failed_job(tasks: ModuleType, workdir: Path) -> None:
    with pytest.raises(FailedExperiment), run(workdir) as xp:
        learned = tasks.Learn.C(model=tasks.Model.C(), rate=2.0).submit()
        evaluated = tasks.Evaluate.C(learned=learned).submit()
    assert xp.failed
    assert learned.job.state.is_error()
    assert learned.job.status == JobStateError(JobFailureStatus.FAILED)
    assert evaluated.job.status.reason is JobFailureStatus.DEPENDENCY
    assert isinstance(learned.job.state, JobStateError)
    assert isinstance(learned.job.status, JobStateError)
    assert not isinstance(JobState.DONE, JobStateError)
    assert not isinstance(Status(state=JobState.RUNNING), JobStateError)


def test_generated_paths_go_where_the_job_is(tasks: ModuleType, workdir: Path) -> None:
    with run(workdir):
        learned = tasks.Learn.C(model=tasks.Model.C()).submit()
    again = tasks.Learn.C(model=tasks.Model.C()).instance(JobContext(learned.job))
    assert again.out == learned.jobpath / "model.txt"
    assert JobContext(learned.job).job is learned.job


def test_listeners_are_told(tasks: ModuleType, workdir: Path, caplog: pytest.LogCaptureFixture) -> None:
    first, late = Told(), Told()
    with run(workdir):
        scheduler = Scheduler.instance()
        assert Scheduler.instance() is scheduler
        scheduler.add_listener(Raises())
        scheduler.add_listener(first)
        learned = tasks.Learn.C(model=tasks.Model.C()).submit()
        scheduler.wait()
        assert scheduler.jobs == {learned.job.job_id: learned.job}
    # After its end an experiment can still be asked.
    scheduler.add_listener(late)
    for told in (first, late):
        scheduler.remove_listener(told)
        assert told.submitted == [learned.job.job_id]
        assert told.states[learned.job.job_id][-1] is JobState.DONE
    assert "a listener failed" in caplog.text


def test_listeners_are_told_by_themselves(tasks: ModuleType, workdir: Path) -> None:
    told = Told()
    with run(workdir):
        scheduler = Scheduler.instance()
        scheduler.add_listener(told)
        thread = scheduler._thread
        tasks.Learn.C(model=tasks.Model.C()).submit()
    assert thread is not None
    thread.join(timeout=30)
    assert [states[-1] for states in told.states.values()] == [JobState.DONE]


def test_each_experiment_has_its_scheduler(workdir: Path) -> None:
    with pytest.raises(NoExperiment):
        Scheduler.instance()
    with run(workdir):
        outer = Scheduler.instance()
        with experiment(workdir, "inner", report=False, register_signals=False, dirty_git="IGNORE"):
            assert Scheduler.instance() is not outer
        assert Scheduler.instance() is outer
        outer.stop()


def test_set_launcher(tasks: ModuleType, workdir: Path) -> None:
    elsewhere = DirectLauncher(max_jobs=1)
    with run(workdir):
        before = tasks.Learn.C(model=tasks.Model.C()).submit()
        set_launcher(elsewhere)
        after = tasks.Learn.C(model=tasks.Model.C(), rate=0.5).submit()
        with pytest.raises(TypeError, match="set_launcher takes a launcher"):
            set_launcher("slurm")  # type: ignore[arg-type]
    assert before.job.launcher is not elsewhere
    assert after.job.launcher is elsewhere
    with pytest.raises(NoExperiment):
        set_launcher(elsewhere)


def test_tokens_of_a_connector(tasks: ModuleType, workdir: Path) -> None:
    with run(workdir) as xp:
        token = LocalConnector.instance().createtoken("licenses", 2)
        assert (token.name, token.count) == ("licenses", 2)
        assert type(token) is type(xp.token("licenses", 2))
        learned = token(1, tasks.Learn.C(model=tasks.Model.C())).submit()
        other = tasks.Learn.C(model=tasks.Model.C(), rate=0.3).add_dependencies(token.dependency(2)).submit()
    assert [need.amount for job in (learned.job, other.job) for need in job.needs] == [1, 2]
    assert learned.job.state is other.job.state is JobState.DONE
