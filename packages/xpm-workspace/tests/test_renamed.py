from __future__ import annotations

import pytest

from xpm_tasks import Param, Task, deprecate
from xpm_tasks.parameters import dump_parameters
from xpm_workspace.errors import NotAWorkspace
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.markers import clear_markers
from xpm_workspace.renamed import fix_deprecated
from xpm_workspace.testing import make_job


class New(Task):
    """The name of today."""

    x: Param[int]


@deprecate
class Old(New):
    """The name of yesterday."""


def job_of(workspace: WorkspaceLayout, task: Task) -> JobLayout:
    """The folder of a finished job, as it was named before anything was renamed."""
    task.__xpm__.seal()
    job = make_job(workspace, task.__xpmtype__.identifier, task.__xpm__.original_identifier.hex())
    content = dump_parameters(task, workspace=workspace.root, experimaestro_version="0", job_path=job.path)
    job.params.write_bytes(content)
    job.stdout.write_text("hello")
    return job


@pytest.fixture
def old(workspace: WorkspaceLayout) -> JobLayout:
    with pytest.warns(DeprecationWarning):
        return job_of(workspace, Old.C(x=1))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("cleanup", [False, True])
def test_a_renamed_job_moves(workspace: WorkspaceLayout, old: JobLayout, cleanup: bool) -> None:
    job_of(workspace, New.C(x=2))
    [planned] = fix_deprecated(workspace)
    assert planned.old == old and old.done.exists() and not planned.new.path.exists()
    [moved] = fix_deprecated(workspace, fix=True, cleanup=cleanup)
    assert moved.new.done.exists() and moved.new.stdout.read_text() == "hello"
    assert old.path.is_symlink() is not cleanup
    assert fix_deprecated(workspace, fix=True) == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_is_left_alone(workspace: WorkspaceLayout, old: JobLayout) -> None:
    unreadable: list[tuple[JobLayout, str]] = []

    def note(job: JobLayout, problem: str) -> None:
        unreadable.append((job, problem))

    odd = make_job(workspace, "gone.task", "1" * 64)
    [planned] = fix_deprecated(workspace, unreadable=note)
    assert [job for job, _ in unreadable] == [odd]
    with FileLock(old.lock):
        assert fix_deprecated(workspace, fix=True)[0].problem == "a process holds its lock"
    planned.new.path.mkdir(parents=True)
    assert fix_deprecated(workspace, fix=True)[0].problem == "there is a folder already"
    clear_markers(old)
    assert fix_deprecated(workspace, fix=True) == []


def test_there_is_no_workspace(workspace: WorkspaceLayout) -> None:
    with pytest.raises(NotAWorkspace):
        fix_deprecated(workspace.root / "nothing")
