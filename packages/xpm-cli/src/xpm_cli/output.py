"""What commands print: tables for people in a terminal, plain text in a pipe, JSON when asked for."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from xpm_cli.text import visible

F = TypeVar("F", bound=Callable[..., Any])


def json_option(function: F) -> F:
    """Add `--json` to a command, as the parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def to_plain(value: Any) -> Any:
    """Return a value (records included) as dictionaries, lists, texts and numbers."""
    import msgspec

    return msgspec.to_builtins(value, enc_hook=str)


def print_json(value: Any) -> None:
    """Print a value (records included) as one JSON document."""
    click.echo(json.dumps(to_plain(value), indent=2, ensure_ascii=False))


def print_path(path: str | os.PathLike[str]) -> None:
    """Print a path byte for byte: scripts use it."""
    click.echo(os.fsencode(path))


def say(text: str) -> None:
    """Tell something on standard error."""
    if not click.get_current_context().meta.get("xpm.quiet"):
        click.echo(text, err=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: with titles and colours in a terminal, else one line a row, separated by tabs."""
    if not sys.stdout.isatty():
        sys.stdout.writelines("\t".join(map(visible, row)) + "\n" for row in rows)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell), style=style_of(cell)) for cell in row))
    Console(highlight=False).print(table)


def style_of(cell: str) -> str:
    """Return the colour of the state that a cell shows, if it shows one."""
    return _STYLES.get(cell.partition("(")[0], "")


_STYLES = {
    "DONE": "green",
    "ERROR": "red",
    "RUNNING": "cyan",
    "SCHEDULED": "cyan",
    "WAITING": "yellow",
    "READY": "yellow",
    "done": "green",
    "failed": "red",
    "running": "cyan",
    "interrupted": "yellow",
    "ok": "green",
    "warning": "yellow",
    "wrong": "red",
}
