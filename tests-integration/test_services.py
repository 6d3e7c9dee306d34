"""Services from an experiment to the browser's side of the proxy; also the real TensorBoard."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from xpm_services.proxy import pages
from xpm_services.testing import is_gone, served, wait_until_gone
from xpm_web.frontend import frontend
from xpm_workspace.controller import LocalController
from xpm_workspace.frontends import Options, Target
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.records import ServiceRecord
from xpm_workspace.services import ServiceState

if TYPE_CHECKING:
    from conftest import Project

WAIT_S = 60.0

#: What Chromium needs for a user without a sandbox, and to keep to itself.
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

MODULE = '''
import os, sys
from pathlib import Path
from experimaestro.scheduler.services import ProcessWebService

class Files(ProcessWebService):
    """Files of the run."""
    id = "files"

    def __init__(self, folder: Path):
        self.folder = folder

    def command(self, port):
        code = "import os, sys; print(os.getpid(), file=open(sys.argv[1], 'a'), flush=True); "
        code += "os.execv(sys.argv[2], sys.argv[2:])"
        server = ["-m", "http.server", str(port), "--bind", self.host, "--directory", str(self.folder)]
        return [sys.executable, "-c", code, str(self.folder / "pids"), sys.executable, *server]
'''

EXPERIMENT = """
import sys
from experimaestro import experiment
from files import Files

if __name__ == "__main__":
    with experiment(sys.argv[1], "alive", dirty_git="ignore", report=False) as xp:
        xp.resultspath.joinpath("word").write_text("été")
        xp.add_service(Files(xp.resultspath))
        print("ready", flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def alive(project: Project) -> Iterator[subprocess.Popen[str]]:
    """An experiment that is being run in another process; it ends when its standard input does."""
    project.write("files.py", MODULE)
    script = project.write("alive.py", EXPERIMENT)
    process = subprocess.Popen(
        [sys.executable, str(script), str(project.workdir)],
        cwd=project.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def wait_for(monitor: LocalMonitor, act: Callable[[], object], *states: ServiceState) -> ServiceRecord:
    """Do something, and return the only service once it has come to one of some states."""
    position, stop = monitor.position(), threading.Event()
    act()
    timer = threading.Timer(WAIT_S, stop.set)
    timer.start()
    try:
        for changes in monitor.watch(position, stop):
            for record in changes.services:
                if record.state in states:
                    return record
    finally:
        timer.cancel()
    raise AssertionError(f"waited for {states}, there is {monitor.services()}")


def visit(monitor: LocalMonitor, *paths: str) -> list[tuple[int, bytes]]:
    """Ask for some pages through the proxy."""

    async def ask() -> list[tuple[int, bytes]]:
        app = web.Application()
        app.add_routes(pages.routes(monitor, LocalController(monitor)))
        timeout = aiohttp.ClientTimeout(total=WAIT_S)
        async with served(app) as port, aiohttp.ClientSession(timeout=timeout) as session:
            found = []
            for path in paths:
                async with session.get(f"http://127.0.0.1:{port}{path}") as got:
                    found.append((got.status, await got.read()))
            return found

    return asyncio.run(ask())


def pids(project: Project) -> list[int]:
    (file,) = project.workdir.rglob("pids")
    return [int(line) for line in file.read_text().split()]


def test_alive_then_over_then_made_again(project: Project, alive: subprocess.Popen[str]) -> None:
    with LocalMonitor(project.workdir) as monitor:
        controller = LocalController(monitor)
        path = "/services/alive/files/word"
        deadline = time.monotonic() + WAIT_S
        while not monitor.services():  # the experiment writes the index, now and then
            assert time.monotonic() < deadline
            threading.Event().wait(0.05)
        assert visit(monitor, path)[0][0] == 503
        record = wait_for(
            monitor,
            lambda: controller.start_service("alive", "files"),
            ServiceState.RUNNING,
            ServiceState.ERROR,
        )
        assert record.url is not None, record.error
        assert visit(monitor, path, "/services/files/word", "/services/alive/x/") == [
            (200, "été".encode()),
            (200, "été".encode()),
            (404, b"no current run has a service 'alive/x'\n"),
        ]
        (pid,) = pids(project)
        assert not is_gone(pid)
        assert alive.stdin is not None
        over = wait_for(monitor, alive.stdin.close, ServiceState.STOPPED)
        assert alive.wait(WAIT_S) == 0
        assert is_gone(pid) and (over.url, over.error) == (None, None)
        again = wait_for(
            monitor,
            lambda: controller.start_service("alive", "files"),
            ServiceState.RUNNING,
            ServiceState.ERROR,
        )
        assert again.url is not None, again.error
        assert visit(monitor, path) == [(200, "été".encode())]
    assert all(map(is_gone, pids(project)))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_of_an_experiment_that_is_killed(
    project: Project, alive: subprocess.Popen[str], number: signal.Signals
) -> None:
    with LocalMonitor(project.workdir) as monitor:
        record = wait_for(
            monitor,
            lambda: LocalController(monitor).start_service("alive", "files"),
            ServiceState.RUNNING,
            ServiceState.ERROR,
        )
        assert record.state is ServiceState.RUNNING, record.error
        (pid,) = pids(project)
        gone = wait_for(monitor, lambda: alive.send_signal(number), ServiceState.STOPPED)
        assert gone.url is None
        wait_until_gone(pid)
        alive.wait(WAIT_S)


def test_behind_the_web_monitor(project: Project, alive: subprocess.Popen[str]) -> None:
    """Only who has its cookie gets through, and the service does not get to know that."""
    with LocalMonitor(project.workdir) as monitor:
        controller = LocalController(monitor)
        wait_for(monitor, lambda: controller.start_service("alive", "files"), ServiceState.RUNNING)
        (record,) = monitor.services()
        background = frontend.start(
            Target(monitor=monitor, controller=controller, title="it"), Options(host="127.0.0.1")
        )
        try:
            link = URL(background.url)

            async def story() -> None:
                jar = aiohttp.CookieJar(unsafe=True)
                async with aiohttp.ClientSession(cookie_jar=jar) as session:
                    page = link.with_path("/services/alive/files/word").with_query(None)
                    async with session.get(page) as got:
                        assert got.status == 401
                    async with session.get(link) as got:
                        assert got.status == 200
                    async with session.get(page) as got:
                        assert (got.status, await got.text()) == (200, "été")
                        assert "Content-Security-Policy" not in got.headers  # the page is not the monitor's
                    async with session.get(page, headers={"Origin": "http://evil.example"}) as got:
                        assert got.status == 403
                    async with session.get(page, headers={"Host": "evil.example"}) as got:
                        assert got.status == 403

            asyncio.run(asyncio.wait_for(story(), WAIT_S))
        finally:
            background.close()
        assert record.state is ServiceState.RUNNING


def events_of(monitor: LocalMonitor, base: str) -> list[Any]:
    """The curve of the first job, as TensorBoard's page gets it."""
    ((status, body),) = visit(monitor, f"{base}data/plugin/scalars/tags")
    assert status == 200
    tags: dict[str, Any] = json.loads(body)
    if not tags:
        return []
    run = min(tags)
    tag = min(tags[run])
    query = f"?run={run.replace('/', '%2F')}&tag={tag.replace('/', '%2F')}"
    ((status, body),) = visit(monitor, f"{base}data/plugin/scalars/scalars{query}")
    assert status == 200
    points: list[Any] = json.loads(body)
    return points


@pytest.mark.skipif(not importlib.util.find_spec("tensorboard"), reason="TensorBoard is not installed")
def test_the_real_tensorboard(project: Project) -> None:
    example = Path(__file__).parents[1] / "examples" / "curves" / "curves.yaml"
    project.command("run-experiment", "--workdir", str(project.workdir), str(example), env={"PYTHONPATH": ""})
    base = "/services/curves/tensorboard/"
    with LocalMonitor(project.workdir) as monitor:
        record = wait_for(
            monitor,
            lambda: LocalController(monitor).start_service("curves", "tensorboard"),
            ServiceState.RUNNING,
            ServiceState.ERROR,
        )
        assert record.state is ServiceState.RUNNING, record.error
        (page, script, runs) = visit(monitor, base, f"{base}index.js", f"{base}data/environment")
        assert page[0] == script[0] == runs[0] == 200
        assert b"<title>TensorBoard</title>" in page[1] and len(script[1]) > 1 << 20
        points: list[Any] = []
        deadline = threading.Event()
        timer = threading.Timer(WAIT_S, deadline.set)
        timer.start()
        while not points and not deadline.wait(0.2):  # it reads its files at its own pace
            points = events_of(monitor, base)
        timer.cancel()
        assert len(points) == 100 and points[0][1:] == [0, 1.0]


@pytest.mark.skipif(not importlib.util.find_spec("tensorboard"), reason="TensorBoard is not installed")
def test_the_real_tensorboard_in_a_browser(project: Project) -> None:
    """Its page, which asks for much by itself, works behind the web monitor and draws the curves."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium")
    example = Path(__file__).parents[1] / "examples" / "curves" / "curves.yaml"
    project.command("run-experiment", "--workdir", str(project.workdir), str(example), env={"PYTHONPATH": ""})
    with LocalMonitor(project.workdir) as monitor:
        controller = LocalController(monitor)
        start = partial(controller.start_service, "curves", "tensorboard")
        record = wait_for(monitor, start, ServiceState.RUNNING, ServiceState.ERROR)
        assert record.state is ServiceState.RUNNING, record.error
        target = Target(monitor=monitor, controller=controller, title="it")
        background = frontend.start(target, Options(host="127.0.0.1"))
        try:
            with playwright.sync_playwright() as started:
                browser = started.chromium.launch(executable_path=chromium, args=BROWSER)
                page = browser.new_page()
                page.goto(background.url)
                page.goto(
                    str(URL(background.url).with_path("/services/curves/tensorboard/").with_query(None))
                )
                charts = page.locator("scalar-card line-chart, scalar-card svg")
                charts.first.wait_for(timeout=1000 * WAIT_S)
                page.screenshot(path=str(project.folder / "tensorboard.png"))
                browser.close()
        finally:
            background.close()
