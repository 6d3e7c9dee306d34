"""`experiments services`: list, start, stop; of experiments that run, and that are over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.process import hostname
from xpm_workspace.requests import take_requests
from xpm_workspace.runs import ExperimentLock, RunHandle, create_run
from xpm_workspace.service_files import content_of, write_services
from xpm_workspace.testing import FakeService, install_fake_services

if TYPE_CHECKING:
    from conftest import Command

WAIT_S = 60.0
STORED = {"id": "tb", "kind": "fake", "description": "the fake tb", "state": "RUNNING"}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the package is installed that makes fake services."""
    folder = tmp_path / "site"
    install_fake_services(folder)
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def over(workspace: WorkspaceLayout, site: Path) -> RunHandle:
    """A run that is over, with a service."""
    handle = create_run(workspace, "xp")
    write_services(handle.layout, [STORED])
    handle.end("done")
    return handle


@pytest.fixture
def live(workspace: WorkspaceLayout) -> Iterator[RunHandle]:
    """A run whose scheduler is this process."""
    lock = ExperimentLock(workspace.experiment("live"))
    lock.acquire()
    run = create_run(workspace, "live")
    yield run
    run.close()
    lock.release()


def test_the_list(workspace: WorkspaceLayout, over: RunHandle, live: RunHandle, command: Command) -> None:
    service = FakeService("board")
    service.start()
    failed = {**STORED, "id": "bad", "state": "ERROR", "error": "no port\n--- end of /log"}
    write_services(live.layout, [content_of(service), failed])
    where = ("--workdir", workspace.root)
    assert command("experiments", "services", "list", *where).rows == [
        ["live", "bad", "ERROR", "", "no port", "the fake tb"],
        ["live", "board", "RUNNING", hostname(), "http://127.0.0.1:9/", "the fake board"],
        ["xp", "tb", "STOPPED", "", "", "the fake tb"],
    ]
    assert [row[1] for row in command("experiments", "services", "list", "xp", *where).rows] == ["tb"]
    (record,) = command("experiments", "services", *where, "list", "xp", "--json").json
    assert (record["service_id"], record["state"], record["content"]) == ("tb", "STOPPED", STORED)
    assert command("experiments", "services", "list", "nothing", *where).out == ""


def test_start_and_stop_in_a_run(workspace: WorkspaceLayout, live: RunHandle, command: Command) -> None:
    """The scheduler is asked; here it is a thread of ours."""
    service = FakeService("tb")
    write_services(live.layout, [content_of(service)])
    ended = threading.Event()

    def schedule() -> None:
        while not ended.wait(0.02):
            for request in take_requests(live.layout):
                getattr(service, request["action"].partition("-")[0])()
                write_services(live.layout, [content_of(service)])

    thread = threading.Thread(target=schedule)
    thread.start()
    where = ("--workdir", workspace.root)
    try:
        assert (
            command("experiments", "services", "start", "live", "tb", *where).out == "http://127.0.0.1:9/\n"
        )
        again = command("experiments", "services", "start", "live", "tb", "--json", *where)
        assert again.json["state"] == "RUNNING"
        stopped = command("experiments", "services", "stop", "live", "tb", *where)
        assert (stopped.code, stopped.out, stopped.err) == (0, "", "done: ask the scheduler\n")
    finally:
        ended.set()
        thread.join(WAIT_S)


def test_a_start_that_fails(workspace: WorkspaceLayout, live: RunHandle, command: Command) -> None:
    service = FakeService("tb")
    write_services(live.layout, [content_of(service)])
    ended = threading.Event()

    def schedule() -> None:
        while not ended.wait(0.02):
            if take_requests(live.layout):
                service.error = "its port is taken"
                write_services(live.layout, [{**content_of(service), "state": "ERROR"}])

    thread = threading.Thread(target=schedule)
    thread.start()
    try:
        result = command("experiments", "services", "start", "live", "tb", "--workdir", workspace.root)
    finally:
        ended.set()
        thread.join(WAIT_S)
    assert (result.code, result.err) == (1, "tb is ERROR: its port is taken\n")


def test_a_service_of_an_experiment_that_is_over_runs_until_ctrl_c(
    workspace: WorkspaceLayout, over: RunHandle, site: Path
) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}
    words = ["experiments", "services", "start", "xp", "tb", "--workdir", str(workspace.root)]
    # A shell in the background would have Ctrl+C ignored.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "from xpm_cli.main import main; import sys; main(sys.argv[1:])"
    with subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "http://127.0.0.1:9/\n"
        assert process.stderr.readline() == "it runs as long as this command does: Ctrl+C stops it\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT_S) == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("start", "xp", "other"), "xp has no service 'other'"),
        (("start", "nothing", "tb"), "nothing was never run"),
        (("stop", "xp", "tb"), "it does not run: the experiment is over"),
        (("start", "../xp", "tb"), "starts with a dot"),
    ],
)
def test_what_cannot_be(
    workspace: WorkspaceLayout, over: RunHandle, command: Command, arguments: tuple[str, ...], message: str
) -> None:
    result = command("experiments", "services", *arguments, "--workdir", workspace.root)
    assert result.code != 0 and message in result.err and "Traceback" not in result.err
