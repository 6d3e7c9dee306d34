from __future__ import annotations

from pathlib import Path

import pytest

from xpm_config.errors import ConfigurationError, one_line, shown
from xpm_config.origins import Origin


def test_message() -> None:
    assert str(ConfigurationError("wrong")) == "wrong"
    error = ConfigurationError("wrong\n  here", Origin(text="-c a=1"), key="a.b", hint="correct\nit")
    assert str(error) == "-c a=1: a.b: wrong here; correct it"
    assert (error.problem, error.key, error.hint) == ("wrong here", "a.b", "correct it")


def test_always_one_printable_line(folder: Path) -> None:
    origin = Origin(file=folder / "bad\nname\x1b[31m.yaml", line=3)
    message = str(ConfigurationError("wrong", origin, key="a\tb"))
    assert message == "bad name [31m.yaml:3: a b: wrong"


def test_never_too_long() -> None:
    error = ConfigurationError("w" * 10_000, Origin(text="-c " + "x" * 10_000), key="k" * 10_000)
    assert len(str(error)) < 1300


def test_shown_is_short() -> None:
    assert shown("abc") == "'abc'"
    assert len(shown("x" * 1000)) <= 60 and shown("x" * 1000).startswith("'xxx")
    assert one_line(" a \r\n b ") == "a b"


def test_origin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "sub" / "a.yaml"
    assert str(Origin(file=file, line=2)) == "sub/a.yaml:2"
    assert str(Origin(file=file)) == "sub/a.yaml"
    assert str(Origin(text="--file x")) == "--file x"
    assert Origin(file=file).folder == folder / "sub" and Origin(text="x").folder is None
    monkeypatch.chdir("/")
    assert str(Origin(file=Path("/a/b.yaml"))) == "a/b.yaml"
    (folder / "gone").mkdir()
    monkeypatch.chdir(folder / "gone")
    (folder / "gone").rmdir()
    assert str(Origin(file=file, line=2)) == f"{file}:2"
