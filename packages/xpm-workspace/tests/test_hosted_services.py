"""Services of experiments that are over, started by the process that looks at them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xpm_workspace.controller import LocalController, read_actions
from xpm_workspace.layout import RunLayout, WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.runs import ExperimentLock, create_run
from xpm_workspace.service_files import write_services
from xpm_workspace.services import ServiceState
from xpm_workspace.testing import FakeService, install_fake_services


@pytest.fixture(autouse=True)
def _fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_fake_services(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))


@pytest.fixture
def over(workspace: WorkspaceLayout) -> RunLayout:
    """A run that is over, which had a service."""
    handle = create_run(workspace, "xp")
    write_services(handle.layout, [{"id": "tb", "kind": "fake", "state": "RUNNING", "host": "node-7"}])
    handle.end("done")
    return handle.layout


@pytest.fixture
def monitor(workspace: WorkspaceLayout, over: RunLayout) -> Iterator[LocalMonitor]:
    with LocalMonitor(workspace) as opened:
        yield opened


def shown(monitor: LocalMonitor) -> tuple[ServiceState, str | None]:
    (record,) = monitor.services()
    return record.state, record.url


def hosted(monitor: LocalMonitor) -> FakeService:
    (service,) = monitor.hosted_services._services.values()
    assert isinstance(service, FakeService)
    return service


def test_it_is_started_shown_and_stopped(monitor: LocalMonitor, over: RunLayout) -> None:
    controller = LocalController(monitor)
    assert shown(monitor) == (ServiceState.STOPPED, None)
    assert controller.stop_service("xp", "tb").problem == "it does not run: the experiment is over"
    started = controller.start_service("xp", "tb")
    assert started.done and "here" in started.what
    assert shown(monitor) == (ServiceState.RUNNING, "http://127.0.0.1:9/")
    service = hosted(monitor)
    assert (service.experiment.name, service.experiment.run_id) == ("xp", over.run_id)
    assert service.experiment.resultspath == over.results
    assert service.experiment.workdir == over.experiment.path
    assert service.experiment.workspace_path == over.experiment.workspace.root
    assert controller.start_service("xp", "tb").done
    assert hosted(monitor) is service
    assert controller.stop_service("xp", "tb").done
    assert shown(monitor) == (ServiceState.STOPPED, None)
    actions = [(a["action"], a["target"]) for a in read_actions(monitor.workspace)]
    assert actions == [("start-service", "tb"), ("start-service", "tb"), ("stop-service", "tb")]


def test_watchers_hear_of_it(monitor: LocalMonitor) -> None:
    position = monitor.position()
    changes = monitor.watch()
    LocalController(monitor).start_service("xp", "tb")
    (record,) = next(changes).services
    assert (record.service_id, record.state) == ("tb", ServiceState.RUNNING)
    hosted(monitor).change(ServiceState.ERROR, "it broke")
    (record,) = next(changes).services
    assert (record.state, record.error, record.url) == (ServiceState.ERROR, "it broke", None)
    late = monitor.changes(position)
    assert late is not None and late.services == (record,)
    assert monitor.changes(late.position) is None
    ((other),) = [monitor.changes(f"{position}+99")]
    assert other is not None and other.reset


def test_index_and_process_are_told_together(monitor: LocalMonitor, over: RunLayout) -> None:
    LocalController(monitor).start_service("xp", "tb")
    position = monitor.position()
    write_services(over, [{"id": "tb", "kind": "fake", "state": "ERROR", "error": "on disk"}])
    hosted(monitor).change(ServiceState.STOPPING)
    monitor.sync()
    changes = monitor.changes(position)
    assert changes is not None
    assert [record.state for record in changes.services] == [ServiceState.STOPPING]


def test_closing_the_monitor_stops_it(workspace: WorkspaceLayout, over: RunLayout) -> None:
    with LocalMonitor(workspace) as monitor:
        LocalController(monitor).start_service("xp", "tb")
        service = hosted(monitor)
    assert service.state is ServiceState.STOPPED
    write_services(over, [{"id": name, "kind": "fake"} for name in ("tb", "other")])
    for name in ("tb", "other"):
        assert "closed" in LocalController(monitor).start_service("xp", name).problem
    assert service.state is ServiceState.STOPPED


def test_one_that_cannot_be_stopped_keeps_no_other(workspace: WorkspaceLayout, over: RunLayout) -> None:
    write_services(over, [{"id": name, "kind": "fake"} for name in ("a", "b")])
    with LocalMonitor(workspace) as monitor:
        for name in ("a", "b"):
            LocalController(monitor).start_service("xp", name)
        first, second = monitor.hosted_services._services.values()
        assert isinstance(first, FakeService) and isinstance(second, FakeService)

        def refuse() -> None:
            raise RuntimeError("no")

        first.stop = refuse  # type: ignore[method-assign]
    assert second.state is ServiceState.STOPPED


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"id": "x"}, "has no service 'tb'"),
        ({"id": "tb", "kind": "unknown"}, "install the package that made it"),
        ({"id": "tb", "kind": "fake", "broken": "why"}, "RuntimeError: why"),
    ],
)
def test_what_cannot_be_started(
    monitor: LocalMonitor, over: RunLayout, content: dict[str, Any], problem: str
) -> None:
    write_services(over, [content])
    outcome = LocalController(monitor).start_service("xp", "tb")
    assert problem in outcome.problem and not outcome.done


@pytest.mark.parametrize("name", ["nothing", "../xp", "", "a/b"])
def test_what_is_not_there(monitor: LocalMonitor, name: str) -> None:
    assert LocalController(monitor).start_service(name, "tb").problem
    assert LocalController(monitor).stop_service("xp", name).problem


def test_the_scheduler_takes_over(workspace: WorkspaceLayout, monitor: LocalMonitor) -> None:
    """A new run has services of its own; the one that was started for the earlier run is not shown."""
    LocalController(monitor).start_service("xp", "tb")
    lock = ExperimentLock(workspace.experiment("xp"))
    lock.acquire()
    run = create_run(workspace, "xp")
    write_services(run.layout, [{"id": "tb", "kind": "fake", "state": "STARTING"}])
    position = monitor.position()
    monitor.sync()
    changes = monitor.changes(position)
    assert changes is not None
    (record,) = [r for r in monitor.services() if r.service_id == "tb"]
    assert (record.state, record.run_id) == (ServiceState.STARTING, run.run_id)
    assert record in changes.services
    assert hosted(monitor).state is ServiceState.RUNNING
    assert LocalController(monitor).start_service("xp", "tb").what == "ask the scheduler"
    assert hosted(monitor).state is ServiceState.STOPPED
    run.close()
    lock.release()
