"""What is told on standard error: levels of loggers, warnings on one line."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator

import click
import pytest

from xpm_cli.log import set_debug, set_up_logging


def set_up(*, quiet: bool, debug: bool, levels: str) -> None:
    """As in a process of its own, in which nobody logs yet."""
    logging.getLogger().handlers.clear()
    set_up_logging(quiet=quiet, debug=debug, levels=levels)


@pytest.fixture(autouse=True)
def levels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the logging of the tests as it was."""
    root = logging.getLogger()
    before, handlers = root.level, list(root.handlers)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        yield
    root.setLevel(before)
    root.handlers = handlers
    for name in ("xpm.test", "asyncio"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_warnings_only_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(quiet=False, debug=False, levels="")
    logging.getLogger("xpm.test").info("not this")
    logging.getLogger("xpm.test").warning("this")
    assert capsys.readouterr().err == "WARNING xpm.test: this\n"


@pytest.mark.parametrize(
    ("quiet", "debug", "level"),
    [(True, False, logging.ERROR), (False, True, logging.DEBUG), (False, False, logging.WARNING)],
)
def test_levels(quiet: bool, debug: bool, level: int) -> None:
    set_up(quiet=quiet, debug=debug, levels="")
    assert logging.getLogger().level == level


def test_single_loggers() -> None:
    set_up(quiet=False, debug=False, levels="xpm.test=debug,asyncio=ERROR")
    assert logging.getLogger("xpm.test").level == logging.DEBUG
    assert logging.getLogger("asyncio").level == logging.ERROR


@pytest.mark.parametrize("levels", ["xpm", "xpm=LOUD", "=,"])
def test_levels_that_make_no_sense(levels: str) -> None:
    with pytest.raises(click.UsageError, match="is not NAME=LEVEL"):
        set_up(quiet=False, debug=False, levels=levels)


def test_debug_from_now_on() -> None:
    set_up(quiet=True, debug=False, levels="")
    set_debug()
    assert logging.getLogger().level == logging.DEBUG


def test_a_warning_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(quiet=False, debug=False, levels="")
    warnings.warn("the index was built again", UserWarning, stacklevel=1)
    warnings.warn("old name", DeprecationWarning, stacklevel=1)
    first, second = capsys.readouterr().err.splitlines()
    assert first == "warning: the index was built again"
    assert second.startswith("warning: old name (") and "test_log.py:" in second


def test_quiet_means_no_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(quiet=True, debug=False, levels="")
    warnings.warn("the index was built again", UserWarning, stacklevel=1)
    assert capsys.readouterr().err == ""
