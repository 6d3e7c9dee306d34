"""Processes through connectors."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from experimaestro.connectors import Connector, Process, ProcessState, Redirect
from experimaestro.connectors.local import LocalConnector, LocalProcessBuilder


def builder(code: str) -> LocalProcessBuilder:
    made = LocalConnector.instance().processbuilder()
    made.command = [sys.executable, "-c", code]
    return made


def test_a_process_with_files(workdir: Path) -> None:
    (workdir / "in").write_text("text")
    made = builder(
        "import os, sys; print(input(), os.environ['NAME'], os.getcwd()); sys.stderr.write('no'); sys.exit(3)"
    )
    made.workdir, made.environ = workdir, {"NAME": "value"}
    made.stdin = Redirect.file(workdir / "in")
    made.stdout, made.stderr = Redirect.file(workdir / "out"), Redirect.file(workdir / "err")
    process = made.start()
    assert isinstance(process, Process)
    assert process.wait() == 3
    assert process.state() is ProcessState.ERROR and process.state().finished
    assert (workdir / "out").read_text() == f"text value {os.path.realpath(workdir)}\n"
    assert (workdir / "err").read_text() == "no"


def test_nothing_to_read() -> None:
    made = builder("import sys; assert sys.stdin.read() == ''; print('lost')")
    made.stdin = made.stdout = Redirect.none()
    process = made.start()
    assert process.wait() == 0
    assert process.state() is ProcessState.DONE


@pytest.mark.parametrize("detach", [False, True])
def test_kill(detach: bool) -> None:
    made = builder("import signal; signal.pause()")
    made.detach = detach
    process = made.start()
    assert process.isrunning() and process.state() is ProcessState.RUNNING
    assert (os.getsid(process.pid) == process.pid) is detach
    process.kill()
    assert process.wait() == -9
    process.kill()
    assert not process.isrunning()


def test_mistakes(workdir: Path) -> None:
    with pytest.raises(ValueError, match="no command"):
        LocalProcessBuilder().start()
    made = builder("")
    made.command = [str(workdir / "absent")]
    with pytest.raises(FileNotFoundError):
        made.start()


def test_locks(workdir: Path) -> None:
    connector = LocalConnector.instance()
    assert isinstance(connector, Connector) and connector is LocalConnector.instance()
    with connector.lock(workdir / "lock"):
        assert not connector.lock(workdir / "lock").acquire()
    assert connector.environ({"NEW": "1"})["NEW"] == "1"
