"""The command starts quickly. Measured in processor time: this machine may have other things to do."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Sample

_TRIES = 8


def cpu_time_s(*command: str) -> float:
    """The least processor time that a process took, of some tries."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    times = []
    for _ in range(_TRIES):
        process = subprocess.Popen([sys.executable, *command], env=environ, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        times.append(usage.ru_utime + usage.ru_stime)
    return min(times)


@pytest.fixture(autouse=True, scope="module")
def bytecode() -> None:
    """Where byte code cannot be kept, each start compiles all: that is not what is measured here."""
    import click

    assert click.__file__ is not None
    if not os.access(os.path.dirname(click.__file__), os.W_OK):
        pytest.skip("the packages cannot be compiled in advance")


def test_help_is_as_quick_as_click_allows() -> None:
    click = cpu_time_s("-c", "import click")
    assert cpu_time_s("-m", "xpm_cli", "--help") < 2 * click


def test_listing_experiments(sample: Sample) -> None:
    words = ["experiments", "list", "--workdir", str(sample.layout.root)]
    assert cpu_time_s("-m", "xpm_cli", *words) < 0.2


def test_listing_jobs(sample: Sample) -> None:
    words = ["jobs", "list", "-c", "20", "--workdir", str(sample.layout.root)]
    assert cpu_time_s("-m", "xpm_cli", *words) < 0.2
