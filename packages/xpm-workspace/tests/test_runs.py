from __future__ import annotations

import json
import os
import re

import pytest

from xpm_workspace.errors import InvalidName, UnsafePath
from xpm_workspace.events import JobStateChanged, JobSubmitted, RunEnded, RunStarted
from xpm_workspace.informations import read_informations
from xpm_workspace.journal import read_events
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.process import hostname
from xpm_workspace.runs import ExperimentLock, create_run
from xpm_workspace.testing import IDENTIFIER, StartChild


def test_a_run_from_start_to_end(workspace: WorkspaceLayout, job: JobLayout) -> None:
    handle = create_run(workspace, "xp")
    assert re.fullmatch(r"\d{8}_\d{6}", handle.run_id)
    handle.record_jobs([{"job": job.job_id, "tags": {"lr": 0.1}, "depends_on": [], "launcher": "direct"}])
    handle.record_states([{"job": job.job_id, "state": "RUNNING", "transition": "start", "attempt": 1}])
    handle.link_job(job)
    handle.link_job(job)
    handle.end("done")
    experiment = workspace.experiment("xp")
    info = read_informations(experiment)
    run = info.runs[handle.run_id]
    assert info.current_run == handle.run_id
    assert (run.hostname, run.status, run.pid) == (hostname(), "done", os.getpid())
    assert run.started_at is not None and run.ended_at is not None and run.started_at <= run.ended_at
    assert [type(event) for event in read_events(handle.layout.journal)[0]] == [
        RunStarted,
        JobStateChanged,
        RunEnded,
    ]
    assert [type(event) for event in read_events(handle.layout.jobs)[0]] == [JobSubmitted]
    assert experiment.link(job).resolve() == job.path.resolve()


def test_the_host_name_can_be_given(workspace: WorkspaceLayout) -> None:
    create_run(workspace, "xp", hostname="node-7.cluster").close()
    content = json.loads(workspace.experiment("xp").informations.read_text())
    (run,) = content["runs"].values()
    assert content["version"] == 1
    assert run["hostname"] == "node-7.cluster"
    assert run["status"] == "running"


def test_runs_of_the_same_second_are_numbered_and_links_start_afresh(
    workspace: WorkspaceLayout, job: JobLayout
) -> None:
    first = create_run(workspace, "xp")
    first.link_job(job)
    first.end("failed")
    second = create_run(workspace, "xp")
    second.close()
    assert first.run_id != second.run_id
    assert not workspace.experiment("xp").link(job).is_symlink()
    assert job.path.is_dir()
    assert read_informations(workspace.experiment("xp")).current_run == second.run_id


def test_cleaning_links_never_follows_them(workspace: WorkspaceLayout, job: JobLayout) -> None:
    create_run(workspace, "xp").close()
    jobs_dir = workspace.experiment("xp").jobs_dir
    jobs_dir.mkdir()
    (jobs_dir / "task").symlink_to(job.path)
    (job.path / "precious").symlink_to(job.params)
    create_run(workspace, "xp").close()
    assert (job.path / "precious").is_symlink()
    (jobs_dir / "task").unlink()
    jobs_dir.rmdir()
    jobs_dir.symlink_to(workspace.jobs_dir)
    with pytest.raises(UnsafePath):
        create_run(workspace, "xp")


def test_a_run_whose_scheduler_was_killed_is_closed_by_the_next(
    workspace: WorkspaceLayout, child: StartChild
) -> None:
    code = """
import sys
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import create_run
print(create_run(WorkspaceLayout(sys.argv[1]), "xp").run_id, flush=True)
sys.stdin.readline()
"""
    process = child(code, workspace.root)
    assert process.stdout is not None
    killed = process.stdout.readline().strip()
    process.kill()
    process.wait()
    assert read_informations(workspace.experiment("xp")).runs[killed].status == "running"
    create_run(workspace, "xp").close()
    run = read_informations(workspace.experiment("xp")).runs[killed]
    assert run.status == "interrupted"
    assert run.ended_at is not None


def test_concurrent_creators_lose_nothing(workspace: WorkspaceLayout, child: StartChild) -> None:
    code = """
import sys
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import create_run
print("ready", flush=True); sys.stdin.readline()
for _ in range(5):
    handle = create_run(WorkspaceLayout(sys.argv[1]), "xp")
    handle.end("done")
    print(handle.run_id, flush=True)
sys.stdin.readline()
"""
    creators = [child(code, workspace.root) for _ in range(4)]
    for process in creators:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in creators:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    ids = [process.stdout.readline().strip() for process in creators for _ in range(5) if process.stdout]
    assert len(set(ids)) == 20
    info = read_informations(workspace.experiment("xp"))
    assert set(info.runs) == set(ids)
    assert all(run.status == "done" and run.hostname == hostname() for run in info.runs.values())


def test_the_lock_says_who_holds_it(workspace: WorkspaceLayout, child: StartChild) -> None:
    code = """
import sys
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import ExperimentLock
lock = ExperimentLock(WorkspaceLayout(sys.argv[1]).experiment("xp"))
assert lock.acquire()
print("held", flush=True); sys.stdin.readline()
"""
    process = child(code, workspace.root)
    assert process.stdout is not None
    process.stdout.readline()
    lock = ExperimentLock(workspace.experiment("xp"))
    assert not lock.acquire()
    holder = lock.holder()
    assert holder is not None
    assert (holder.pid, holder.host, holder.is_alive()) == (process.pid, hostname(), True)
    process.kill()
    process.wait()
    assert lock.acquire()
    lock.release()


def test_wrong_uses(workspace: WorkspaceLayout) -> None:
    with pytest.raises(InvalidName):
        create_run(workspace, "../evil")
    handle = create_run(workspace, "xp")
    with pytest.raises(ValueError, match="cannot end as"):
        handle.end("running")
    handle.close()


def test_many_jobs_in_one_append(workspace: WorkspaceLayout) -> None:
    handle = create_run(workspace, "xp")
    handle.record_jobs({"job": f"t/{n}{IDENTIFIER}"} for n in range(1000))
    handle.close()
    assert len(read_events(handle.layout.jobs)[0]) == 1000
