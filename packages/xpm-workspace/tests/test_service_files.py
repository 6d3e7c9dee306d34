"""`services.json`, and what monitors show of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from xpm_workspace.errors import InvalidName
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.process import hostname
from xpm_workspace.records import Changes, ServiceRecord
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run
from xpm_workspace.service_files import content_of, read_services, service_record, write_services
from xpm_workspace.services import ServiceState
from xpm_workspace.testing import FakeService

RUNNING = {
    "id": "tb",
    "state": "RUNNING",
    "description": "TensorBoard",
    "url": "http://127.0.0.1:6006/",
    "host": "node-7",
    "error": None,
    "class": "x.Y",
}


@pytest.fixture
def lock(workspace: WorkspaceLayout) -> Iterator[ExperimentLock]:
    held = ExperimentLock(workspace.experiment("xp"))
    held.acquire()
    yield held
    held.release()


@pytest.fixture
def live(workspace: WorkspaceLayout, lock: ExperimentLock) -> Iterator[RunHandle]:
    run = create_run(workspace, "xp")
    yield run
    run.close()


def told(monitor: LocalMonitor, position: str) -> Changes:
    changes = monitor.changes(position)
    assert changes is not None
    return changes


def test_what_is_shown_of_a_live_run(workspace: WorkspaceLayout, live: RunHandle) -> None:
    write_services(live.layout, [RUNNING])
    with LocalMonitor(workspace) as monitor:
        assert monitor.services() == [
            ServiceRecord(
                experiment_id="xp",
                run_id=live.run_id,
                service_id="tb",
                state=ServiceState.RUNNING,
                description="TensorBoard",
                url="http://127.0.0.1:6006/",
                host="node-7",
                content=RUNNING,
            )
        ]


def test_changes_tell_those_that_changed_only(workspace: WorkspaceLayout, live: RunHandle) -> None:
    other: dict[str, Any] = {"id": "other", "state": "STARTING"}
    write_services(live.layout, [RUNNING, other])
    with LocalMonitor(workspace) as monitor:
        position = monitor.position()
        failed = {**RUNNING, "state": "ERROR", "error": "no such port"}
        write_services(live.layout, [failed, other])
        changes = told(monitor, position)
        (record,) = changes.services
        assert (record.service_id, record.state, record.error) == ("tb", ServiceState.ERROR, "no such port")
        assert record.url is None
        assert monitor.changes(changes.position) is None


def test_a_service_does_not_outlive_its_scheduler(
    workspace: WorkspaceLayout, live: RunHandle, lock: ExperimentLock
) -> None:
    write_services(live.layout, [RUNNING])
    with LocalMonitor(workspace) as monitor:
        position = monitor.position()
        lock.release()  # as the system does for a scheduler that is killed
        (record,) = told(monitor, position).services
        assert (record.state, record.url) == (ServiceState.STOPPED, None)
        assert monitor.services() == [record]


def test_the_end_of_a_run_is_told(workspace: WorkspaceLayout, live: RunHandle) -> None:
    write_services(live.layout, [RUNNING])
    with LocalMonitor(workspace) as monitor:
        position = monitor.position()
        live.end("done")
        (record,) = told(monitor, position).services
        assert record.state is ServiceState.STOPPED


def test_a_removed_run_uncovers_the_services_of_the_one_before(workspace: WorkspaceLayout) -> None:
    first, second = create_run(workspace, "xp"), create_run(workspace, "xp")
    write_services(first.layout, [{"id": "old"}])
    write_services(second.layout, [{"id": "new"}])
    first.end("done")
    second.end("done")
    with LocalMonitor(workspace) as monitor:
        assert [record.service_id for record in monitor.services()] == ["new"]
        position = monitor.position()
        text = workspace.experiment("xp").informations.read_text()
        workspace.experiment("xp").informations.write_text(
            text.replace(f'"current_run": "{second.run_id}"', f'"current_run": "{first.run_id}"')
        )
        assert [record.service_id for record in told(monitor, position).services] == ["old"]


@pytest.mark.parametrize(
    "content",
    [{}, {"state": "DANCING", "url": 3, "host": [], "error": {}, "description": 1.5}, {"state": ["RUNNING"]}],
)
def test_nonsense_counts_as_absent(content: dict[str, Any]) -> None:
    record = service_record("xp", "r", "s", content, alive=True)
    expected = ServiceRecord(experiment_id="xp", run_id="r", service_id="s", content=content)
    assert record == expected


@pytest.mark.parametrize("state", ServiceState)
def test_only_an_error_outlives_the_run(state: ServiceState) -> None:
    record = service_record("xp", "r", "s", {**RUNNING, "state": state.value, "error": "why"}, alive=False)
    failed = state is ServiceState.ERROR
    assert record.state is (ServiceState.ERROR if failed else ServiceState.STOPPED)
    assert record.error == ("why" if failed else None)


def test_round_trip(live: RunHandle) -> None:
    service = FakeService('a "b" é')
    service.start()
    write_services(live.layout, [content_of(service)])
    stored = read_services(live.layout)['a "b" é']
    assert stored["state"] == "RUNNING" and stored["host"] == hostname() and stored["kind"] == "fake"
    assert stored["description"] == 'the fake a "b" é'


def test_logs_stay_in_the_run(live: RunHandle) -> None:
    assert live.layout.service_dir("tb") == live.layout.path / "services" / "tb"
    with pytest.raises(InvalidName):
        live.layout.service_dir("../tb")
