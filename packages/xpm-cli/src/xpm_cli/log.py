"""Logging of the command: warnings by default, one line each on standard error."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import TextIO

import click


def set_up_logging(*, quiet: bool, debug: bool, levels: str) -> None:
    """Set the levels of the loggers.

    Args:
        quiet: errors only.
        debug: everything.
        levels: `NAME=LEVEL,...` for single loggers.

    Raises:
        click.UsageError: `levels` cannot be understood.
    """
    level = logging.DEBUG if debug else logging.ERROR if quiet else logging.WARNING
    warnings.showwarning = _show_warning
    if quiet:
        warnings.simplefilter("ignore")
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    for item in filter(None, levels.split(",")):
        name, separator, wanted = item.partition("=")
        known = logging.getLevelName(wanted.upper())
        if not separator or not isinstance(known, int):
            raise click.UsageError(f"--logging {item!r} is not NAME=LEVEL (DEBUG, INFO, WARNING, ERROR)")
        logging.getLogger(name).setLevel(known)


def set_debug() -> None:
    """Log everything from now on."""
    logging.getLogger().setLevel(logging.DEBUG)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show a Python warning as one line; a deprecation says where, since it is to be mended there."""
    where = f" ({filename}:{lineno})" if issubclass(category, DeprecationWarning) else ""
    print(f"warning: {message}{where}", file=file or sys.stderr)
