"""The examples of `docs/services.md` work as they are written."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Project

PAGE = (Path(__file__).parents[1] / "docs" / "services.md").read_text(encoding="utf-8")
WAIT_S = 60.0


def blocks(language: str) -> list[str]:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


def test_a_command_that_listens_on_a_port(project: Project) -> None:
    page, experiment, _ = blocks("python")
    project.write("page.py", page)
    project.write("experiment.py", experiment)
    project.write("full.yaml", blocks("yaml")[0])
    run, listing, start = (line.split()[1:] for line in blocks("sh")[0].splitlines())
    assert "service results: http://127.0.0.1:" in project.command(*run).stderr
    listed = project.command(*listing).stdout.split("\t")
    assert listed[:3] == ["additions", "results", "STOPPED"] and listed[-1] == "The results, as files.\n"
    process = project.start(*start)
    assert process.stdout is not None and process.stderr is not None
    url = process.stdout.readline().strip()
    with urllib.request.urlopen(f"{url}table.txt", timeout=WAIT_S) as answer:
        assert answer.read().startswith(b"seen at http://127.0.0.1:")
    process.send_signal(signal.SIGTERM)  # not even Ctrl+C: the guard sees to the rest
    process.wait(WAIT_S)


def test_a_server_in_the_process(tmp_path: Path) -> None:
    script = tmp_path / "hello.py"
    script.write_text(blocks("python")[2])
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=WAIT_S
    )
    assert done.returncode == 0, done.stderr
    words = ["STARTING", "hello", "RUNNING", "hello", "hello", "STOPPING", "hello", "STOPPED"]
    assert done.stdout.split() == ["hello", *words]
