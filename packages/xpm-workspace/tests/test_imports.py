"""What an import must not load, and that the package's public names are real."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import xpm_workspace

#: Modules that the job process imports.
LIGHT = ("layout", "markers", "locks", "process", "journal_writer")


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nimport json; print(json.dumps(sorted(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout
    return set(json.loads(output))


@pytest.mark.parametrize("module", LIGHT)
def test_the_job_process_stays_light(module: str) -> None:
    heavy = {"msgspec", "sqlite3", "psutil", "dataclasses", "inspect", "asyncio", "yaml", "socket", "logging"}
    before = loaded_by("")
    assert not heavy & (loaded_by(f"import xpm_workspace.{module}") - before)


def test_all_is_real() -> None:
    for name in xpm_workspace.__all__:
        assert getattr(xpm_workspace, name) is not None
    assert set(xpm_workspace.__all__) <= set(dir(xpm_workspace))
