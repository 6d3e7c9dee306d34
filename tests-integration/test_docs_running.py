"""The examples of `docs/running.md` work as they are written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Project

PAGE = (Path(__file__).parents[1] / "docs" / "running.md").read_text()


def blocks(language: str) -> list[str]:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


def test_from_a_yaml_file_then_looking_at_it(project: Project) -> None:
    project.write("experiment.py", blocks("python")[0])
    [yaml] = blocks("yaml")
    project.write("full.yaml", yaml)
    [start, *_], look = (block.strip().splitlines() for block in blocks("sh"))
    for expected in ("2 executed", "all were done already, nothing was executed"):
        assert expected in project.command(*start.split()[1:]).stderr
    listed = project.command("jobs", "list", "--workdir", "results").stdout
    job = listed.split()[1]
    for line in look:
        words = line.partition("#")[0].replace("JOBID", job).split()
        assert words[0] == "experimaestro"
        assert project.command(*words[1:]).stdout, line


def test_from_python(tmp_path: Path) -> None:
    script = tmp_path / "additions.py"
    script.write_text(blocks("python")[1])
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "1 of 1 jobs done" in done.stderr
