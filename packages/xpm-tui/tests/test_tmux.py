"""The monitor in a real terminal."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.process import ProcessRecord
from xpm_workspace.runs import create_run
from xpm_workspace.testing import make_job

PATIENCE_S = 60.0

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """A terminal with a shell."""

    def __init__(self, width: int, height: int) -> None:
        self._numbers = itertools.count(1)
        self._name = f"xpm-{uuid.uuid4().hex[:12]}"
        shell = "env PS1='$ ' ENV= sh"
        self._tmux("new-session", "-d", "-x", str(width), "-y", str(height), shell)

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-L", self._name, "-f", os.devnull, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    def text(self) -> str:
        return self._tmux("capture-pane", "-p")

    def wait(self, condition: Callable[[str], bool]) -> str:
        """Wait for what is on the screen."""
        end = time.monotonic() + PATIENCE_S
        while not condition(text := self.text()):
            assert time.monotonic() < end, f"what was waited for did not come:\n{text}"
            time.sleep(0.05)
        return text

    def see(self, *words: str) -> str:
        """Wait until all these words are on the screen."""
        return self.wait(lambda text: all(word in text for word in words))

    def mode(self) -> str:
        """How the terminal is set, the other screen included."""
        # Another word each time: what was said before may be on the screen still, or again.
        said = f"mode {next(self._numbers)}"
        self.type(f"stty -a | tr '\\n' ' ' | cut -d';' -f4- > mode; echo '{said[0]}''{said[1:]}'")
        self.press("Enter")
        self.wait(lambda text: any(line.strip().removeprefix("$ ") == said for line in text.splitlines()))
        flags = self._tmux("display", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{wrap_flag}")
        return flags + Path("mode").read_text(encoding="utf-8")

    def close(self) -> None:
        subprocess.run(
            ["tmux", "-L", self._name, "kill-server"], capture_output=True, check=False, timeout=30
        )


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TMUX", raising=False)
    opened = Terminal(110, 30)
    try:
        opened.wait(lambda text: text.startswith("$"))
        yield opened
    finally:
        opened.close()


@pytest.fixture
def workspace(tmp_path: Path) -> WorkspaceLayout:
    layout = WorkspaceLayout(tmp_path / 'it\'s a "strange" dossier, été')
    layout.create()
    return layout


@pytest.fixture
def sleeper(workspace: WorkspaceLayout) -> Iterator[tuple[JobLayout, subprocess.Popen[bytes]]]:
    """A job that runs, among others that are done."""
    run = create_run(workspace, "nightly", hostname="node-7.cluster")
    for number in range(3):
        done = make_job(workspace, "lib.learn", f"{number}" * 64)
        run.record_jobs([{"job": done.job_id, "tags": {"lr": number}}])
    job = make_job(workspace, "lib.sleep", "5" * 64, marker=None)
    job.stdout.write_text("first line\n")
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ProcessRecord.of(process.pid).write(job.pid)
    run.record_jobs([{"job": job.job_id, "tags": {"lr": 5}}])
    run.close()
    yield job, process
    process.kill()
    process.communicate(timeout=PATIENCE_S)


SHOW = """
import os, sys
from pathlib import Path
from xpm_tui.frontend import console
from xpm_workspace import LocalController, LocalMonitor
from xpm_workspace.frontends import Options, Target
Path("pid").write_text(str(os.getpid()))
with LocalMonitor(sys.argv[1]) as monitor:
    target = Target(monitor=monitor, controller=LocalController(monitor, grace_s=5), title=sys.argv[1])
    sys.exit(console.show(target, Options()))
"""


def start(terminal: Terminal, script: str, *arguments: object) -> None:
    Path("script.py").write_text(script, encoding="utf-8")
    words = [sys.executable, "script.py", *map(str, arguments)]
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    Path("go").write_text(f"{quoted}; echo code: $?\n", encoding="utf-8")
    terminal.type(". ./go")
    terminal.press("Enter")


def test_a_visit(
    terminal: Terminal, workspace: WorkspaceLayout, sleeper: tuple[JobLayout, subprocess.Popen[bytes]]
) -> None:
    job, process = sleeper
    before = terminal.mode()
    start(terminal, SHOW, workspace.root)
    terminal.see("nightly", "node-7", "3/4")
    terminal.press("Enter")
    terminal.see("4 jobs", "► running", "lr=5")
    terminal.type("/")
    terminal.type("lr = 5")
    terminal.press("Enter")
    terminal.see("1 job with lr = 5")
    terminal.type("l")
    terminal.see("first line", "following")
    with job.stdout.open("a") as file:
        file.write("a line that came later\n")
    terminal.see("a line that came later")
    terminal.press("Escape")
    terminal.see("1 job with")
    terminal.press("C-k")
    terminal.see("Kill sleep/55555555?", f"stop process {process.pid}")
    terminal.type("y")
    assert process.wait(PATIENCE_S) == -signal.SIGTERM
    terminal.see("✗ cancelled")
    terminal.type("c")
    terminal.see("4 jobs")
    terminal.type("q")
    terminal.see("code: 0")
    assert terminal.mode() == before


HOST = """
import os, subprocess, sys, threading, time
from pathlib import Path
from xpm_tui.frontend import console
from xpm_workspace import LocalController, LocalMonitor, WorkspaceLayout
from xpm_workspace.frontends import Target
from xpm_workspace.runs import create_run
from xpm_workspace.testing import make_job

root = sys.argv[1]
Path("pid").write_text(str(os.getpid()))

def target():
    monitor = LocalMonitor(root)
    return Target(monitor=monitor, controller=LocalController(monitor), title="here", experiment_id="xp")

def work():
    assert threading.current_thread() is threading.main_thread()
    print("the first line", flush=True)
    subprocess.run(["echo", "from a child"])
    workspace = WorkspaceLayout(root)
    workspace.create()
    run = create_run(workspace, "xp", hostname="node-1")
    run.record_jobs([{"job": make_job(workspace, "lib.learn", "1" * 64).job_id}])
    run.close()
    try:
        while not Path("end").exists():
            time.sleep(0.02)
    finally:
        print("the last line", flush=True)
    if Path("end").read_text() == "broken":
        raise ValueError("broken by the test")
    return 3

sys.exit(console.host(target, work))
"""


def end(how: str) -> None:
    """Let the program end; it may look at any moment, and must not find a file that is still empty."""
    Path("end.new").write_text(how)
    Path("end.new").rename("end")


def test_an_experiment_that_runs_here(terminal: Terminal, tmp_path: Path) -> None:
    before = terminal.mode()
    start(terminal, HOST, tmp_path / "new workspace")
    terminal.see("the first line", "from a child", "► running", "✓ done", "1 job")
    terminal.type("q")
    terminal.see("The experiment is running", "Go on", "Stop")
    terminal.press("Escape")
    terminal.wait(lambda text: "Go on" not in text)  # with a `q` right after it, it would be another key
    end("well")
    terminal.see("✓ ended", "the last line")
    terminal.type("q")
    text = terminal.see("code: 3")
    assert text.index("the first line") < text.index("the last line") < text.index("code: 3")
    assert terminal.mode() == before


def test_an_experiment_goes_on_without_the_monitor(terminal: Terminal, tmp_path: Path) -> None:
    before = terminal.mode()
    start(terminal, HOST, tmp_path / "new workspace")
    terminal.see("1 job", "► running")
    terminal.type("q")
    terminal.see("Go on")
    terminal.type("g")
    terminal.wait(lambda text: "the first line" in text and "Experiments" not in text)
    end("well")
    terminal.see("the last line", "code: 3")
    assert terminal.mode() == before


def test_an_experiment_is_stopped(terminal: Terminal, tmp_path: Path) -> None:
    before = terminal.mode()
    start(terminal, HOST, tmp_path / "new workspace")
    terminal.see("1 job", "► running")
    terminal.type("q")
    terminal.see("Stop")
    terminal.type("s")
    terminal.see("the last line", "KeyboardInterrupt\n")  # the shell is interrupted as well: no code
    assert terminal.mode() == before


def test_an_experiment_that_fails(terminal: Terminal, tmp_path: Path) -> None:
    before = terminal.mode()
    start(terminal, HOST, tmp_path / "new workspace")
    terminal.see("1 job", "► running")
    end("broken")
    terminal.see("The experiment failed: ValueError", "broken by the test")
    terminal.press("Enter")
    terminal.see("✗ failed", "the last line")
    terminal.type("q")
    terminal.see("ValueError: broken by the test", "code: 1")
    assert terminal.mode() == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_is_given_back_after_a_signal(
    terminal: Terminal, workspace: WorkspaceLayout, number: signal.Signals
) -> None:
    before = terminal.mode()
    start(terminal, SHOW, workspace.root)
    terminal.see("No experiment has been run")
    os.kill(int(Path("pid").read_text()), number)
    terminal.see(f"code: {128 + number}")
    assert terminal.mode() == before


def test_an_experiment_is_told_to_leave(terminal: Terminal, tmp_path: Path) -> None:
    before = terminal.mode()
    start(terminal, HOST, tmp_path / "new workspace")
    terminal.see("1 job", "► running")
    os.kill(int(Path("pid").read_text()), signal.SIGTERM)
    terminal.see("the last line", "code: 143")
    assert terminal.mode() == before
