from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from xpm_scheduler.live_line import LiveLine, duration

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[2])
import xpm_test_tasks as tasks
from xpm_scheduler import experiment
with experiment(sys.argv[1], "live", dirty_git="ignore"):
    tasks.Write.C(number=1, log=sys.argv[1] + "/log").submit()
    lost = tasks.Write.C(number=2, log="/no such folder/log").submit()
    tasks.Needs.C(first=lost).submit()
"""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (45, "45 s"), (720, "12 min"), (7500, "2 h 05"), (3599, "1 h 00")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_without_a_terminal_there_is_no_live_line() -> None:
    stream = io.StringIO()
    line = LiveLine(lambda: "live", stream)
    line.start()
    line.say("stays")
    line.close()
    assert stream.getvalue() == "stays\n"


def test_in_a_terminal(tasks: ModuleType, tmp_path: Path) -> None:
    """A pseudo-terminal shows the live line, then only what stays."""
    ours, theirs = pty.openpty()
    modules = str(Path(str(tasks.__file__)).parent)
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "work"), modules],
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 1
    text = shown.decode()
    assert re.search(r"\r\x1b\[2Klive: \d/3 done, \d running, \d waiting", text)
    screen = [line.rpartition("\x1b[2K")[2] for line in text.replace("\r\n", "\n").split("\n")]
    assert any(line.startswith("  failed ") and "FAILED: FileNotFoundError: " in line for line in screen)
    assert any("1 of 3 jobs done, 1 failed, 1 skipped" in line for line in screen)
    assert "  started " not in text, "steps are not listed in a terminal"
