"""`experimaestro refactor default-values`."""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from xpm_cli import exit_codes
from xpm_cli.output import say
from xpm_cli.text import count


@click.command()
@click.option("--perform", is_flag=True, help="Change the files; without, only show what would change.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True))
def default_values(paths: tuple[str, ...], perform: bool) -> int:
    """Write defaults as `field(default=..., ignore_default=True)`, in Python files or folders of them.

    That is what `x: Param[int] = 1` and `field(ignore_default=1)` mean: no identifier changes, and the
    warnings go away. Prints the changes as a diff, that `patch -p0` understands.
    """
    from xpm_cli.refactor.rewriting import Unreadable, rewrite

    values = files = problems = 0
    for path in _files(paths):
        before = path.read_bytes()
        try:
            done = rewrite(before)
        except Unreadable as error:
            problems += 1
            say(f"{path} is left alone: {error}")
            continue
        for line in done.doubtful:
            say(f"{path}:{line} is left alone: what a call gives is not seen here")
        if done.number:
            values, files = values + done.number, files + 1
            _show(path, before, done.source)
            if perform:
                _replace(path, done.source)
    what = f"{count(values, 'default')} in {count(files, 'file')}"
    say(f"{what} rewritten" if perform else f"{what}; nothing was changed: give --perform to do it")
    return exit_codes.FAILED if problems else exit_codes.DONE


def _files(paths: tuple[str, ...]) -> Iterator[Path]:
    """The files that are named, and those in the folders that are; hidden folders are somebody else's."""
    for path in map(Path, paths):
        if not path.is_dir():
            yield path
            continue
        for folder, names, files in os.walk(path):
            names[:] = sorted(name for name in names if name[0] != "." and name != "__pycache__")
            yield from (Path(folder, name) for name in sorted(files) if name.endswith(".py"))


def _show(path: Path, before: bytes, after: bytes) -> None:
    old, new = (content.decode("utf-8").splitlines(keepends=True) for content in (before, after))
    click.echo("".join(difflib.unified_diff(old, new, str(path), str(path))), nl=False)


def _replace(path: Path, content: bytes) -> None:
    from xpm_workspace.files import temporary_name

    path = path.resolve()  # a link stays one
    temporary = Path(temporary_name(path))
    temporary.write_bytes(content)
    shutil.copymode(path, temporary)
    os.replace(temporary, path)
