from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_workspace.errors import InvalidName, NotAWorkspace
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.names import JobFiles, check_name
from xpm_workspace.testing import IDENTIFIER


def test_job_files(tmp_path: Path) -> None:
    job = WorkspaceLayout(tmp_path).job("my.lib.learn", IDENTIFIER)
    folder = tmp_path / "jobs" / "my.lib.learn" / IDENTIFIER
    assert job.path == folder
    assert job.job_id == f"my.lib.learn/{IDENTIFIER}"
    assert job.params == folder / "params.json"
    names = [path.name for path in (job.stdout, job.stderr, job.pid, job.done, job.failed, job.script)]
    assert names == ["learn.out", "learn.err", "learn.pid", "learn.done", "learn.failed", "learn.sh"]
    assert job.lock == folder / ".experimaestro" / "learn.lock"
    assert job.journal == folder / ".experimaestro" / "journal.jsonl"
    assert job.task_outputs == folder / ".experimaestro" / "task-outputs.jsonl"
    relative, absolute = JobFiles.of_task("my.lib.learn"), JobFiles.in_folder(job.params)
    assert (absolute.path, absolute.root) == (str(folder), str(tmp_path))
    files = {each for each in dir(JobFiles) if isinstance(getattr(JobFiles, each), property)}
    for each in files - {"root"}:
        assert folder / getattr(relative, each) == Path(getattr(absolute, each)) == getattr(job, each)


def test_a_workspace_that_is_the_root_folder() -> None:
    job = WorkspaceLayout("/").job("my.learn", IDENTIFIER)
    assert job.files.path == JobFiles.in_folder(job.params).path == f"/jobs/my.learn/{IDENTIFIER}"


def test_experiment_files(tmp_path: Path) -> None:
    workspace = WorkspaceLayout(tmp_path)
    experiment = workspace.experiment("my-xp")
    run = experiment.run("20260102_030405.1")
    folder = tmp_path / "xp" / "my-xp"
    assert experiment.informations == folder / "informations.json"
    assert experiment.lock == folder / "lock"
    assert run.journal == folder / "runs" / "20260102_030405.1" / "journal.jsonl"
    assert run.jobs.name == "jobs.jsonl"
    assert {path.parent for path in (run.environment, run.objects, run.services, run.results, run.data)} == {
        run.path
    }
    assert workspace.database == tmp_path / ".experimaestro" / "workspace.db"
    assert workspace.indexer_lock == tmp_path / ".experimaestro" / "indexer.lock"
    assert workspace.partials_dir == tmp_path / "partials"
    assert workspace.config_dir == tmp_path / "config"


def test_a_link_leads_to_the_job_also_when_the_workspace_moves(
    workspace: WorkspaceLayout, job: JobLayout
) -> None:
    link = workspace.experiment("xp").link(job)
    link.parent.mkdir(parents=True)
    link.symlink_to(workspace.experiment("xp").link_target(job))
    assert link.resolve() == job.path.resolve()
    moved = workspace.root.rename(workspace.root.with_name("elsewhere"))
    assert (
        moved / "xp/xp/jobs" / job.task_id / job.identifier
    ).resolve() == moved.resolve() / "jobs" / job.job_id


def test_from_path(job: JobLayout) -> None:
    assert JobLayout.from_path(job.path) == job
    assert JobLayout.from_path(job.params) == job
    assert hash(JobLayout.from_path(job.path)) == hash(job)
    with pytest.raises(NotAWorkspace, match="not a job folder"):
        JobLayout.from_path("/tmp")


@pytest.mark.parametrize(
    "bad", ["", ".", "..", "../x", "a/b", "a\\b", "/abs", ".hidden", "a\0b", "a\nb", "x" * 201, "\ud800"]
)
def test_names_that_could_do_harm_are_refused(tmp_path: Path, bad: str) -> None:
    workspace = WorkspaceLayout(tmp_path)
    for use in (
        lambda: workspace.experiment(bad),
        lambda: workspace.experiment("xp").run(bad),
        lambda: workspace.job(bad, IDENTIFIER),
        lambda: workspace.job("task", bad),
        lambda: workspace.job_from_id(f"task/{bad}"),
    ):
        with pytest.raises(InvalidName):
            use()


def test_a_job_id_has_two_parts(tmp_path: Path) -> None:
    workspace = WorkspaceLayout(tmp_path)
    assert workspace.job_from_id("a.b/c").job_id == "a.b/c"
    for bad in ("ab", "a/b/c", "task./x", "/x", "x/"):
        with pytest.raises(InvalidName):
            workspace.job_from_id(bad)


@given(st.text(max_size=30))
def test_an_accepted_name_stays_inside(name: str) -> None:
    try:
        check_name("name", name)
    except InvalidName:
        return
    joined = Path("/root/folder") / name
    assert joined.parent == Path("/root/folder")
    assert joined.name == name
    name.encode()


def test_require(tmp_path: Path) -> None:
    workspace = WorkspaceLayout(tmp_path / "w")
    with pytest.raises(NotAWorkspace, match="does not exist"):
        workspace.require()
    workspace.root.mkdir()
    with pytest.raises(NotAWorkspace, match="not an experimaestro workspace"):
        workspace.require()
    workspace.create()
    workspace.create()
    assert workspace.require() is workspace
    assert repr(workspace) == f"WorkspaceLayout({str(tmp_path / 'w')!r})"
