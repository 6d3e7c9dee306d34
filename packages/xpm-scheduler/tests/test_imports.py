"""What an import must not load: each job pays for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

HEAVY = {"asyncio", "dataclasses", "git", "msgspec", "omegaconf", "psutil", "sqlite3", "typing_extensions"}


def loaded_by(code: str) -> set[str]:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return set(shown.split())


@pytest.mark.parametrize("module", ["job_process", "job_run", "fork_server"])
def test_the_job_side_is_light(module: str) -> None:
    loaded = loaded_by(f"import xpm_scheduler.{module}")
    assert not (HEAVY - {"dataclasses"}) & loaded
    ours = {m.partition(".")[2] for m in loaded if m.startswith("xpm_scheduler.")}
    assert ours <= {"__about__", "job_guard", "job_process", "job_run", "fork_server"}


def test_a_job_without_paths_does_without_pathlib() -> None:
    """Inside a job, where classes read no annotations."""
    job = "from xpm_tasks.runtime import set_runtime; set_runtime(object())"
    assert "pathlib" not in loaded_by(
        f"{job}; import xpm_scheduler.job_run, xpm_tasks.parameters, xpm_tasks.tasks"
    )


def test_the_package_loads_nothing_by_itself() -> None:
    assert not HEAVY & loaded_by("import xpm_scheduler")


THREADS = """
import sys, threading

noted = {"experiment xp", "index"}

class Notes:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread().name in noted:
            print(threading.current_thread().name, "imports", name)

sys.meta_path.insert(0, Notes())
from xpm_scheduler import DirectLauncher, FailedExperiment, experiment
import xpm_test_tasks as tasks

launcher = DirectLauncher(preload=() if sys.argv[2] == "warm" else None)
try:
    with experiment(sys.argv[1], "xp", launcher=launcher, dirty_git="ignore") as xp:
        token = xp.token("few", 1)
        noted.add("MainThread")
        for number in range(3):
            task = token(1, tasks.Write.C(number=number, log=sys.argv[1] + "/log")).submit()
            tasks.Needs.C(first=task).submit()
        tasks.Needs.C(first=tasks.Write.C(number=5, log="/no such folder/log").submit()).submit()
        killed = tasks.Wait.C(pipe=sys.argv[1] + "/pipe").submit()
        task.job.wait()
        xp.kill(killed.job)
        noted.remove("MainThread")
except FailedExperiment as error:
    print("failed:", len(error.failed), "skipped:", error.skipped)
"""


@pytest.mark.parametrize("start", ["warm", "cold"])
def test_nothing_is_imported_while_tasks_are_submitted(tasks: ModuleType, tmp_path: Path, start: str) -> None:
    """A Ctrl+C in the middle of an import may be lost, or leave Python's lock of imports taken for ever."""
    folder = tmp_path / "work"
    done = subprocess.run(
        [sys.executable, "-c", THREADS, str(folder), start],
        cwd=Path(str(tasks.__file__)).parent,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "failed: 2 skipped: 1\n", done.stderr
