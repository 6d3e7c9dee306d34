from __future__ import annotations

import os
import random
import shutil
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xpm_workspace.index.database import Database
from xpm_workspace.index.indexer import Indexer, IndexRebuilt
from xpm_workspace.index.location import Location
from xpm_workspace.index.look import look_at
from xpm_workspace.index.reader import Reader
from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import clear_markers, write_done, write_failed
from xpm_workspace.process import ProcessRecord
from xpm_workspace.records import ExperimentRecord, JobRecord
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run
from xpm_workspace.testing import IDENTIFIER, StartChild, make_job


def contents(indexer: Indexer) -> tuple[list[ExperimentRecord], list[Any], dict[str, JobRecord]]:
    reader = Reader(indexer.database)
    experiments = reader.experiments()
    runs = [reader.runs(experiment.experiment_id) for experiment in experiments]
    page = reader.jobs(None, experiment_id=None, run_id=None, order="id", offset=0, limit=None, total=True)
    assert page.total == len(page.jobs)
    return experiments, runs, {job.job_id: job for job in page.jobs}


def fresh(workspace: WorkspaceLayout) -> tuple[list[ExperimentRecord], list[Any], dict[str, JobRecord]]:
    indexer = Indexer(workspace, Location(database=None, lock=None), None)
    indexer.sync()
    found = contents(indexer)
    indexer.close()
    return found


def opened(workspace: WorkspaceLayout) -> Indexer:
    indexer = Indexer.open(workspace)
    assert indexer is not None
    return indexer


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The job folders that were looked at, in order."""
    folders: list[str] = []

    def spy(folder: str, *rest: Any, **more: Any) -> Any:
        folders.append(folder)
        return look_at(folder, *rest, **more)

    monkeypatch.setattr("xpm_workspace.index.sync_jobs.look_at", spy)
    return folders


def test_a_run_with_its_jobs(workspace: WorkspaceLayout) -> None:
    lock = ExperimentLock(workspace.experiment("xp"))
    lock.acquire()
    run = create_run(workspace, "xp", hostname="node-1")
    done, failed = (
        make_job(workspace, "a.learn", "1" * 64),
        make_job(workspace, "a.learn", "2" * 64, marker="MEMORY"),
    )
    run.record_jobs(
        [
            {"job": done.job_id, "tags": {"lr": 0.1, "on": True}, "launcher": "direct"},
            {"job": failed.job_id, "depends_on": [done.job_id]},
            {"job": "a.later/x", "depends_on": [failed.job_id, done.job_id]},
            {"job": "../evil/x"},
        ]
    )
    run.record_states([{"job": "a.later/x", "state": "ERROR", "reason": "DEPENDENCY"}])
    with opened(workspace) as indexer:
        indexer.sync()
        (experiment,), _, jobs = contents(indexer)
        assert experiment.hostname == "node-1"
        assert experiment.run is not None and experiment.run.status == "running"
        assert (experiment.jobs.total, experiment.jobs.done, experiment.jobs.failed) == (3, 1, 2)
        assert jobs[done.job_id].tags == {"lr": 0.1, "on": True}
        assert str(jobs[failed.job_id].status) == "ERROR(MEMORY)"
        assert jobs[failed.job_id].message == "something went wrong"
        assert jobs["a.later/x"].depends_on == (failed.job_id, done.job_id)
        assert not jobs["a.later/x"].folder
        run.end("failed")
        lock.release()
        indexer.sync()
        (experiment,), _, _ = contents(indexer)
        assert experiment.run is not None
        assert (experiment.run.status, experiment.hostname) == ("failed", "node-1")


def test_one_indexer_at_a_time(workspace: WorkspaceLayout, child: StartChild) -> None:
    code = """
import sys
from xpm_workspace.index.indexer import Indexer
from xpm_workspace.layout import WorkspaceLayout
indexer = Indexer.open(WorkspaceLayout(sys.argv[1]))
indexer.sync()
print(indexer is not None, flush=True)
sys.stdin.readline()
"""
    other = child(code, workspace.root)
    assert other.stdout is not None and other.stdout.readline() == "True\n"
    assert Indexer.open(workspace) is None
    other.kill()
    other.wait()
    opened(workspace).close()


def test_refresh_costs_what_changed(workspace: WorkspaceLayout, looked: list[str]) -> None:
    lock = ExperimentLock(workspace.experiment("xp"))
    lock.acquire()
    run = create_run(workspace, "xp")
    jobs = [make_job(workspace, "t", f"{number:064}") for number in range(50)]
    run.record_jobs({"job": job.job_id} for job in jobs)
    with opened(workspace) as indexer:
        indexer.sync()
        looked.clear()
        run.record_jobs([{"job": "t/new"}])
        run.record_states([{"job": "t/new", "state": "WAITING"}])
        indexer.sync(walk=False)
        assert [os.path.basename(folder) for folder in looked] == ["new"]
        assert contents(indexer)[2]["t/new"].state == "WAITING"
        looked.clear()
        write_failed(jobs[3], "FAILED")
        jobs[3].done.unlink()
        write_failed(jobs[3], "FAILED", 3)
        indexer.refresh([jobs[3].job_id])
        assert len(looked) == 1
        assert contents(indexer)[2][jobs[3].job_id].exit_code == 3
    run.close()
    lock.release()


def test_a_job_that_just_ended_is_looked_at_once(workspace: WorkspaceLayout, looked: list[str]) -> None:
    job = make_job(workspace, "t", "a" * 64)
    with opened(workspace) as indexer:
        for _ in range(4):
            indexer.sync()
        assert len(looked) == 1
        # Once the time of its folder can tell changes, it is looked at a last time; nor is a clock that was
        # ahead waited for.
        for when in (time.time() - 60, time.time() + 3600):
            os.utime(job.path, (when, when))
            looked.clear()
            indexer.sync()
            assert len(looked) == 1


def test_old_results_are_not_read_again_by_a_new_run(workspace: WorkspaceLayout, looked: list[str]) -> None:
    """Thousands of jobs that are done already cost a new run little, and are still listed as its own."""
    jobs = [make_job(workspace, "t", f"{number:064}") for number in range(3)]
    an_hour_ago = time.time() - 3600
    for job in jobs:
        os.utime(job.path, (an_hour_ago, an_hour_ago))
    with opened(workspace) as indexer:
        indexer.sync()
        looked.clear()
        run = create_run(workspace, "xp")
        run.record_jobs({"job": job.job_id, "tags": {"round": 2}} for job in jobs)
        run.record_states({"job": job.job_id, "state": "DONE"} for job in jobs)
        # Somebody removes a marker, and puts another in its place: that folder is not what it was.
        jobs[0].done.unlink()
        write_failed(jobs[0], "FAILED", 3)
        indexer.sync()
        assert looked == [str(jobs[0].path)]
        assert contents(indexer) == fresh(workspace)
        found = contents(indexer)[2]
        assert [found[job.job_id].state for job in jobs] == ["ERROR", "DONE", "DONE"]
        assert {found[job.job_id].experiment_id for job in jobs} == {"xp"}
        run.close()


def limited(monkeypatch: pytest.MonkeyPatch, pages: int) -> None:
    """Let the files of indexes have so many pages at most, as on a disk that is nearly full."""
    create = Database.create

    def create_limited(path: Path | None) -> Database:
        database = create(path)
        if path is not None:
            database.connection.execute(f"PRAGMA max_page_count = {pages}")
        return database

    monkeypatch.setattr(Database, "create", create_limited)


def test_an_index_that_does_not_fit_on_the_disk(
    workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(300):
        make_job(workspace, "t", f"{number:064}")
    limited(monkeypatch, pages=50)
    with opened(workspace) as indexer:
        with pytest.warns(IndexRebuilt, match="disk is full"):
            indexer.sync()
        assert indexer.location.database is None and "no index can be kept on disk" in caplog.text
        make_job(workspace, "t", "a" * 64)
        indexer.sync()
        assert contents(indexer) == fresh(workspace)


def test_a_disk_that_does_not_even_take_what_is_said_about_it(
    workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(300):
        make_job(workspace, "t", f"{number:064}")
    limited(monkeypatch, pages=50)
    with opened(workspace) as indexer:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(IndexRebuilt):
                indexer.sync()
        with pytest.warns(IndexRebuilt):
            indexer.sync()
        assert contents(indexer) == fresh(workspace)


def test_what_nobody_reported_is_found_by_a_walk_only(workspace: WorkspaceLayout) -> None:
    make_job(workspace, "t", "1" * 64)
    with opened(workspace) as indexer:
        indexer.sync()
        new = make_job(workspace, "t", "2" * 64)
        reported = make_job(workspace, "t", "3" * 64)
        indexer.sync(jobs=[reported.job_id], walk=False)
        assert set(contents(indexer)[2]) == {f"t/{'1' * 64}", reported.job_id}
        indexer.sync()
        assert new.job_id in contents(indexer)[2]


def test_a_scheduler_that_is_killed(workspace: WorkspaceLayout, child: StartChild) -> None:
    code = """
import sys
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import ExperimentLock, create_run
workspace = WorkspaceLayout(sys.argv[1])
ExperimentLock(workspace.experiment("xp")).acquire()  # noqa
lock = ExperimentLock(workspace.experiment("xp")); lock.acquire()
run = create_run(workspace, "xp")
run.record_jobs([{"job": "t/w"}])
run.record_states([{"job": "t/w", "state": "WAITING"}])
print("ready", flush=True)
sys.stdin.readline()
""".replace('ExperimentLock(workspace.experiment("xp")).acquire()  # noqa\n', "")
    scheduler = child(code, workspace.root)
    assert scheduler.stdout is not None and scheduler.stdout.readline() == "ready\n"
    with opened(workspace) as indexer:
        indexer.sync()
        (experiment,), _, jobs = contents(indexer)
        assert experiment.run is not None
        assert (experiment.run.status, jobs["t/w"].state) == ("running", "WAITING")
        scheduler.kill()
        scheduler.wait()
        indexer.sync()
        (experiment,), _, jobs = contents(indexer)
        assert experiment.run is not None
        assert (experiment.run.status, jobs["t/w"].state) == ("interrupted", "UNSCHEDULED")


def test_a_job_that_is_killed(workspace: WorkspaceLayout, job: JobLayout, child: StartChild) -> None:
    code = """
import sys
from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.layout import JobLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.process import ProcessRecord
job = JobLayout.from_path(sys.argv[1])
lock = FileLock(job.lock); lock.acquire()
ProcessRecord.of().write(job.pid)
JournalWriter(job.journal).append({"event": "started", "pid": 1, "host": "h"})
print("ready", flush=True)
sys.stdin.readline()
JournalWriter(job.journal).append({"event": "progress", "value": 0.25})
print("progress", flush=True)
sys.stdin.readline()
"""
    process = child(code, job.path)
    assert process.stdout is not None and process.stdin is not None and process.stdout.readline() == "ready\n"
    with opened(workspace) as indexer:
        indexer.sync()
        assert contents(indexer)[2][job.job_id].state == "RUNNING"
        process.stdin.write("\n")
        process.stdin.flush()
        process.stdout.readline()
        indexer.sync()
        assert contents(indexer)[2][job.job_id].progress[0].value == 0.25
        process.kill()
        process.wait()
        indexer.sync()
        assert str(contents(indexer)[2][job.job_id].status) == "ERROR(LOST)"


def test_folders_that_come_and_go(workspace: WorkspaceLayout) -> None:
    first = make_job(workspace, "t", "1" * 64)
    with opened(workspace) as indexer:
        indexer.sync()
        assert set(contents(indexer)[2]) == {first.job_id}
        second = make_job(workspace, "u", "2" * 64)
        indexer.sync()
        assert set(contents(indexer)[2]) == {first.job_id, second.job_id}
        shutil.rmtree(first.path)
        indexer.sync()
        assert set(contents(indexer)[2]) == {second.job_id}
        shutil.rmtree(workspace.jobs_dir / "u")
        indexer.sync()
        assert contents(indexer)[2] == {}


def test_experiments_that_go(workspace: WorkspaceLayout) -> None:
    job = make_job(workspace, "t", "1" * 64)
    run = create_run(workspace, "xp")
    run.record_jobs([{"job": job.job_id}, {"job": "t/never"}])
    run.end("done")
    with opened(workspace) as indexer:
        indexer.sync()
        assert set(contents(indexer)[2]) == {job.job_id, "t/never"}
        shutil.rmtree(workspace.experiment("xp").path)
        indexer.sync()
        experiments, _, jobs = contents(indexer)
        assert experiments == []
        assert set(jobs) == {job.job_id}
        assert Reader(indexer.database).orphans() == [job.job_id]


def damage_nothing(workspace: WorkspaceLayout) -> None:
    workspace.database.unlink()


def damage_garbage(workspace: WorkspaceLayout) -> None:
    workspace.database.write_bytes(b"not a database" * 500)


def damage_empty(workspace: WorkspaceLayout) -> None:
    workspace.database.write_bytes(b"")


def damage_truncate(workspace: WorkspaceLayout) -> None:
    os.truncate(workspace.database, workspace.database.stat().st_size * 2 // 3)


def damage_pages(workspace: WorkspaceLayout) -> None:
    with workspace.database.open("r+b") as file:
        for page in range(1, workspace.database.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 4096)


def damage_version(workspace: WorkspaceLayout) -> None:
    database = Database.open(workspace.database, write=True)
    database.run("set_meta", name="schema_version", value=999)
    database.close()


DAMAGES = [damage_garbage, damage_empty, damage_truncate, damage_pages, damage_version]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_built_again_with_one_warning(
    workspace: WorkspaceLayout, damage: Callable[[WorkspaceLayout], None]
) -> None:
    run = create_run(workspace, "xp", hostname="kept.host")
    run.record_jobs(
        [{"job": make_job(workspace, "t", f"{n:064}").job_id, "tags": {"n": n}} for n in range(30)]
    )
    run.end("done")
    with opened(workspace) as indexer:
        indexer.sync()
        before = contents(indexer)
    damage(workspace)
    with pytest.warns(IndexRebuilt, match="nothing is lost") as caught, opened(workspace) as indexer:
        indexer.sync()
        assert contents(indexer) == before
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with opened(workspace) as indexer:
            indexer.sync()
            assert contents(indexer) == before
            assert before[0][0].hostname == "kept.host"


def test_deleted_while_in_use(workspace: WorkspaceLayout) -> None:
    make_job(workspace, "t", "1" * 64)
    with opened(workspace) as indexer:
        indexer.sync()
        before = contents(indexer)
        workspace.database.unlink()
        with pytest.warns(IndexRebuilt):
            indexer.sync()
        assert workspace.database.exists()
        assert contents(indexer) == before


def test_a_first_scan_cut_short_starts_over(
    workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_job(workspace, "t", "1" * 64)
    from xpm_workspace.index.sync_jobs import JobSync

    def fail(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(JobSync, "fold", fail)
        with opened(workspace) as indexer, pytest.raises(KeyboardInterrupt):
            indexer.sync()
    with opened(workspace) as indexer:
        indexer.sync()
        assert contents(indexer) == fresh(workspace)


def test_a_full_rebuild_is_one_step_for_readers(workspace: WorkspaceLayout) -> None:
    make_job(workspace, "t", "1" * 64)
    with opened(workspace) as indexer:
        indexer.sync()
        reader = Reader(Database.open(workspace.database, write=False))
        position = reader.position()
        indexer.sync(full=True)
        changes = reader.changes(position)
        assert changes is not None and changes.reset
        assert contents(indexer) == fresh(workspace)
        reader.database.close()


class World:
    """A workspace in which random things happen."""

    def __init__(self, workspace: WorkspaceLayout) -> None:
        self.workspace = workspace
        self.locks: dict[str, ExperimentLock] = {}
        self.runs: dict[str, RunHandle] = {}
        self.held: dict[str, FileLock] = {}

    def job(self, number: int) -> JobLayout:
        return self.workspace.job(f"task.t{number % 2}", f"{number}{IDENTIFIER[1:]}")

    def do(self, action: str, experiment: str, number: int) -> None:
        getattr(self, action)(experiment, self.job(number))

    def start_run(self, experiment: str, _: JobLayout) -> None:
        self.die(experiment, _)
        self.locks[experiment] = ExperimentLock(self.workspace.experiment(experiment))
        self.locks[experiment].acquire()
        self.runs[experiment] = create_run(self.workspace, experiment, hostname="h")

    def submit(self, experiment: str, job: JobLayout) -> None:
        if experiment in self.runs:
            tags = {"n": len(self.held), "x": experiment}
            needs = [self.job(0).job_id, self.job(1).job_id]
            self.runs[experiment].record_jobs([{"job": job.job_id, "tags": tags, "depends_on": needs}])
            self.runs[experiment].record_states([{"job": job.job_id, "state": "WAITING", "attempt": 1}])

    def schedule(self, experiment: str, job: JobLayout) -> None:
        if experiment in self.runs:
            self.runs[experiment].record_states([{"job": job.job_id, "state": "SCHEDULED"}])

    def give_up(self, experiment: str, job: JobLayout) -> None:
        if experiment in self.runs:
            self.runs[experiment].record_states(
                [{"job": job.job_id, "state": "ERROR", "reason": "DEPENDENCY"}]
            )

    def end_run(self, experiment: str, _: JobLayout) -> None:
        if experiment in self.runs:
            self.runs.pop(experiment).end("done")
            self.locks.pop(experiment).release()

    def die(self, experiment: str, _: JobLayout) -> None:
        if experiment in self.runs:
            self.runs.pop(experiment).close()
            self.locks.pop(experiment).release()

    def delete_run(self, experiment: str, _: JobLayout) -> None:
        if experiment not in self.runs:
            shutil.rmtree(self.workspace.experiment(experiment).path, ignore_errors=True)

    def start_job(self, _: str, job: JobLayout) -> None:
        job.create()
        clear_markers(job)
        if job.job_id not in self.held:
            self.held[job.job_id] = lock = FileLock(job.lock)
            lock.acquire()
        ProcessRecord(pid=2**22 + 1, host=os.uname().nodename).write(job.pid)
        self.write(job, {"event": "started", "pid": 3, "host": "h"})

    def progress(self, _: str, job: JobLayout) -> None:
        if job.job_id in self.held:
            self.write(
                job, {"event": "progress", "value": 0.5}, {"event": "progress", "level": 1, "value": 0.1}
            )

    def finish(self, _: str, job: JobLayout) -> None:
        if job.job_id in self.held:
            self.write(job, {"event": "ended", "state": "DONE", "peak_memory_bytes": 5})
            write_done(job, exit_code=0)
            self.held.pop(job.job_id).release()

    def fail(self, _: str, job: JobLayout) -> None:
        if job.job_id in self.held:
            write_failed(job, "TIMEOUT", -15, "late")
            self.held.pop(job.job_id).release()

    def kill(self, _: str, job: JobLayout) -> None:
        if job.job_id in self.held:
            self.tear(_, job)
            self.held.pop(job.job_id).release()

    def tear(self, _: str, job: JobLayout) -> None:
        if job.state_dir.exists():
            with job.journal.open("ab") as file:
                file.write(b'{"event": "ended", "st')

    def damage(self, _: str, job: JobLayout) -> None:
        if job.state_dir.exists():
            with job.journal.open("ab") as file:
                file.write(b"\0\0\n")

    def remove(self, _: str, job: JobLayout) -> None:
        if job.job_id not in self.held:
            shutil.rmtree(job.path, ignore_errors=True)

    def write(self, job: JobLayout, *events: dict[str, Any]) -> None:
        writer = JournalWriter(job.journal)
        writer.append(*events)
        writer.close()

    def close(self) -> None:
        for experiment in list(self.runs):
            self.die(experiment, self.job(0))
        for lock in self.held.values():
            lock.release()


ACTIONS = [
    name for name in vars(World) if not name.startswith("_") and name not in ("job", "do", "write", "close")
]


# A seed rather than a list of steps: lists that hypothesis makes are short and repetitive, and found less.
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(st.integers(0, 2**32))
def test_incremental_and_from_scratch_agree(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    chance = random.Random(seed)
    workspace = WorkspaceLayout(tmp_path_factory.mktemp("world's end"))
    workspace.create()
    world = World(workspace)
    try:
        with opened(workspace) as indexer:
            for _ in range(80):
                action = chance.choice([*ACTIONS, "sync", "sync", "sync"])
                if action == "sync":
                    indexer.sync()
                else:
                    world.do(action, chance.choice(["xp1", "xp2"]), chance.randrange(4))
            indexer.sync(deep=True)
            incremental = contents(indexer)
            assert incremental == fresh(workspace)
            indexer.sync(full=True)
            assert contents(indexer) == incremental
            for job_id in world.held:
                assert incremental[2][job_id].state == "RUNNING"
    finally:
        world.close()
        shutil.rmtree(workspace.root)
