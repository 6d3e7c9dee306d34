"""In a real terminal: colours, titles, short ids; none of that in a pipe."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Command, Sample

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def in_terminal(*arguments: object, columns: int = 120, environ: Mapping[str, str] | None = None) -> str:
    """Run the command in a terminal of some width; return what it shows."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-m", "xpm_cli", *map(str, arguments)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**inherited, "TERM": "xterm-256color", **(environ or {})},
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError as error:
            assert error.errno == errno.EIO  # how Linux says that nobody is at the other end
            break
        if not part:
            break
        shown += part
    os.close(master)
    assert process.wait() == 0, shown
    return shown.decode().replace("\r\n", "\n")


@pytest.fixture
def start(sample: Sample) -> list[object]:
    return ["--workdir", sample.layout.root]


def test_a_table(sample: Sample, start: list[object]) -> None:
    shown = in_terminal(*start, "jobs", "list", "--tags")
    assert "\x1b[32mDONE" in shown and "\x1b[31mERROR(FAILED)" in shown
    title, *lines = _COLOUR.sub("", shown).splitlines()
    assert title.split() == ["state", "job", "started", "duration", "host", "tags"], (
        "empty columns are left out"
    )
    assert lines[1].split()[:2] == ["ERROR(FAILED)", "my.lib.learn/02020202"]
    assert sample.failed.job_id not in shown


def test_a_shown_id_is_accepted(sample: Sample, start: list[object], command: Command) -> None:
    shown = _COLOUR.sub("", in_terminal(*start, "jobs", "list")).splitlines()[2].split()[1]
    assert command(*start, "jobs", "path", shown).out == f"{sample.failed.path}\n"


def test_a_narrow_terminal_breaks_no_id(start: list[object]) -> None:
    shown = _COLOUR.sub("", in_terminal(*start, "jobs", "list", "--tags", columns=40))
    assert "my.lib.learn/02020202" in shown and "lr=0.5 model=large" in shown


def test_pairs(start: list[object]) -> None:
    shown = in_terminal(*start, "jobs", "info", "0202")
    assert "\x1b[1mstate" in shown and "\x1b[31mERROR(FAILED)" in shown
    assert "state       ERROR(FAILED)" in _COLOUR.sub("", shown)


def test_the_list_of_experiments_is_the_same_everywhere(start: list[object], command: Command) -> None:
    assert in_terminal(*start, "experiments", "list") == command(*start, "experiments", "list").out


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
@pytest.mark.parametrize("words", [["jobs", "list"], ["jobs", "info", "0202"], ["doctor"]])
def test_colours_can_be_refused(start: list[object], environ: dict[str, str], words: list[str]) -> None:
    shown = in_terminal(*start, *words, environ=environ)
    assert not re.search(r"\x1b\[3[0-9]", shown)


@pytest.mark.parametrize(
    "words",
    [
        ["jobs", "list", "--tags"],
        ["jobs", "info", "0202"],
        ["jobs", "why", "0202"],
        ["jobs", "clean", "0202"],
        ["experiments", "runs", "my-experiment"],
        ["experiments", "results", "my-experiment"],
        ["orphans", "--show-all"],
        ["cleanup"],
        ["doctor"],
        ["--help"],
    ],
)
def test_a_pipe_has_no_colours(start: list[object], process: Command, words: list[str]) -> None:
    result = process(*start, *words, env={**os.environ, "TERM": "xterm-256color", "FORCE_COLOR": "1"})
    assert "\x1b" not in result.out + result.err
