"""Fixtures: a workspace in a strange path, with an experiment that runs, and a server that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from xpm_web.server import Server
from xpm_web.testing import Visitor
from xpm_workspace.controller import LocalController
from xpm_workspace.frontends import Options, Target
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run
from xpm_workspace.testing import make_job

# The machine may be busy: how long an example takes says nothing.
settings.register_profile(
    "xpm", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60
)
settings.load_profile("xpm")

TOKEN = "a token for tests, long enough"
STRANGE = 'it\'s a "strange" dossier, été #1 %20 <b>'

Serve = Callable[..., Server]


@pytest.fixture(scope="session")
def token() -> str:
    """The secret of all servers here."""
    return TOKEN


@pytest.fixture
def workspace(tmp_path: Path) -> WorkspaceLayout:
    """An empty workspace."""
    layout = WorkspaceLayout(tmp_path / STRANGE)
    layout.create()
    return layout


@pytest.fixture
def run(workspace: WorkspaceLayout) -> Iterator[RunHandle]:
    """The run of an experiment: two jobs that are done, one that failed, one that waits for the first."""
    with running(workspace) as handle:
        yield handle


@pytest.fixture
def serve(workspace: WorkspaceLayout, run: RunHandle) -> Iterator[Serve]:
    """Start servers of the workspace; they are closed at the end."""
    with serving(workspace) as start:
        yield start


@pytest.fixture
def server(serve: Serve) -> Server:
    """A server of the workspace."""
    return serve()


@pytest.fixture
def visitor(server: Server) -> Visitor:
    """Somebody who knows the secret."""
    return Visitor(server.port, TOKEN)


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """The same, at a server that all tests of a module share: nothing may be changed there."""
    workspace = WorkspaceLayout(tmp_path_factory.mktemp("guest") / STRANGE)
    workspace.create()
    with running(workspace), serving(workspace) as start:
        yield Visitor(start().port, TOKEN)


@contextmanager
def running(workspace: WorkspaceLayout) -> Iterator[RunHandle]:
    lock = ExperimentLock(workspace.experiment("ranking"))
    lock.acquire()
    run = create_run(workspace, "ranking", hostname="node-1")
    for number, marker in enumerate(("DONE", "DONE", "FAILED")):
        job = make_job(workspace, "ir.learn", f"{number}" * 64, marker=marker, progress=1.0)
        job.stdout.write_text("one\ntwo\n<b>three</b>\n")
        run.record_jobs([{"job": job.job_id, "tags": {"n": number, "model": "<i>bm25</i>"}}])
    run.record_jobs([{"job": "ir.evaluate/" + "3" * 64, "depends_on": ["ir.learn/" + "0" * 64]}])
    run.record_states([{"job": "ir.evaluate/" + "3" * 64, "state": "WAITING"}])
    make_job(workspace, "ir.old", "f" * 64)
    try:
        yield run
    finally:
        run.close()
        lock.release()


@contextmanager
def serving(workspace: WorkspaceLayout) -> Iterator[Serve]:
    monitor = LocalMonitor(workspace)
    servers: list[Server] = []
    target = Target(
        monitor=monitor,
        controller=LocalController(monitor),
        title=str(workspace.root),
        experiment_id="ranking",
    )

    def start(*, host: str | None = None, token: str | None = TOKEN, **more: object) -> Server:
        options = Options(host=host, token=token)
        servers.append(Server(target, options, **{"pages": [], **more}))  # type: ignore[arg-type]
        return servers[-1]

    try:
        yield start
    finally:
        for server in servers:
            server.close()
        monitor.close()
