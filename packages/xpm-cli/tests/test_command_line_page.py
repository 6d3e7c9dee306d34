"""The examples of `docs/command-line.md` do what the page says, in a terminal.

In what is expected, `...` stands for anything within a line, and a line `...` for any lines.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

_PAGE = Path(__file__).parents[3] / "docs" / "command-line.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
_FILE = re.compile(r"# ([\w.]+)\n")

if not _PAGE.exists():
    pytest.skip("the documentation is not here", allow_module_level=True)
pytest.importorskip("experimaestro", reason="the examples import the package of all packages")


def examples() -> list[tuple[str, str, str]]:
    """The commands of the page, in order: section, line, what it shows."""
    found = []
    for section in _PAGE.read_text().split("\n## "):
        title = section.partition("\n")[0]
        for language, block in _BLOCK.findall(section):
            if language == "console":
                for example in block.removeprefix("$ ").split("\n$ "):
                    line, _, expected = example.partition("\n")
                    found.append((title, line, expected))
    return found


def part_of(title: str) -> str:
    """The part to which a section belongs."""
    return title if title in ("Experiments", "Jobs") else "the others"


def changes_something(line: str) -> bool:
    """Whether later examples may need what this one does."""
    return "run-experiment" in line or " copy " in line or "--perform" in line


def shown_by(line: str, folder: Path, environ: dict[str, str]) -> str:
    """Type a line in a shell in a terminal; return what appears."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 400, 0, 0))
    process = subprocess.Popen(
        ["/bin/sh", "-c", line], cwd=folder, env=environ, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(master)
    process.wait()
    return "\n".join(text.rstrip() for text in shown.decode().replace("\r\n", "\n").splitlines())


def pattern(expected: str) -> re.Pattern[str]:
    """Compile what the page shows; how wide the columns are is not looked at."""
    lines = []
    for line in expected.splitlines():
        if line == "...":
            lines.append(r"(?:.*\n)*?")
            continue
        parts = [r"\s+".join(re.escape(word) for word in re.split(r"\s+", p)) for p in line.split("...")]
        lines.append(".*?".join(parts) + r"[^\S\n]*\n")
    return re.compile("".join(lines))


@pytest.mark.parametrize("part", ["Experiments", "Jobs", "the others"])
def test_the_examples(part: str, tmp_path: Path) -> None:
    """In three parts, of which none takes long; a part begins with what those before it changed."""
    commands = tmp_path / "bin"
    commands.mkdir()
    command = commands / "experimaestro"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xpm_cli "$@"\n')
    command.chmod(0o755)
    folder = tmp_path / "project"
    folder.mkdir()
    home = tmp_path / "home"
    for language, block in _BLOCK.findall(_PAGE.read_text()):
        if language in ("python", "yaml") and (name := _FILE.match(block)):
            is_settings = name[1] == "settings.yaml"
            path = (home / ".config" / "experimaestro" if is_settings else folder) / name[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block)
    environ = {**os.environ, "HOME": str(home), "TERM": "dumb", "PATH": f"{commands}:{os.environ['PATH']}"}
    for variable in ("XDG_CONFIG_HOME", "COLUMNS", "LINES"):  # xdist sets the width
        environ.pop(variable, None)
    lines = [(part_of(title) == part, line, expected) for title, line, expected in examples()]
    while not lines[-1][0]:
        lines.pop()
    for ours, line, expected in lines:
        if not ours:
            if changes_something(line):
                shown_by(line, folder, environ)
            continue
        shown = shown_by(line, folder, environ)
        text = shown + "\n" if shown else ""
        assert pattern(expected).fullmatch(text), f"$ {line}\n{shown}\n--- instead of\n{expected}"
