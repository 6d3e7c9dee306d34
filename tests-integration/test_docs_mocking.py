"""The examples of `docs/mocking.md` work, and jobs never see the mocks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Project

PAGE = (Path(__file__).parents[1] / "docs" / "mocking.md").read_text(encoding="utf-8")

#: A real library, which nobody may import while the experiment is described.
HEAVY = """
import pathlib, sys

pathlib.Path(__file__).with_name("imported").touch()


class nn:
    class Linear:
        def __init__(self, *sizes):
            self.sizes = sizes

        def __repr__(self):
            return f"a real layer of {self.sizes}"
"""


def blocks(language: str) -> list[str]:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


def test_alone(tmp_path: Path) -> None:
    script = blocks("python")[2]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_jobs_import_the_real_library(project: Project) -> None:
    for name, code in zip(("pre_experiment.py", "experiment.py"), blocks("python"), strict=False):
        project.write(name, code)
    project.write("full.yaml", blocks("yaml")[0])
    heavy = project.write("torch.py", HEAVY)
    described = project.run("full.yaml", "--run-mode", "DRY_RUN")
    assert "Learn" in described.stdout + described.stderr or "learn" in described.stdout + described.stderr
    assert not heavy.with_name("imported").exists()

    project.run("full.yaml")
    assert heavy.with_name("imported").exists()
    (log,) = project.workdir.glob("jobs/*/*/*.out")
    assert log.read_text() == "a real layer of (3, 1)\n"


def test_without_mocks_the_library_is_imported(project: Project) -> None:
    project.write("experiment.py", blocks("python")[1])
    project.write("full.yaml", blocks("yaml")[0].replace("pre_experiment: pre_experiment.py", ""))
    heavy = project.write("torch.py", HEAVY)
    project.run("full.yaml", "--run-mode", "DRY_RUN")
    assert heavy.with_name("imported").exists()


def test_mocks_made_by_hand(project: Project) -> None:
    project.write(
        "pre_experiment.py",
        "import sys\nfrom unittest.mock import MagicMock\n\n\nclass TorchMock(MagicMock):\n    pass\n\n\n"
        "sys.modules['torch'] = TorchMock()\nsys.modules['torch.nn'] = MagicMock()\n",
    )
    project.write("experiment.py", blocks("python")[1])
    project.write("full.yaml", blocks("yaml")[0])
    heavy = project.write("torch.py", HEAVY)
    project.run("full.yaml")
    assert heavy.with_name("imported").exists()
    (log,) = project.workdir.glob("jobs/*/*/*.out")
    assert log.read_text() == "a real layer of (3, 1)\n"
