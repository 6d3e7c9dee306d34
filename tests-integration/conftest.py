"""Fixtures of the stories: projects in strange folders, and the command run as a user runs it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from xpm_cli.main import main

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
        process.kill()
        process.wait(60)
        # Not read to its end: what it left behind may hold the pipe.
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


class Said(NamedTuple):
    """What a command said, and its exit code."""

    code: object
    stdout: str
    stderr: str

    @property
    def error(self) -> str:
        """The last line on standard error."""
        return self.stderr.splitlines()[-1] if self.stderr else ""


class Here:
    """Runs the command in this process, which is quicker, and leaves the process as it was."""

    def __init__(self, project: Project, capfd: pytest.CaptureFixture[str]) -> None:
        self.project = project
        self._capfd = capfd

    def command(self, *arguments: str, code: int | None = 0) -> Said:
        """Run a command to its end and check its exit code."""
        self._capfd.readouterr()
        with _as_it_was(self.project.folder), pytest.raises(SystemExit) as left:
            main(list(arguments))
        said = Said(left.value.code, *self._capfd.readouterr())
        assert code is None or said.code == code, f"exit {said.code}\n{said.stdout}\n{said.stderr}"
        assert "Traceback" not in said.stderr
        return said

    def run(self, yaml: str, *arguments: str, code: int | None = 0) -> Said:
        """Run an experiment in the workspace of the project."""
        return self.command(
            "run-experiment", "--workdir", str(self.project.workdir), yaml, *arguments, code=code
        )


@contextmanager
def _as_it_was(folder: Path) -> Iterator[None]:
    """Put back the state of the interpreter that a command, and a user's modules, change."""
    known, path, finders, environ = set(sys.modules), sys.path[:], sys.meta_path[:], dict(os.environ)
    level = logging.getLogger().level
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_CONFIG_HOME", str(folder / "no settings"))
        try:
            yield
        finally:
            sys.path[:], sys.meta_path[:] = path, finders
            for name in set(sys.modules) - known:
                module = sys.modules[name]
                file = getattr(module, "__file__", None)
                users = isinstance(file, str) and file.startswith(str(folder.parent))
                if users or type(module) is not types.ModuleType:  # a mock
                    del sys.modules[name]
            for name in set(os.environ) - set(environ):
                del os.environ[name]
            os.environ.update(environ)
            logging.getLogger().setLevel(level)


@pytest.fixture
def here(project: Project, capfd: pytest.CaptureFixture[str]) -> Here:
    """Commands in this process, in the folder of the project."""
    return Here(project, capfd)
