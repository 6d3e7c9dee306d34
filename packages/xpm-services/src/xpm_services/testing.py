"""Helpers for tests of services: a command that behaves as it is told, and how to see that processes end."""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from xpm_services.process_service import ProcessWebService
from xpm_workspace.services import ServiceState

if TYPE_CHECKING:
    from aiohttp import web

#: Longer than anything takes on a busy machine: a test that waits so long has failed.
WAIT_S = 60.0

#: A web server; what else it does is said by words among its arguments.
SERVER = r"""
import http.server, os, signal, subprocess, sys, time
port, pids, *words = sys.argv[1:]
with open(pids, "a") as file:
    file.write(f"{os.getpid()}\n")
if "deaf" in words:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
def child(options):
    deaf = "import signal, os; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    run = deaf + "print(flush=True); signal.pause()"
    process = subprocess.Popen([sys.executable, "-c", run], stdout=subprocess.PIPE, **options)
    process.stdout.readline()
    with open(pids, "a") as file:
        file.write(f"{process.pid}\n")
if "parent" in words:
    child({})
if "daemon" in words:
    child({"start_new_session": True})
if "noisy" in words:
    for _ in range(100):
        os.write(1, b"x" * (1 << 20))
    os.write(1, b"\nthe last line\n")
if "dies" in words:
    print("this is why", file=sys.stderr)
    sys.exit(3)
if "ends" in words:
    sys.exit(0)
if "hangs" in words:
    print("thinking", flush=True)
    signal.pause()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ.get("XPM_WORD", "hello").encode())
        if self.path == "/die":
            sys.stderr.write("asked to die\n")
            sys.stderr.flush()
            os._exit(7)
        if self.path == "/end":
            os._exit(0)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
"""


class Server(ProcessWebService):
    """A web server that behaves as it is told."""

    id = "server"
    start_timeout_s: ClassVar[float] = WAIT_S
    stop_timeout_s: ClassVar[float] = WAIT_S
    grace_s: ClassVar[float] = 30.0

    def __init__(self, folder: Path, *words: str) -> None:
        self.script = folder / "server.py"
        self.pids = folder / "pids"
        self.words = words

    def command(self, port: int) -> Sequence[str | os.PathLike[str]]:
        self.script.write_text(SERVER)
        return [sys.executable, self.script, str(port), self.pids, *self.words]

    def processes(self) -> list[int]:
        """All that it started."""
        return [int(line) for line in self.pids.read_text().split()]


class Impatient(Server):
    """Does not wait long for those that do not leave."""

    grace_s: ClassVar[float] = 0.3
    stop_timeout_s: ClassVar[float] = 0.1  # the grace counts, not this


class Heard:
    """A listener that can be waited for."""

    def __init__(self) -> None:
        self.states: list[ServiceState] = []
        self._changed = threading.Condition()

    def service_state_changed(self, service: Any) -> None:
        with self._changed:
            self.states.append(service.state)
            self._changed.notify_all()

    def wait_for(self, *states: ServiceState) -> None:
        """Wait until the last one heard is one of these."""
        with self._changed:
            found = self._changed.wait_for(lambda: self.states and self.states[-1] in states, WAIT_S)
        assert found, f"waited for {states}, heard {self.states}"


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet has."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except OSError:
        if os.path.exists("/proc/self/stat"):
            return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def wait_until_gone(pid: int) -> None:
    """Wait for the end of a process that is not our child."""
    try:
        descriptor = os.pidfd_open(pid)
    except (OSError, AttributeError):
        deadline = time.monotonic() + WAIT_S
        while not is_gone(pid) and time.monotonic() < deadline:
            threading.Event().wait(0.02)
    else:
        try:
            select.select([descriptor], [], [], WAIT_S)
        finally:
            os.close(descriptor)
    assert is_gone(pid)


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[int]:
    """Serve an application on a free port of this machine; yields the port.

    Unlike aiohttp's own test server it does not cancel what a visitor left, as servers do not.
    """
    from aiohttp import web

    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
