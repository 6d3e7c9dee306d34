"""Signals reach an experiment that waits, whichever thread the system gives them to."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xpm_scheduler.signals import SignalHandlers

WAITS = """
import os, signal, sys, threading, time
from xpm_scheduler import experiment

def other():
    # Once the main thread waits; it is not told, as this thread takes the signal.
    assert waiting.wait(60)
    time.sleep(0.2)
    signal.pthread_kill(threading.get_ident(), signal.Signals[sys.argv[2]])

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
waiting = threading.Event()
thread = threading.Thread(target=other, daemon=True)
with experiment(sys.argv[1], "xp", dirty_git="ignore", report=False) as xp:
    xp._session._idle = False  # as with a job that takes for ever
    thread.start()
    waiting.set()
    xp.wait()
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_that_another_thread_is_given(workdir: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WAITS, str(workdir), name], capture_output=True, text=True, timeout=100
    )
    assert done.returncode != 0
    (informations,) = workdir.rglob("informations.json")
    assert '"status": "interrupted"' in informations.read_text()


@pytest.fixture
def handlers() -> Iterator[None]:
    """The handlers of an experiment, over those that Python has by default."""
    usual: dict[signal.Signals, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_DFL,  # the tests may run under `nohup`
    }
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    handlers = SignalHandlers()
    handlers.install()
    yield
    handlers.restore()
    assert {number: signal.getsignal(number) for number in usual} == usual
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize(
    ("name", "error"), [("SIGINT", KeyboardInterrupt), ("SIGTERM", SystemExit), ("SIGHUP", SystemExit)]
)
def test_a_signal_waits_until_python_has_done_its_import(name: str, error: type[BaseException]) -> None:
    ended: list[bool] = []
    code = f"raise_signal({name}); sleep(0.1); ended.append(True)"
    importing = compile(code, "<frozen importlib._bootstrap>", "exec")
    with pytest.raises(error):
        exec(importing, {**vars(signal), "ended": ended, "sleep": time.sleep})
        time.sleep(60)
    assert ended == [True]


@pytest.mark.usefixtures("handlers")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a file that was being read
def test_a_signal_in_the_middle_of_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At whatever moment it comes, it is heard, and other threads can import."""
    for number in range(20):
        (tmp_path / f"xpm_imported_{number}.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    main, stop = threading.get_ident(), threading.Event()

    def import_all(first: int) -> None:
        for number in range(first, 20, 2):
            sys.modules.pop(f"xpm_imported_{number}", None)
            importlib.import_module(f"xpm_imported_{number}")

    def others() -> None:
        while not stop.is_set():
            import_all(1)

    other = threading.Thread(target=others, daemon=True)
    other.start()
    for sent in range(100):
        timer = threading.Timer(0.0001 * (sent % 50), signal.pthread_kill, (main, signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            timer.start()
            while True:
                import_all(0)
        timer.join()
    stop.set()
    other.join(60)
    assert not other.is_alive()


def test_the_handler_of_the_user_stays() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    handlers = SignalHandlers()
    handlers.install()
    signal.raise_signal(signal.SIGINT)
    handlers.restore()
    signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]
