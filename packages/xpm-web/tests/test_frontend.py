from __future__ import annotations

import os
import signal
import subprocess
import sys

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
    command = [sys.executable, "-W", "error", "-c", SHOW, str(workspace.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("http://127.0.0.1:")
            os.kill(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, errors) == (0, "")
