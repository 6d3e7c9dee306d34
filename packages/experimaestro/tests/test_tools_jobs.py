"""Loading jobs, and finding those of classes that were renamed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from experimaestro import experiment
from experimaestro.scheduler import JobState
from experimaestro.tools.jobs import fix_deprecated, load_job
from xpm_tasks import LoadError
from xpm_workspace.errors import NotAWorkspace
from xpm_workspace.locks import FileLock

HEAD = "from experimaestro import Config, Param, Task, deprecate, field\n"
BEFORE = (
    HEAD
    + """
class Old(Task):
    x: Param[int]

    def execute(self):
        print("ran", self.x)
"""
)
AFTER = (
    HEAD
    + """
class New(Task):
    x: Param[int]

    def execute(self):
        print("ran", self.x)


@deprecate
class Old(New):
    pass
"""
)
CONVERTED = (
    HEAD
    + """
class New(Task):
    y: Param[int]

    def execute(self):
        print("ran", self.y)


@deprecate(New)
class Old(Task):
    x: Param[int]

    def __convert__(self):
        return New.C(y=self.x)
"""
)


def run(workdir: Path) -> experiment:
    return experiment(workdir, "renamed", report=False, register_signals=False, dirty_git="IGNORE")


@pytest.fixture
def old(make_module: Callable[..., ModuleType], workdir: Path) -> Path:
    """The folder of a job whose class is renamed afterwards."""
    tasks = make_module("xpm_renamed", BEFORE)
    with run(workdir):
        task = tasks.Old.C(x=1).submit()
    folder: Path = task.jobpath
    return folder


def test_load_job(tasks: ModuleType, workdir: Path) -> None:
    with run(workdir):
        task = tasks.Learn.C(model=tasks.Model.C(), rate=0.5).submit()
    for path in (task.jobpath, str(task.jobpath / "params.json")):
        assert load_job(path).__identifier__() == task.__identifier__()
    assert load_job(task.jobpath, as_instance=True).rate == 0.5
    with pytest.raises(LoadError):
        load_job(workdir)


@pytest.mark.parametrize("code", [AFTER, CONVERTED], ids=["inherits", "converts"])
@pytest.mark.parametrize("cleanup", [False, True])
def test_a_renamed_job_is_found_again(
    make_module: Callable[..., ModuleType], workdir: Path, old: Path, code: str, cleanup: bool
) -> None:
    tasks = make_module("xpm_renamed", code)
    new = tasks.New.C(y=1) if code is CONVERTED else tasks.New.C(x=1)
    [planned] = fix_deprecated(workdir)
    assert planned.old.path == old and not planned.new.path.exists()
    assert (planned.new.task_id, planned.new.identifier) == ("xpm_renamed.new", new.__identifier__().hex())
    [done] = fix_deprecated(str(workdir), fix=True, cleanup=cleanup)
    assert not done.problem and done.new.done.exists()
    assert (old.is_symlink(), old.exists()) == (not cleanup, not cleanup)
    assert fix_deprecated(workdir, fix=True) == []
    with run(workdir):
        task = new.submit()
    assert (task.job.state, task.job.executed) == (JobState.DONE, False)
    assert task.stdout().read_text() == "ran 1\n"


def test_what_is_in_the_way_is_left_alone(
    make_module: Callable[..., ModuleType], workdir: Path, old: Path
) -> None:
    make_module("xpm_renamed", AFTER)
    [planned] = fix_deprecated(workdir)
    with FileLock(planned.old.lock):
        [held] = fix_deprecated(workdir, fix=True)
    assert held.problem == "a process holds its lock"
    planned.new.path.mkdir(parents=True)
    [taken] = fix_deprecated(workdir, fix=True)
    assert taken.problem == "there is a folder already"
    assert old.is_dir() and not old.is_symlink()


def test_other_jobs_are_left_alone(make_module: Callable[..., ModuleType], workdir: Path, old: Path) -> None:
    assert fix_deprecated(workdir, fix=True) == []
    # The class is gone, or its parameters have changed: nothing is known of the identifier.
    make_module("xpm_renamed", "")
    assert fix_deprecated(workdir, fix=True) == []
    make_module(
        "xpm_renamed", AFTER.replace("x: Param[int]", "x: Param[int]\n    z: Param[int] = field(default=1)")
    )
    assert fix_deprecated(workdir, fix=True) == []
    (old / "old.done").unlink()
    make_module("xpm_renamed", AFTER)
    assert fix_deprecated(workdir, fix=True) == []


def test_there_is_no_workspace(workdir: Path) -> None:
    with pytest.raises(NotAWorkspace):
        fix_deprecated(workdir)
