"""Real processes: that die, hang, do not listen, have children, and fill their logs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from xpm_services import ProcessWebService, ServiceFailed, ServiceState, guard
from xpm_services.log_files import tail
from xpm_services.testing import SERVER, WAIT_S, Heard, Impatient, Server, is_gone, wait_until_gone
from xpm_workspace.layout import RunLayout
from xpm_workspace.services import PastExperiment

MakeServer = Callable[..., Server]
STARTING, RUNNING, STOPPING, STOPPED, ERROR = (
    ServiceState.STARTING,
    ServiceState.RUNNING,
    ServiceState.STOPPING,
    ServiceState.STOPPED,
    ServiceState.ERROR,
)


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=WAIT_S) as answer:
        return str(answer.read().decode())


def test_its_life(server: MakeServer, run: RunLayout) -> None:
    service = server()
    heard = Heard()
    service.add_listener(heard)
    url = service.get_url()
    assert url.startswith("http://127.0.0.1:") and read(url) == "hello"
    assert service.get_url() == url and service.record()["url"] == url
    (pid,) = service.processes()
    assert pid == service.pid == os.getpgid(pid) == os.getsid(pid)
    assert service.stdout == run.path / "services" / "server" / "out"
    service.stop()
    assert is_gone(pid)
    assert heard.states == [STARTING, RUNNING, STOPPING, STOPPED]
    assert service.url is None
    service.stop()  # again does nothing
    assert read(service.get_url()) == "hello"  # it can be started again
    assert len(service.processes()) == 2


def test_one_that_dies_at_its_start(server: MakeServer) -> None:
    service = server("dies")
    with pytest.raises(ServiceFailed, match="service server: its process ended with exit code 3") as info:
        service.get_url()
    assert "this is why" in str(info.value) and str(service.stderr) in str(info.value)
    assert service.state is ERROR and str(service.error) in str(info.value)
    service.stop()
    assert service.state is ERROR  # the reason is kept


def test_one_that_ends_before_it_listens(server: MakeServer) -> None:
    service = server("ends")
    with pytest.raises(ServiceFailed, match="exit code 0"):
        service.get_url()


def test_one_that_dies_later(server: MakeServer) -> None:
    service, heard = server(), Heard()
    service.add_listener(heard)
    read(service.get_url() + "die")
    heard.wait_for(ERROR)
    assert service.error is not None
    assert service.error.startswith("its process ended with exit code 7") and "asked to die" in service.error
    assert service.url is None
    service.get_url()
    os.kill(service.processes()[-1], signal.SIGKILL)
    heard.wait_for(ERROR)
    assert service.error.startswith("its process ended with signal 9")


def test_one_that_ends_well_is_stopped(server: MakeServer) -> None:
    service, heard = server(), Heard()
    service.add_listener(heard)
    read(service.get_url() + "end")
    heard.wait_for(STOPPED)
    assert heard.states == [STARTING, RUNNING, STOPPED] and service.error is None


def test_one_that_hangs_at_its_start(server: MakeServer) -> None:
    service = server("hangs")
    service.start()
    while not (service.stdout.exists() and b"thinking" in service.stdout.read_bytes()):
        assert service.state is STARTING
        threading.Event().wait(0.02)
    with pytest.raises(ServiceFailed, match=r"did not start within 0\.2 s") as info:
        service.get_url(0.2)
    assert "thinking" in str(info.value)
    service.stop()
    assert all(is_gone(pid) for pid in service.processes())


def test_a_hanging_start_ends_without_anybody_waiting(server: MakeServer) -> None:
    class Hasty(Server):
        start_timeout_s: ClassVar[float] = 0.5

    service, heard = server("hangs", kind=Hasty), Heard()
    service.add_listener(heard)
    service.start()
    heard.wait_for(ERROR)
    assert service.error is not None and service.error.startswith("it did not start within 0.5 s")


@pytest.mark.skipif(sys.platform != "linux", reason="children in groups of their own are found on Linux only")
def test_one_that_ignores_the_signal_and_its_children_are_killed(server: MakeServer) -> None:
    service = server("deaf", "parent", "daemon", kind=Impatient)
    service.get_url()
    pids = service.processes()
    assert len(pids) == 3 and len({os.getpgid(pid) for pid in pids}) == 2
    started = time.monotonic()
    service.stop()
    assert [is_gone(pid) for pid in pids] == [True] * 3
    assert service.state is STOPPED and time.monotonic() - started > service.grace_s


@pytest.mark.skipif(sys.platform != "linux", reason="children in groups of their own are found on Linux only")
def test_children_go_with_one_that_dies(server: MakeServer) -> None:
    service, heard = server("parent", "daemon", kind=Impatient), Heard()
    service.add_listener(heard)
    read(service.get_url() + "die")
    heard.wait_for(ERROR)
    assert [is_gone(pid) for pid in service.processes()] == [True] * 3


def test_it_can_be_stopped_while_it_starts(server: MakeServer) -> None:
    service, heard = server("hangs"), Heard()
    service.add_listener(heard)
    for _ in range(5):
        service.start()
        service.stop()
        assert service.state is STOPPED
    assert heard.states == [STARTING, STOPPING, STOPPED] * 5
    if service.pids.exists():  # it may never have come so far
        assert all(is_gone(pid) for pid in service.processes())


def test_a_hundred_megabytes_of_log(server: MakeServer) -> None:
    service, heard = server("noisy", "parent", kind=Impatient), Heard()
    service.add_listener(heard)
    read(service.get_url() + "die")
    heard.wait_for(ERROR)
    assert service.error is not None
    assert "the last line" in service.error and len(service.error) < 10_000


def test_a_log_does_not_fill_the_disk(server: MakeServer) -> None:
    class Short(Server):
        max_log_bytes: ClassVar[int] = 1 << 20

    service = server("noisy", kind=Short)
    service.get_url()
    kept = service.stdout.with_name("out.cut")
    deadline = time.monotonic() + WAIT_S
    while service.stdout.stat().st_size or not kept.exists():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)
    assert kept.stat().st_size == 1 << 20
    assert kept.read_bytes().endswith(b"x\nthe last line\n")
    assert tail(service.stdout).endswith("\nthe last line")


def test_each_start_has_a_log_of_its_own(server: MakeServer) -> None:
    service = server("dies")
    for _ in range(2):
        with pytest.raises(ServiceFailed):
            service.get_url()
        assert service.stderr.read_text() == "this is why\n"
    assert service.stderr.with_name("err.1").read_text() == "this is why\n"


class Strange(ProcessWebService):
    """Its command is what it is given."""

    id = "strange"

    def __init__(self, command: object) -> None:
        self.words = command

    def command(self, port: int) -> Sequence[str]:
        if isinstance(self.words, BaseException):
            raise self.words
        return self.words  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["/no/such/program"], "/no/such/program cannot be started: .*No such file"),
        ("tensorboard --port 1", "returns a list"),
        ([], "list index out of range|IndexError"),
        (["a\0b"], "embedded null"),
        (ZeroDivisionError("oh"), "ZeroDivisionError: oh"),
        (SystemExit(3), "SystemExit: 3"),
    ],
)
def test_commands_that_are_none(command: object, message: str) -> None:
    service = Strange(command)
    with pytest.raises(ServiceFailed, match=message):
        service.get_url()
    service.stop()


def test_environment_and_folder(folder: Path, run: RunLayout) -> None:
    class Elsewhere(Server):
        path = "some/page"

        def environ(self) -> dict[str, str]:
            return {**super().environ(), "XPM_WORD": "été"}

        def cwd(self) -> Path:
            return folder

    service = Elsewhere(folder)
    service.set_experiment(PastExperiment(run))
    try:
        url = service.get_url()
        assert url.endswith("/some/page") and read(url) == "été"
        assert service.pid is not None
        if os.path.exists("/proc"):
            assert os.path.samefile(f"/proc/{service.pid}/cwd", folder)
    finally:
        service.stop()


EXPERIMENT = """
import os, signal, sys
from pathlib import Path
from xpm_services.testing import Impatient
service = Impatient(Path(sys.argv[1]), "deaf", "parent", "daemon")
service.get_url()
if "fork" in sys.argv and os.fork() == 0:  # it keeps all that is open
    signal.pause()
print(*service.processes(), flush=True)
signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="children in groups of their own are found on Linux only")
@pytest.mark.parametrize("how", ["plain", "fork"])
def test_nothing_is_left_of_a_killed_experiment(folder: Path, how: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", EXPERIMENT, str(folder), how],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        pids = [int(word) for word in process.stdout.readline().split()]
        assert len(pids) == 3 and not any(map(is_gone, pids))
        process.kill()
        process.wait(WAIT_S)
        for pid in pids:
            wait_until_gone(pid)
        if how == "fork":
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a command that its guard is gone")
def test_a_killed_guard_takes_the_command_with_it(server: MakeServer) -> None:
    service, heard = server(), Heard()
    service.add_listener(heard)
    service.get_url()
    assert service.pid is not None
    with open(f"/proc/{service.pid}/stat", "rb") as file:
        guard = int(file.read().rpartition(b")")[2].split()[1])
    os.kill(guard, signal.SIGKILL)
    heard.wait_for(ERROR)
    wait_until_gone(service.pid)
    assert service.error is not None and "signal 9" in service.error


ELSEWHERE = """
import sys
from xpm_services import guard
guard._prctl = lambda *_: False
guard._parents = guard._parents_of_ps
guard.main()
"""


@pytest.mark.skipif(shutil.which("ps") is None, reason="it needs ps, as all systems but Linux have it")
def test_a_system_without_proc(folder: Path) -> None:
    """The process group goes, whether its leader is there or not."""
    script, out, pids = folder / "server.py", folder / "out", folder / "pids"
    script.write_text(SERVER)
    command = [sys.executable, str(script), "0", str(pids)]
    for words, ended in ((["deaf", "parent", "hangs"], b"ended -9\n"), (["parent", "dies"], b"ended 3\n")):
        pids.write_text("")
        with subprocess.Popen(
            [sys.executable, "-c", ELSEWHERE, "0.3", "1000000", str(out), str(out), *command, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None and process.stdin is not None
            assert process.stdout.readline().startswith(b"started ")
            deadline = time.monotonic() + WAIT_S
            while "hangs" in words and b"thinking" not in out.read_bytes():
                assert time.monotonic() < deadline
                threading.Event().wait(0.02)
            if "hangs" in words:
                process.stdin.close()
            assert process.stdout.readline() == ended
            assert process.wait(WAIT_S) == 0
        assert len(pids.read_text().split()) == 2
        for pid in pids.read_text().split():
            wait_until_gone(int(pid))


def test_the_guard_itself_can_be_asked_to_stop(folder: Path) -> None:
    """As a system that shuts down does."""
    script, out = folder / "server.py", folder / "out"
    script.write_text(SERVER)
    options = ["1", "1000000", str(out), str(out)]
    command = [sys.executable, str(script), "0", str(folder / "pids"), "hangs"]
    with subprocess.Popen(
        [sys.executable, "-I", "-S", guard.__file__, *options, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"started ")
        process.terminate()
        assert process.stdout.readline() == b"ended -15\n"
        assert process.wait(WAIT_S) == 0
