"""The terminal is taken and given back: a pseudo-terminal, and a process that uses it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time

import pytest

from xpm_tui.errors import NoTerminal
from xpm_tui.terminal import check_terminal

PATIENCE_S = 60.0


def in_terminal(code: str, **environ: str) -> tuple[str, int]:
    """Run Python code in a terminal of its own; return what appeared there, and the exit code."""
    master, slave = pty.openpty()
    command = [sys.executable, "-c", code]
    env = {**os.environ, "TERM": "xterm-256color", **environ}
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env)
    os.close(slave)
    seen, end = b"", time.monotonic() + PATIENCE_S
    while True:
        ready, _, _ = select.select([master], [], [], max(end - time.monotonic(), 0))
        if not ready:
            process.kill()
            pytest.fail(f"it does not end; it printed {seen!r}")
        try:
            part = os.read(master, 4096)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        seen += part
    os.close(master)
    return seen.decode("utf-8", "replace").replace("\r\n", "\n"), process.wait(PATIENCE_S)


USE = """
import os, subprocess, sys
from xpm_tui.terminal import captured
print("before")
with captured() as capture:
    capture.use_streams()
    print("by print")
    sys.stdout.flush()
    os.write(2, b"by the descriptor\\n")
    subprocess.run(["echo", "by a child"])
    print("in the terminal", file=sys.__stderr__, flush=True)
    assert not os.isatty(1) and sys.__stderr__.isatty()
    news = capture.news()
    assert news == "by print\\nby the descriptor\\nby a child\\n", news
    assert capture.news() == ""
    file = capture.file
print("after", file.exists(), os.isatty(1))
"""


def test_what_is_printed_is_kept_and_printed_afterwards() -> None:
    seen, code = in_terminal(USE)
    assert code == 0, seen
    words = [line.rpartition("l")[2] if "\x1b" in line else line for line in seen.splitlines()]
    assert words[:2] == ["before", "in the terminal"]
    assert words[-4:] == ["by print", "by the descriptor", "by a child", "after False True"]


def test_a_lot_is_kept_in_a_file() -> None:
    code = """
from xpm_tui import terminal
terminal._REPLAYED = 1000
with terminal.captured() as capture:
    capture.use_streams()
    print("first" + "x" * 5000)
    print("last")
print(capture.file.read_text().startswith("first"))
capture.file.unlink()
"""
    seen, code_ = in_terminal(code)
    assert code_ == 0 and "last" in seen and "first" not in seen and seen.strip().endswith("True")
    assert "MiB before this are in" in seen


def test_the_mode_of_the_terminal_is_put_back() -> None:
    code = """
import termios, tty
from xpm_tui.terminal import captured
before = termios.tcgetattr(0)
try:
    with captured():
        tty.setraw(0)
        raise ValueError("broken")
except ValueError:
    print("same", termios.tcgetattr(0) == before)
"""
    seen, _ = in_terminal(code)
    assert "same True" in seen
    assert "\x1b[?1049l\x1b[?25h" in seen


def test_only_what_goes_to_the_terminal_is_kept(tmp_path: os.PathLike[str]) -> None:
    file = os.path.join(tmp_path, "out.txt")
    code = f"""
import os, sys
os.dup2(os.open({file!r}, os.O_WRONLY | os.O_CREAT), 1)
from xpm_tui.terminal import captured
with captured() as capture:
    capture.use_streams()
    print("results", flush=True)
"""
    seen, _ = in_terminal(code)
    assert "results" not in seen
    with open(file) as opened:
        assert opened.read() == "results\n"


def test_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "isatty", lambda number: False)
    with pytest.raises(NoTerminal, match="needs a terminal"):
        check_terminal()
    monkeypatch.setattr(os, "isatty", lambda number: True)
    monkeypatch.setenv("TERM", "dumb")
    with pytest.raises(NoTerminal, match="TERM"):
        check_terminal()
