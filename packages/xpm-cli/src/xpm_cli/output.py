"""What commands print: tables for people in a terminal, plain text in a pipe, JSON when asked for."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from xpm_cli.text import visible

F = TypeVar("F", bound=Callable[..., Any])

#: Digits of an identifier that a terminal shows: enough to tell jobs apart.
_SHOWN_DIGITS = 8
#: The last column of a table is folded when the terminal is narrow, but not to less than this.
_NARROWEST = 30


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
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[visible(cell) for cell in row] for row in rows]
    if not cells:
        return
    shown = [n for n in range(len(columns)) if n == 0 or any(row[n] for row in cells)]
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for number in shown:
        # The last column gives way in a narrow terminal; ids and times stay in one piece, to be copied.
        table.add_column(columns[number], no_wrap=number != shown[-1], overflow="fold")
    for row in cells:
        table.add_row(*(Text(row[number], style=style_of(row[number])) for number in shown))
    widths = [max(map(cell_len, [columns[n], *(row[n] for row in cells)])) for n in shown]
    needed = sum(widths[:-1]) + 2 * len(widths) + min(widths[-1], _NARROWEST)
    width, height = shutil.get_terminal_size()
    # Both are given: rich looks at the terminal, or gives up on it, unless it knows both.
    Console(highlight=False, width=max(width, needed), height=height).print(table)


def print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Print names and values, one a line; those without a value are left out."""
    shown = [(name, value) for name, value in pairs if value]
    if not sys.stdout.isatty():
        sys.stdout.writelines(f"{visible(name)}\t{visible(value)}\n" for name, value in shown)
        return
    width = max((len(visible(name)) for name, _ in shown), default=0)
    for name, value in shown:
        title = click.style(visible(name).ljust(width), bold=True)
        click.echo(f"{title}  {click.style(visible(value), fg=style_of(value) or None)}")


def shown_id(job_id: str) -> str:
    """Return a job id as it is shown: whole in a pipe, and in a terminal a beginning, which is accepted."""
    task_id, _, identifier = job_id.partition("/")
    return f"{task_id}/{identifier[:_SHOWN_DIGITS]}" if sys.stdout.isatty() else job_id


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
