from __future__ import annotations

import itertools
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from xpm_workspace.errors import AmbiguousJob, InvalidName, NotAWorkspace, UnknownExperiment, UnknownJob
from xpm_workspace.index.indexer import Indexer, IndexRebuilt
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.markers import write_done
from xpm_workspace.monitor import LocalMonitor, Monitor
from xpm_workspace.records import Changes
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run
from xpm_workspace.task_graph import task_graph_of
from xpm_workspace.testing import StartChild, make_job


@pytest.fixture
def live(workspace: WorkspaceLayout) -> Iterator[RunHandle]:
    """An experiment being run, with two finished jobs and one that waits."""
    lock = ExperimentLock(workspace.experiment("xp"))
    lock.acquire()
    run = create_run(workspace, "xp", hostname="node-1")
    jobs = [make_job(workspace, "lib.learn", f"{n}" * 64, progress=0.5) for n in (1, 2)]
    run.record_jobs([{"job": job.job_id, "tags": {"n": n}} for n, job in enumerate(jobs)])
    run.record_jobs([{"job": "lib.evaluate/33", "depends_on": [jobs[0].job_id]}])
    run.record_states([{"job": "lib.evaluate/33", "state": "WAITING"}])
    yield run
    run.close()
    lock.release()


def test_what_it_shows(workspace: WorkspaceLayout, live: RunHandle) -> None:
    with LocalMonitor(workspace.root) as monitor:
        protocol: Monitor = monitor
        (experiment,) = protocol.experiments()
        assert (experiment.experiment_id, experiment.hostname) == ("xp", "node-1")
        assert (experiment.jobs.done, experiment.jobs.waiting, experiment.jobs.total) == (2, 1, 3)
        assert [run.run_id for run in protocol.runs("xp")] == [live.run_id]
        page = protocol.jobs(experiment_id="xp", order="task", limit=2, total=True)
        assert page.total == 3
        assert [job.name for job in page.jobs] == ["evaluate", "learn"]
        job = protocol.job("lib.learn/" + "2" * 64)
        assert (job.tags, job.run_id, job.host, job.progress[0].value) == ({"n": 1}, live.run_id, "node", 0.5)
        assert job.peak_memory_bytes == 1 << 20
        assert job.duration_s is not None and job.submitted_at is not None
        assert monitor.dependents("lib.learn/" + "1" * 64) == ["lib.evaluate/33"]
        assert monitor.memberships(job.job_id) == [("xp", live.run_id)]
        assert protocol.services() == []


def test_the_folder_of_a_job(workspace: WorkspaceLayout, live: RunHandle) -> None:
    with LocalMonitor(workspace) as monitor:
        protocol: Monitor = monitor
        assert protocol.folder("lib.learn/1") == str(workspace.job("lib.learn", "1").path)


def test_which_tasks_need_which(workspace: WorkspaceLayout, live: RunHandle) -> None:
    live.record_jobs(
        [{"job": f"lib.evaluate/{n}", "depends_on": [f"lib.learn/{'1' * 64}", "old.task/1"]} for n in (4, 5)]
    )
    with LocalMonitor(workspace) as monitor:
        protocol: Monitor = monitor
        graph = protocol.task_graph("xp")
        assert protocol.task_graph("xp", live.run_id) == graph
        assert task_graph_of(monitor.jobs(experiment_id="xp").jobs) == graph
        with pytest.raises(UnknownExperiment, match="no run 'other' of 'xp'"):
            protocol.task_graph("xp", "other")
    counts = {node.task_id: (node.jobs.done, node.jobs.total) for node in graph.tasks}
    assert counts == {"lib.evaluate": (0, 3), "lib.learn": (2, 2)}
    edges = {(edge.needed, edge.by): edge.count for edge in graph.edges}
    assert edges == {("lib.learn", "lib.evaluate"): 3, ("old.task", "lib.evaluate"): 2}


def test_building_is_told(
    workspace: WorkspaceLayout, live: RunHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xpm_workspace.index.indexer._SLICE", 2)
    told: list[tuple[int, int]] = []
    for _ in range(2):
        LocalMonitor(workspace, on_build=lambda done, total: told.append((done, total))).close()
    assert told == [(0, 3), (2, 3)]


def test_every_order(workspace: WorkspaceLayout, live: RunHandle) -> None:
    with LocalMonitor(workspace) as monitor:
        for name in ("submitted", "started", "ended", "duration", "state", "task", "memory", "id"):
            for experiment in (None, "xp"):
                up = monitor.jobs(order=name, experiment_id=experiment).jobs
                down = monitor.jobs(order=f"-{name}", experiment_id=experiment).jobs
                assert {job.job_id for job in up} == {job.job_id for job in down}
                assert len(up) == 3
        with pytest.raises(ValueError, match="ordered by 'colour'"):
            monitor.jobs(order="colour")
        ids = [monitor.jobs(order="id", offset=n, limit=1).jobs[0].job_id for n in range(3)]
        assert ids == sorted(ids)


def test_finding_jobs(workspace: WorkspaceLayout, live: RunHandle) -> None:
    with LocalMonitor(workspace) as monitor:
        whole = "lib.learn/" + "1" * 64
        for text in (whole, "lib.learn/1", "learn/11", "1111"):
            assert monitor.find_job(text) == whole
        assert monitor.complete_job_ids("lib.l") == [whole, "lib.learn/" + "2" * 64]
        with pytest.raises(AmbiguousJob, match="several"):
            monitor.find_job("lib.learn/")
        for text in ("", "nothing", "lib.learn/9", "'; --"):
            with pytest.raises((UnknownJob, AmbiguousJob)):
                monitor.find_job(text)
        with pytest.raises(UnknownJob):
            monitor.job("lib.learn/1")
        with pytest.raises(UnknownExperiment):
            monitor.jobs(experiment_id="other")
        with pytest.raises(UnknownExperiment):
            monitor.jobs(experiment_id="xp", run_id="20000101_000000")
        with pytest.raises(UnknownExperiment):
            monitor.runs("other")


def test_logs(workspace: WorkspaceLayout, live: RunHandle) -> None:
    job = workspace.job("lib.learn", "1" * 64)
    job.stdout.write_bytes(b"one\ntwo\nthr\xffe")
    with LocalMonitor(workspace) as monitor:
        part = monitor.log(job.job_id, limit=4)
        assert (part.content, part.size, part.next_offset) == (b"one\n", 13, 4)
        assert monitor.log(job.job_id, offset=part.next_offset).content == b"two\nthr\xffe"
        assert monitor.log(job.job_id, offset=-4).content == b"hr\xffe"
        assert monitor.log(job.job_id, offset=99).content == b""
        assert monitor.log(job.job_id, "err").size == 0
        with pytest.raises(ValueError, match="no stream"):
            monitor.log(job.job_id, "../../secret")
        with pytest.raises(InvalidName):
            monitor.log("../../etc", "out")


def test_changes(workspace: WorkspaceLayout, live: RunHandle) -> None:
    with LocalMonitor(workspace) as monitor:
        position = monitor.position()
        assert monitor.changes(position) is None
        live.record_states([{"job": "lib.evaluate/33", "state": "READY"}])
        changes = monitor.changes(position)
        assert changes is not None and not changes.reset
        assert [(job.job_id, job.state.value) for job in changes.jobs] == [("lib.evaluate/33", "READY")]
        assert [experiment.experiment_id for experiment in changes.experiments] == ["xp"]
        assert monitor.changes(changes.position) is None
        shutil.rmtree(workspace.job("lib.learn", "1" * 64).path)
        gone = monitor.changes(changes.position)
        assert gone is not None and gone.jobs[0].folder is False
        monitor.sync(full=True)
        reset = monitor.changes(gone.position)
        assert reset is not None and reset.reset
        old = monitor.changes("somewhere else:3")
        assert old is not None and old.reset


def test_removals(workspace: WorkspaceLayout) -> None:
    job = make_job(workspace, "t", "1" * 64)
    create_run(workspace, "xp").end("done")
    with LocalMonitor(workspace) as monitor:
        position = monitor.position()
        shutil.rmtree(job.path)
        shutil.rmtree(workspace.experiment("xp").path)
        changes = monitor.changes(position)
        assert changes is not None
        assert (changes.removed_jobs, changes.removed_experiments) == ((job.job_id,), ("xp",))
        make_job(workspace, "t", "1" * 64)
        back = monitor.changes(position)
        assert back is not None
        assert back.removed_jobs == () and back.jobs[0].job_id == job.job_id


def test_too_many_changes_are_a_reset(workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xpm_workspace.index.reader.MAX_CHANGES", 3)
    with LocalMonitor(workspace) as monitor:
        position = monitor.position()
        for number in range(4):
            make_job(workspace, "t", f"{number}" * 64)
        changes = monitor.changes(position)
        assert changes is not None and changes.reset and changes.jobs == ()


INDEXER = """
import sys
from xpm_workspace.markers import write_done
from xpm_workspace.monitor import LocalMonitor
monitor = LocalMonitor(sys.argv[1])
assert monitor.indexing
print("open", flush=True)
for line in sys.stdin:
    monitor.changes(monitor.position())
    print("looked", flush=True)
"""


def test_a_change_reaches_a_watcher_in_another_process(
    workspace: WorkspaceLayout, live: RunHandle, child: StartChild
) -> None:
    other = child(INDEXER, workspace.root)
    assert other.stdout is not None and other.stdin is not None and other.stdout.readline() == "open\n"
    with LocalMonitor(workspace) as monitor:
        assert not monitor.indexing
        assert monitor.sync() is False
        assert monitor.jobs().jobs[0].state == "WAITING"
        stop, seen, got = threading.Event(), list[Changes](), threading.Event()

        changing = monitor.watch(stop=stop)

        def watch() -> None:
            for changes in changing:
                seen.append(changes)
                got.set()

        watcher = threading.Thread(target=watch)
        watcher.start()
        live.record_states([{"job": "lib.evaluate/33", "state": "READY"}])
        other.stdin.write("\n")
        other.stdin.flush()
        other.stdout.readline()
        written = time.monotonic()
        assert got.wait(20)
        latency_s = time.monotonic() - written
        stop.set()
        watcher.join()
        assert latency_s < 2  # the benchmark measures it; here the machine may be busy
        assert seen[0].jobs[0].state == "READY"


def test_a_watcher_takes_over_a_dead_indexer(
    workspace: WorkspaceLayout, live: RunHandle, child: StartChild
) -> None:
    other = child(INDEXER, workspace.root)
    assert other.stdout is not None and other.stdout.readline() == "open\n"
    with LocalMonitor(workspace) as monitor:
        position = monitor.position()
        other.kill()
        other.wait()
        live.record_states([{"job": "lib.evaluate/33", "state": "READY"}])
        changes = next(iter(monitor.watch(since=position)))
        assert changes.jobs[0].state == "READY"
        assert monitor.indexing


def test_the_index_is_deleted_under_a_follower(
    workspace: WorkspaceLayout, live: RunHandle, child: StartChild
) -> None:
    other = child(INDEXER, workspace.root)
    assert other.stdout is not None and other.stdin is not None and other.stdout.readline() == "open\n"
    with LocalMonitor(workspace) as monitor:
        for _ in range(2):
            workspace.database.unlink()
            other.stdin.write("\n")
            other.stdin.flush()
            assert other.stdout.readline() == "looked\n"
            position = monitor.position()
            changes = monitor.changes(position)
            assert changes is None or changes.reset
            assert len(monitor.jobs().jobs) == 3


def test_the_index_is_damaged_under_its_indexer(workspace: WorkspaceLayout, live: RunHandle) -> None:
    for number in range(300):
        make_job(workspace, "t", f"{number:064}", marker=None)
    with LocalMonitor(workspace) as monitor:
        before = monitor.jobs(limit=None)
        monitor._reader.database.connection.execute("PRAGMA cache_size = 0")
        for suffix in ("", "-wal"):
            path = f"{workspace.database}{suffix}"
            with open(path, "r+b") as file:
                file.write(b"\xff" * os.path.getsize(path))
        with pytest.warns(IndexRebuilt):
            after = monitor.jobs(limit=None, order="-id")
            monitor.changes(monitor.position())
            after = monitor.jobs(limit=None)
        assert after == before


def test_a_newer_index_in_use_by_a_newer_program(
    workspace: WorkspaceLayout, live: RunHandle, child: StartChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = INDEXER.replace(
        "from xpm", "from xpm_workspace.index import database; database.SCHEMA_VERSION = 999\nfrom xpm", 1
    )
    other = child(code, workspace.root)
    assert other.stdout is not None and other.stdout.readline() == "open\n"
    monkeypatch.setattr("xpm_workspace.monitor._PATIENCE_S", 0.0)
    with LocalMonitor(workspace) as monitor:
        assert len(monitor.jobs().jobs) == 3
        assert monitor.experiments()[0].hostname == "node-1"


def test_on_a_disk_that_cannot_be_written(
    workspace: WorkspaceLayout, live: RunHandle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("xpm_workspace.index.location._problem", lambda workspace: "no")
    with LocalMonitor(workspace) as monitor:
        assert monitor.indexing
        assert len(monitor.jobs().jobs) == 3
    assert not workspace.database.exists()
    assert list((tmp_path / "cache").rglob("workspace.db"))
    monkeypatch.setattr("xpm_workspace.index.location._cache_folders", list)
    with LocalMonitor(workspace) as monitor:
        assert len(monitor.jobs().jobs) == 3
        position = monitor.position()
        live.record_states([{"job": "lib.evaluate/33", "state": "READY"}])
        changes = next(iter(monitor.watch(since=position)))
        assert changes.jobs[0].state == "READY"


def test_services(workspace: WorkspaceLayout, live: RunHandle) -> None:
    live.layout.services.write_text(
        '{"services": [{"id": "tb", "class": "x.Y", "state": {"a": 1}}, 3, {"no": 1}]}'
    )
    with LocalMonitor(workspace) as monitor:
        (service,) = monitor.services()
        assert (service.experiment_id, service.service_id, service.content["class"]) == ("xp", "tb", "x.Y")
        position = monitor.position()
        live.layout.services.write_text("{")
        monitor.changes(position)
        assert monitor.services() == []


def test_what_the_last_writer_left_is_seen_by_who_takes_over(
    workspace: WorkspaceLayout, live: RunHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two connections may count in step: their numbers say nothing about each other.
    monkeypatch.setattr("xpm_workspace.index.database.Database.data_version", lambda self: 7)
    monkeypatch.setattr("xpm_workspace.monitor._TAKE_OVER_S", 0.05)
    owner = Indexer.open(workspace)
    assert owner is not None
    owner.sync()
    stop = threading.Event()
    timer = threading.Timer(60.0, stop.set)
    timer.start()
    with LocalMonitor(workspace) as monitor:
        before, position = monitor.indexing, monitor.position()
        live.record_states([{"job": "lib.evaluate/33", "state": "READY"}])
        watching = monitor.watch(position, stop)
        threading.Timer(0.2, owner.close).start()  # it has not written what is new
        changes = next(watching)
        assert [job.state for job in changes.jobs] == ["READY"]
        assert (before, monitor.indexing) == (False, True)
    timer.cancel()


def test_watching_ends(workspace: WorkspaceLayout, live: RunHandle) -> None:
    monitor = LocalMonitor(workspace)
    stop = threading.Event()
    stop.set()
    assert list(monitor.watch(stop=stop)) == []
    changing = monitor.watch()
    watching = threading.Thread(target=lambda: list(itertools.islice(changing, 1)))
    watching.start()
    monitor.close()
    watching.join(20)
    assert not watching.is_alive()
    monitor.close()


def test_many_threads(workspace: WorkspaceLayout, live: RunHandle) -> None:
    errors: list[BaseException] = []
    with LocalMonitor(workspace) as monitor:

        def use() -> None:
            try:
                for _ in range(30):
                    assert len(monitor.jobs().jobs) == 3
                    monitor.changes(monitor.position())
                    assert monitor.experiments()[0].jobs.total == 3
            except BaseException as error:  # noqa: BLE001  shown by the test
                errors.append(error)

        threads = [threading.Thread(target=use) for _ in range(6)]
        for thread in threads:
            thread.start()
        for number in range(20):
            live.record_states([{"job": "lib.evaluate/33", "state": ("READY", "WAITING")[number % 2]}])
        for thread in threads:
            thread.join()
    assert errors == []


def test_not_a_workspace(tmp_path: Path) -> None:
    with pytest.raises(NotAWorkspace):
        LocalMonitor(tmp_path / "nowhere")
    with pytest.raises(NotAWorkspace):
        LocalMonitor(tmp_path)


def test_where_the_files_of_a_job_are(workspace: WorkspaceLayout, job: JobLayout) -> None:
    with LocalMonitor(workspace) as monitor:
        assert monitor.job_layout(job.job_id) == job
        assert monitor.folder(job.job_id) == str(job.path)


@pytest.mark.filterwarnings("ignore::xpm_workspace.index.indexer.IndexRebuilt")
def test_a_workspace_that_goes_and_comes_back(workspace: WorkspaceLayout, live: RunHandle) -> None:
    with LocalMonitor(workspace) as monitor:
        position = monitor.position()
        away = workspace.root.with_name("away")
        workspace.root.rename(away)
        for _ in range(2):
            with pytest.raises(NotAWorkspace):
                monitor.changes(position)
            assert monitor.experiments()[0].jobs.total == 3  # what was known is known
        with pytest.raises(NotAWorkspace):
            next(monitor.watch(position))
        away.rename(workspace.root)
        make_job(workspace, "lib.learn", "4" * 64)
        changes = monitor.changes(position)
        assert changes is not None
        assert changes.reset or [job.job_id for job in changes.jobs] == ["lib.learn/" + "4" * 64]


def test_what_was_just_done_by_hand_is_seen_by_the_next_command(workspace: WorkspaceLayout) -> None:
    """The time of a folder that changed a moment ago says nothing: whoever opens the index looks at it."""
    failed = make_job(workspace, "t", "1" * 64, marker="FAILED")
    for _ in range(2):
        with LocalMonitor(workspace) as monitor:
            assert str(monitor.job(failed.job_id).status) == "ERROR(FAILED)"
    write_done(failed)
    with LocalMonitor(workspace) as monitor:
        assert monitor.job(failed.job_id).state == "DONE"


def test_one_job_is_looked_at(workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a workspace with so many jobs that not all are looked at each time."""
    monkeypatch.setattr("xpm_workspace.index.sync_jobs.JobSync.some_folders", lambda *_: set())
    failed = make_job(workspace, "t", "1" * 64, marker="FAILED")
    with LocalMonitor(workspace) as monitor, LocalMonitor(workspace) as other:
        write_done(failed)
        assert other.job(failed.job_id).state == "ERROR" and not other.refresh([failed.job_id])
        assert monitor.job(failed.job_id).state == "DONE"
        assert other.job(failed.job_id).state == "DONE"
        position = monitor.position()
        assert monitor.job(failed.job_id).state == "DONE" and monitor.position() == position
    assert not monitor.refresh([failed.job_id])


def test_a_job_of_a_workspace_that_is_gone(workspace: WorkspaceLayout) -> None:
    done = make_job(workspace, "t", "1" * 64)
    with LocalMonitor(workspace) as monitor:
        away = workspace.root.rename(workspace.root.with_name("away"))
        assert monitor.job(done.job_id).state == "DONE"
        away.rename(workspace.root)


def test_a_scheduler_of_another_version_keeps_the_index(
    workspace: WorkspaceLayout, live: RunHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalMonitor(workspace) as theirs:
        assert theirs._indexer is not None
        theirs._indexer.database.run("set_meta", name="schema_version", value=999)

        def wait(seconds: float) -> None:
            raise AssertionError("there is nothing to wait for")

        monkeypatch.setattr("xpm_workspace.monitor.time.sleep", wait)
        with LocalMonitor(workspace) as ours:
            assert ours.indexing and len(ours.jobs().jobs) == 3
