"""Fixtures of the stories: projects in strange folders, and the command run as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

STRANGE = 'it\'s a "strange" pl àce'


class Project:
    """A user's folder, and a workspace next to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.workdir = folder / "work dir"
        self.folder.mkdir(parents=True)
        self.processes: list[subprocess.Popen[str]] = []

    def write(self, name: str, content: str) -> Path:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def start(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """Start the `experimaestro` command in the project's folder."""
        process = subprocess.Popen(
            [sys.executable, "-m", "xpm_cli", *arguments],
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def command(
        self, *arguments: str, code: int | None = 0, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command to its end and check its exit code."""
        process = self.start(*arguments, env=env)
        stdout, stderr = process.communicate(timeout=120)
        assert code is None or process.returncode == code, f"exit {process.returncode}\n{stdout}\n{stderr}"
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    def run(self, yaml: str, *arguments: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run an experiment in the workspace."""
        return self.command("run-experiment", "--workdir", str(self.workdir), yaml, *arguments, code=code)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """An empty project in a folder with spaces, quotes and an accent."""
    project = Project(tmp_path / STRANGE)
    yield project
    for process in project.processes:
        if process.poll() is None:
            process.kill()
        process.communicate()
