from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

from xpm_web.frontend import frontend
from xpm_web.server import Server
from xpm_web.testing import Visitor
from xpm_workspace.frontends import Options, find_frontend
from xpm_workspace.layout import WorkspaceLayout

SHOW = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where whoever started us ignores it
from xpm_web.frontend import frontend
from xpm_workspace import LocalController, LocalMonitor
from xpm_workspace.frontends import Options, Target
with LocalMonitor(sys.argv[1]) as monitor:
    target = Target(monitor=monitor, controller=LocalController(monitor), title="it")
    sys.exit(frontend.show(target, Options(on_ready=lambda url: print(url, flush=True))))
"""

# The system may pick any thread for a signal to a process.
TOLD_TO_ANOTHER_THREAD = """
import signal, sys, threading
def get_told():
    sys.stdin.read()
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
threading.Thread(target=get_told, daemon=True).start()
"""


def test_it_is_found_by_its_name() -> None:
    assert find_frontend("web") is frontend


def test_in_the_background(server: Server) -> None:
    told: list[str] = []
    background = frontend.start(server._target, Options(on_ready=told.append))
    try:
        assert told == [background.url]
        assert Visitor(background.port, background.url.partition("token=")[2]).api("/experiments")
    finally:
        background.close()


def test_until_somebody_leaves(workspace: WorkspaceLayout) -> None:
    assert leaves(SHOW, workspace, lambda process: os.kill(process.pid, signal.SIGINT)) == (0, "")


def test_another_thread_is_told_that_somebody_leaves(workspace: WorkspaceLayout) -> None:
    def leave(process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None

    assert leaves(TOLD_TO_ANOTHER_THREAD + SHOW, workspace, leave) == (0, "")


def leaves(
    program: str, workspace: WorkspaceLayout, leave: Callable[[subprocess.Popen[str]], None]
) -> tuple[int, str]:
    """Run something that shows the workspace, leave it once it does; return its exit code and errors."""
    command = [sys.executable, "-W", "error", "-c", program, str(workspace.root)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("http://127.0.0.1:")
            leave(process)
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    return process.returncode, errors
