"""Listeners hear of each change, in order, one at a time."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest

from xpm_services import Service, ServiceListener, ServiceState
from xpm_services.testing import WAIT_S
from xpm_workspace.testing import at_each_point


class Idle(Service):
    """Does nothing."""

    id = "idle"


class Writes(ServiceListener):
    def __init__(self) -> None:
        self.heard: list[ServiceState] = []

    def service_state_changed(self, service: Service) -> None:
        self.heard.append(service.state)


def test_the_base_listener_does_nothing() -> None:
    service = Idle()
    service.add_listener(ServiceListener())
    service.start()
    assert service.state is ServiceState.RUNNING


def test_changes_and_only_changes_are_told() -> None:
    service, listener = Idle(), Writes()
    service.add_listener(listener)
    service.add_listener(listener)
    for state in ("STARTING", "STARTING", "RUNNING", "STOPPED"):
        service.state = ServiceState(state)
    assert listener.heard == [ServiceState.STARTING, ServiceState.RUNNING, ServiceState.STOPPED]
    service.remove_listener(listener)
    service.remove_listener(listener)
    service.state = ServiceState.ERROR
    assert len(listener.heard) == 3
    with pytest.raises(ValueError, match="'DANCING' is not a valid"):
        service.state = "DANCING"


def test_a_listener_that_raises_is_logged_and_skipped(caplog: pytest.LogCaptureFixture) -> None:
    class Raises(ServiceListener):
        def service_state_changed(self, service: Service) -> None:
            raise ValueError("not my day")

    service, listener = Idle(), Writes()
    service.add_listener(Raises())
    service.add_listener(listener)
    with caplog.at_level(logging.ERROR):
        service.start()
    assert listener.heard == [ServiceState.RUNNING]
    assert "a listener of the service idle raised" in caplog.text and "not my day" in caplog.text


def test_ctrl_c_in_a_listener_loses_no_change() -> None:
    class Interrupted(ServiceListener):
        def service_state_changed(self, service: Service) -> None:
            if service.state is ServiceState.STARTING:
                raise KeyboardInterrupt

    service, listener = Idle(), Writes()
    service.add_listener(Interrupted())
    service.add_listener(listener)
    with pytest.raises(KeyboardInterrupt):
        service.state = ServiceState.STARTING
    service.state = ServiceState.RUNNING
    assert listener.heard == [ServiceState.RUNNING] and service.state is ServiceState.RUNNING


def test_a_listener_may_change_the_state() -> None:
    """What it sees is what it is told, and the others hear it in order."""

    class Restarts(ServiceListener):
        def service_state_changed(self, service: Service) -> None:
            if service.state is ServiceState.ERROR:
                service.state = ServiceState.STARTING
                service.state = ServiceState.RUNNING
                assert service.state is ServiceState.ERROR

    service, listener = Idle(), Writes()
    service.add_listener(Restarts())
    service.add_listener(listener)
    service.state = ServiceState.ERROR
    assert listener.heard == [ServiceState.ERROR, ServiceState.STARTING, ServiceState.RUNNING]


def test_a_slow_listener_holds_nobody_up() -> None:
    entered, release = threading.Event(), threading.Event()

    class Slow(ServiceListener):
        def service_state_changed(self, service: Service) -> None:
            entered.set()
            assert release.wait(WAIT_S)

    service, listener = Idle(), Writes()
    service.add_listener(Slow())
    service.add_listener(listener)
    other = threading.Thread(target=service.start)
    other.start()
    assert entered.wait(WAIT_S)
    service.state = ServiceState.ERROR  # does not wait
    assert service.state is ServiceState.ERROR and listener.heard == []
    release.set()
    other.join(WAIT_S)
    assert listener.heard == [ServiceState.RUNNING, ServiceState.ERROR]


def test_many_threads() -> None:
    """One call at a time, and what is heard last is what is."""

    class Checks(ServiceListener):
        def __init__(self) -> None:
            self.busy = threading.Lock()
            self.heard: list[ServiceState] = []
            self.clashes = 0

        def service_state_changed(self, service: Any) -> None:
            if not self.busy.acquire(blocking=False):
                self.clashes += 1
                return
            first = service.state
            self.heard.append(first)
            self.clashes += service.state is not first
            self.busy.release()

    service, listener = Idle(), Checks()
    service.add_listener(listener)
    states = list(ServiceState)

    def change(start: int) -> None:
        for n in range(500):
            service.state = states[(start + n) % len(states)]

    threads = [threading.Thread(target=change, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert listener.clashes == 0
    assert listener.heard[-1] is service.state
    assert all(a is not b for a, b in zip(listener.heard, listener.heard[1:], strict=False))


def test_an_exception_of_a_signal_handler_leaves_nothing_locked() -> None:
    service = Idle()
    assert at_each_point(lambda point: lambda: service.state, lambda: service.state) > 2
    listener = ServiceListener()
    assert at_each_point(lambda point: lambda: service.add_listener(listener), lambda: service.state) > 2
    assert service.state is ServiceState.STOPPED
