"""What an import must not load: each job pays for it."""

from __future__ import annotations

import subprocess
import sys

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
