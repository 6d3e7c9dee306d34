"""Fixtures of the package's tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.testing import IDENTIFIER, StartChild

# The machine may be busy: how long an example takes says nothing.
settings.register_profile(
    "xpm", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
settings.load_profile("xpm")


@pytest.fixture(params=["plain", 'it\'s a "strange" dossier, été #1 %20'])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> WorkspaceLayout:
    """An empty workspace; every test runs in a plain and in a strange path."""
    layout = WorkspaceLayout(tmp_path / request.param / "work dir")
    layout.create()
    return layout


@pytest.fixture
def job(workspace: WorkspaceLayout) -> JobLayout:
    """A job with its folder."""
    layout = workspace.job("my.lib.learn", IDENTIFIER)
    layout.create()
    return layout


@pytest.fixture
def child() -> Iterator[StartChild]:
    """Start Python code in another process, with its arguments; talk to it by lines. Killed at the end."""
    children: list[subprocess.Popen[str]] = []

    def start(code: str, *args: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, args)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        children.append(process)
        return process

    yield start
    for process in children:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    mount_point = tmp_path / "small disk"
    mount_point.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mount_point)]
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root on Linux")
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    yield mount_point
    subprocess.run(["umount", "-l", str(mount_point)], check=True)
