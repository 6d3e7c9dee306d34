"""Fixtures: workspaces in strange paths, small tasks in real modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from xpm_workspace.layout import JobLayout, WorkspaceLayout

STRANGE = 'it\'s a "strange" pl àce'


@pytest.fixture(params=["plain", STRANGE])
def workdir(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An empty folder, once with a plain name and once with spaces, quotes and an accent."""
    folder = tmp_path / str(request.param)
    folder.mkdir()
    return folder


@pytest.fixture
def job(workdir: Path) -> JobLayout:
    """A job of a new workspace; its folder does not exist."""
    layout = WorkspaceLayout(workdir)
    layout.create()
    return layout.job("pkg.learn", "ab" * 32)
