"""Services of a run: stored at each change, started by monitors, stopped whatever way the block is left."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xpm_scheduler import NoExperiment, experiment
from xpm_scheduler import services as module
from xpm_workspace.controller import LocalController
from xpm_workspace.errors import InvalidName
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.service_files import read_services
from xpm_workspace.services import ServiceState
from xpm_workspace.testing import FakeService

WAIT_S = 60.0


def make(workdir: Path, **options: Any) -> experiment:
    return experiment(workdir, "xp", dirty_git="ignore", report=False, **options)


def stored(xp: experiment) -> dict[str, str]:
    layout = WorkspaceLayout(xp.workspace_path).experiment("xp")
    (run,) = [p.name for p in layout.runs_dir.iterdir()]
    return {name: content["state"] for name, content in read_services(layout.run(run)).items()}


class Noticed(FakeService):
    """Tells when it is started."""

    def __init__(self, id: str = "fake") -> None:
        super().__init__(id)
        self.started = threading.Event()

    def start(self) -> None:
        super().start()
        self.started.set()


def test_it_is_stored_at_each_change(workdir: Path) -> None:
    with make(workdir) as xp:
        service = xp.add_service(FakeService("tb"))
        assert service.experiment is xp and service.calls == []
        assert stored(xp) == {"tb": "STOPPED"}
        other = FakeService("other")
        assert xp.add_service(other) is other
        for state in ServiceState:
            service.change(state, "why")
            assert stored(xp) == {"tb": state.value, "other": "STOPPED"}
        assert xp.add_service(service) is service  # once more changes nothing
        service.start()
    assert stored(xp) == {"tb": "STOPPED", "other": "STOPPED"}
    service.start()  # nobody listens any more
    assert stored(xp) == {"tb": "STOPPED", "other": "STOPPED"}


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt, SystemExit])
def test_it_is_stopped_whatever_way_the_block_is_left(
    workdir: Path, error: type[BaseException] | None
) -> None:
    services = [FakeService(name) for name in ("a", "b", "c")]
    try:
        with make(workdir) as xp:
            for service in services:
                xp.add_service(service).start()
            if error is not None:
                raise error
    except (ValueError, KeyboardInterrupt, SystemExit) as raised:
        assert type(raised) is error
    assert [service.calls for service in services] == [["start", "stop"]] * 3
    assert set(stored(xp).values()) == {"STOPPED"}


SIGNALLED = """
import signal, sys, threading
from xpm_scheduler import experiment
from xpm_workspace.testing import FakeService

class Told(FakeService):
    def stop(self):
        super().stop()
        print("stopped", flush=True)

# What starts the tests may ignore them: a shell in the background, `nohup`.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
with experiment(sys.argv[1], "xp", dirty_git="ignore", report=False) as xp:
    xp.add_service(Told()).start()
    print("running", flush=True)
    threading.Event().wait(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_it(workdir: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SIGNALLED, str(workdir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        process.send_signal(number)
        output, _ = process.communicate(timeout=WAIT_S)
    assert output == "stopped\n"
    layout = WorkspaceLayout(workdir).experiment("xp")
    (run,) = [p.name for p in layout.runs_dir.iterdir()]
    assert read_services(layout.run(run))["fake"]["state"] == "STOPPED"


def test_monitors_start_and_stop_it(workdir: Path) -> None:
    with make(workdir) as xp, LocalMonitor(workdir) as monitor:
        service = xp.add_service(Noticed("tb"))
        controller = LocalController(monitor)
        assert controller.start_service("xp", "tb").what == "ask the scheduler"
        assert service.started.wait(WAIT_S)
        position = monitor.position()
        assert controller.stop_service("xp", "tb").done
        stop = threading.Event()
        timer = threading.Timer(WAIT_S, stop.set)
        timer.start()
        for changes in monitor.watch(position, stop):
            if [s.state for s in changes.services] == [ServiceState.STOPPED]:
                break
        timer.cancel()
        assert service.calls == ["start", "stop"]
        assert "no service" in controller.start_service("xp", "other").problem


def test_one_that_does_not_stop_is_left_behind(
    workdir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_STOP_S", 0.05)
    released = threading.Event()
    stuck, fails, good = FakeService("stuck"), FakeService("fails"), FakeService("good")

    def fail() -> None:
        raise RuntimeError("cannot")

    stuck.stop = lambda: released.wait(WAIT_S)  # type: ignore[method-assign,assignment]
    fails.stop = fail  # type: ignore[method-assign]
    with make(workdir) as xp:
        for service in (stuck, fails, good):
            xp.add_service(service)
    released.set()
    assert good.calls == ["stop"]
    assert "stuck does not stop" in caplog.text and "cannot stop the service fails" in caplog.text


def test_ids(workdir: Path) -> None:
    xp = make(workdir)
    with pytest.raises(NoExperiment):
        xp.add_service(FakeService())
    with xp:
        xp.add_service(FakeService())
        with pytest.raises(ValueError, match="another id"):
            xp.add_service(FakeService())
        with pytest.raises(InvalidName):
            xp.add_service(FakeService("../x"))
        with pytest.raises(TypeError, match="FakeService is a class"):
            xp.add_service(FakeService)  # type: ignore[type-var]
    with pytest.raises(NoExperiment):
        xp.add_service(FakeService("late"))


@pytest.mark.parametrize("mode", ["dry-run", "generate-only"])
def test_where_nothing_is_run(workdir: Path, mode: str) -> None:
    with make(workdir, run_mode=mode) as xp:
        service = xp.add_service(FakeService())
        service.start()
    assert service.calls == ["start", "stop"]
    assert not list(workdir.rglob("services.json"))


def test_one_that_cannot_be_described_hides_no_other(workdir: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = FakeService("broken")
    broken.record = lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    with make(workdir) as xp:
        xp.add_service(broken)
        xp.add_service(FakeService("good"))
        assert stored(xp) == {"good": "STOPPED"}
    assert "the service broken is not stored" in caplog.text


def test_a_full_disk_does_not_stop_the_experiment(
    workdir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with make(workdir) as xp:
        monkeypatch.setattr(module, "write_services", full)
        xp.add_service(FakeService()).start()
    assert "No space left" in caplog.text


def test_people_are_told(workdir: Path) -> None:
    said: list[str] = []
    services = module.RunServices(said.append)
    services.open(None)
    service = services.add(FakeService("tb", "http://x/"), None)
    service.start()
    service.change(ServiceState.ERROR, "no port")
    services.close()
    assert said == ["service tb: http://x/", "service tb failed: no port"]


def test_many_threads(workdir: Path) -> None:
    """What is stored last is the latest, whoever writes."""
    with make(workdir) as xp:
        services = [xp.add_service(FakeService(str(n))) for n in range(8)]

        def act(service: FakeService) -> Callable[[], None]:
            def run() -> None:
                for _ in range(10):
                    service.start()
                    service.change(ServiceState.ERROR)

            return run

        threads = [threading.Thread(target=act(service)) for service in services]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(stored(xp).values()) == {"ERROR"}
