"""The end of a log, whatever its size and content."""

from __future__ import annotations

from pathlib import Path

from xpm_services.log_files import append, begin, cut, earlier, tail


def test_the_last_lines(folder: Path) -> None:
    log, other = folder / "out", folder / "err"
    assert tail(log, other) == ""
    log.write_text("".join(f"{n}\n" for n in range(100)))
    other.write_bytes(b"\xff\xfe\n\n")
    assert tail(log, other).splitlines() == [
        f"--- end of {log}",
        *map(str, range(88, 100)),
        f"--- end of {other}",
        "\ufffd\ufffd",
    ]


def test_a_line_without_end(folder: Path) -> None:
    log = folder / "out"
    log.write_bytes(b"x" * (10 << 20))
    assert tail(log) == f"--- end of {log}\n{'x' * 4096}"


def test_what_was_cut_off_counts(folder: Path) -> None:
    log = folder / "out"
    begin(log)
    cut(log).write_text("one\ntwo\n")
    assert tail(log).splitlines()[1:] == ["one", "two"]
    append(log, "three\n")
    assert tail(log).splitlines()[1:] == ["one", "two", "three"]
    begin(log)  # another start has nothing to do with it
    assert tail(log) == "" and earlier(log).read_text() == "three\n"
    begin(log)  # an empty log is no reason to forget the one before
    assert earlier(log).read_text() == "three\n"


def test_a_log_that_cannot_be_written(folder: Path) -> None:
    append(folder / "no folder" / "out", "x")
    assert tail(folder / "no folder" / "out") == ""
