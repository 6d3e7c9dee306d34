"""Fixtures: a run in a strange path, and servers that are stopped at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from xpm_services.testing import Server
from xpm_workspace.layout import RunLayout, WorkspaceLayout
from xpm_workspace.runs import create_run
from xpm_workspace.services import PastExperiment

# The machine may be busy: how long an example takes says nothing.
settings.register_profile("xpm", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("xpm")


@pytest.fixture(params=["plain", 'it\'s a "strange" dossier, été #1 %20'])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An empty folder, in a plain and in a strange path."""
    path = tmp_path / str(request.param)
    path.mkdir()
    return path


@pytest.fixture
def run(folder: Path) -> RunLayout:
    """A run that is over."""
    handle = create_run(WorkspaceLayout(folder / "workspace"), "xp")
    handle.end("done")
    return handle.layout


@pytest.fixture
def server(folder: Path, run: RunLayout) -> Iterator[Callable[..., Server]]:
    """Makes servers, which are stopped at the end."""
    made: list[Server] = []

    def make(*words: str, kind: type[Server] = Server) -> Server:
        service = kind(folder, *words)
        service.set_experiment(PastExperiment(run))
        made.append(service)
        return service

    yield make
    for service in made:
        service.stop()
