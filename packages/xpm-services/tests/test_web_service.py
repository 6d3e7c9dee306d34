"""Services that serve in a thread of this process."""

from __future__ import annotations

import http.server
import threading
import urllib.request
from pathlib import Path
from typing import Any, ClassVar

import pytest

from xpm_services import Service, ServiceFailed, ServiceState, WebService
from xpm_services.testing import WAIT_S, Heard

STARTING, RUNNING, STOPPING, STOPPED, ERROR = (
    ServiceState.STARTING,
    ServiceState.RUNNING,
    ServiceState.STOPPING,
    ServiceState.STOPPED,
    ServiceState.ERROR,
)


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: Any) -> None:
        pass


class Threaded(WebService):
    """Serves until `close`."""

    id = "threaded"

    def _serve(self, running: threading.Event) -> None:
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as self.server:
            self.url = f"http://127.0.0.1:{self.server.server_port}/"
            running.set()
            self.server.serve_forever(0.01)

    def close(self) -> None:
        self.server.shutdown()


class Loops(WebService):
    """Looks whether it should stop."""

    id = "loops"

    def _serve(self, running: threading.Event) -> None:
        self.url = "http://127.0.0.1:9/"
        running.set()
        while not self.should_stop():
            threading.Event().wait(0.005)


class Elsewhere(WebService):
    """Something else serves once `_serve` has returned."""

    id = "elsewhere"
    closed = 0

    def _serve(self, running: threading.Event) -> None:
        self.url = "http://127.0.0.1:9/"
        running.set()

    def close(self) -> None:
        self.closed += 1


class Told(WebService):
    """Does what it is told."""

    id = "told"
    stop_timeout_s: ClassVar[float] = 0.2

    def __init__(self, act: Any) -> None:
        self.act = act
        self.release = threading.Event()

    def _serve(self, running: threading.Event) -> None:
        self.act(self, running)


def heard_of(service: Service) -> Heard:
    heard = Heard()
    service.add_listener(heard)
    return heard


def test_a_server_in_a_thread() -> None:
    service = Threaded()
    heard = heard_of(service)
    assert service.should_stop()
    with urllib.request.urlopen(service.get_url(), timeout=WAIT_S) as answer:
        assert answer.read() == b"hello"
    service.start()
    service.stop()
    assert heard.states == [STARTING, RUNNING, STOPPING, STOPPED]


@pytest.mark.parametrize("kind", [Threaded, Loops, Elsewhere])
def test_it_can_be_started_again(kind: type[WebService]) -> None:
    service = kind()
    heard = heard_of(service)
    for _ in range(3):
        assert service.get_url()
        service.stop()
    assert heard.states == [STARTING, RUNNING, STOPPING, STOPPED] * 3


def test_what_serves_elsewhere_runs_until_it_is_stopped() -> None:
    service = Elsewhere()
    service.get_url()
    attempt = service._attempt
    assert attempt is not None
    attempt.thread.join(WAIT_S)
    assert service.state is RUNNING and service.closed == 0
    service.stop()
    assert service.state is STOPPED and service.closed == 1


def raises(service: Told, running: threading.Event) -> None:
    raise ValueError("no such folder")


def ends(service: Told, running: threading.Event) -> None:
    pass


def has_no_url(service: Told, running: threading.Event) -> None:
    running.set()


def runs_then_raises(service: Told, running: threading.Event) -> None:
    service.url = "http://127.0.0.1:9/"
    running.set()
    raise ValueError("no such folder")


def deaf(service: Told, running: threading.Event) -> None:
    service.url = "http://127.0.0.1:9/"
    running.set()
    service.release.wait(WAIT_S)


def hangs(service: Told, running: threading.Event) -> None:
    service.release.wait(WAIT_S)
    service.url = "http://127.0.0.1:9/"
    running.set()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (raises, "ValueError: no such folder"),
        (ends, "it ended before it ran"),
        (has_no_url, "has set no url"),
    ],
)
def test_starts_that_fail(act: Any, message: str) -> None:
    service = Told(act)
    with pytest.raises(ServiceFailed, match=f"service told: .*{message}"):
        service.get_url()
    assert service.state is ERROR and service.url is None
    service.stop()
    assert service.state is ERROR


def test_the_traceback_is_in_the_log() -> None:
    service = Told(raises)
    with pytest.raises(ServiceFailed) as info:
        service.get_url()
    assert "Traceback" in service.stderr.read_text()
    assert str(info.value).rstrip().endswith("ValueError: no such folder")


def test_one_that_fails_later() -> None:
    service = Told(runs_then_raises)
    heard = heard_of(service)
    service.start()
    heard.wait_for(ERROR)
    assert heard.states == [STARTING, RUNNING, ERROR]
    assert service.error is not None and service.error.startswith("ValueError")


def test_one_that_hangs_is_given_up() -> None:
    service = Told(hangs)
    heard = heard_of(service)
    with pytest.raises(ServiceFailed, match=r"did not start within 0\.05 s"):
        service.get_url(0.05)
    with pytest.raises(ServiceFailed, match="what was started before has not ended"):
        service.start()
    service.release.set()  # too late: it says that it runs, and nobody believes it
    assert service._attempt is not None
    service._attempt.thread.join(WAIT_S)
    assert heard.states == [STARTING, ERROR]
    assert service.get_url() == "http://127.0.0.1:9/"
    service.stop()


def test_one_that_does_not_stop() -> None:
    service = Told(deaf)
    service.get_url()
    service.stop()
    assert service.state is ERROR and service.error is not None
    assert service.error.startswith("it does not stop within 0.2 s")
    service.release.set()


def test_a_close_that_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Clumsy(Loops):
        def close(self) -> None:
            raise RuntimeError("clumsy")

    service = Clumsy()
    service.get_url()
    service.stop()
    assert service.state is STOPPED and "clumsy" in caplog.text


def test_a_listener_may_stop_it() -> None:
    """In the very thread that says that it runs."""

    class Stops:
        def service_state_changed(self, service: WebService) -> None:
            if service.state is RUNNING:
                service.stop()

    service = Loops()
    service.add_listener(Stops())
    heard = heard_of(service)
    service.start()
    heard.wait_for(STOPPED)
    assert heard.states == [STARTING, RUNNING, STOPPING, STOPPED]


def test_a_listener_may_start_it_again() -> None:
    class Again:
        times = 0

        def service_state_changed(self, service: WebService) -> None:
            if service.state is ERROR and self.times < 2:
                self.times += 1
                service.start()

    service = Told(raises)
    service.add_listener(Again())
    heard = heard_of(service)
    service.start()
    with heard._changed:
        assert heard._changed.wait_for(lambda: heard.states.count(ERROR) == 3, WAIT_S)
    assert heard.states == [STARTING, ERROR] * 3


def test_many_threads_start_and_stop_it() -> None:
    service = Loops()
    heard = heard_of(service)

    def act(number: int) -> None:
        for n in range(10):
            (service.start if (n + number) % 2 else service.stop)()

    threads = [threading.Thread(target=act, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    service.stop()
    assert heard.states[-1] is STOPPED
    follows = {STARTING: {RUNNING, STOPPING}, RUNNING: {STOPPING}, STOPPING: {STOPPED}, STOPPED: {STARTING}}
    for one, next_one in zip(heard.states, heard.states[1:], strict=False):
        assert next_one in follows[one]


def test_what_it_is_made_of_is_stopped_with_it(tmp_path: Path) -> None:
    class Whole(Loops):
        id = "whole"

        def __init__(self) -> None:
            self.parts = [Loops(), Threaded()]

        def subservices(self) -> list[WebService]:
            return self.parts

    service = Whole()
    service.get_url()
    for part in service.parts:
        part.get_url()
    service.set_experiment("the experiment")  # type: ignore[arg-type]
    assert [part.experiment for part in service.parts] == ["the experiment"] * 2
    service.stop()
    assert [part.state for part in service.parts] == [STOPPED] * 2
