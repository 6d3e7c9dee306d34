"""Signals reach an experiment that waits, whichever thread the system gives them to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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
