"""Commands of other packages: the entry points of the group `experimaestro.commands`.

`importlib.metadata` takes longer to import than the rest of this command altogether. What is needed of it is
a few lines of a text file per installed package; the format is that of the Python packaging specification
"Entry points".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

import click

#: A package adds a command `name` with `name = "module:attribute"` in this group.
GROUP = "experimaestro.commands"

#: The same for a command under `experimaestro launchers`.
LAUNCHERS_GROUP = "experimaestro.commands.launchers"


class Plugin(NamedTuple):
    """A command that another package offers."""

    #: What one types.
    name: str
    #: `module:attribute`, a click command.
    target: str
    #: The package, as it is installed.
    package: str

    def load(self) -> click.Command:
        """Import the command.

        Raises:
            click.ClickException: it cannot be imported, or is not a command.
        """
        module, _, attribute = self.target.partition(":")
        who = f"the command {self.name!r} of the package {self.package} ({self.target})"
        try:
            command: object = import_module(module)
            for part in attribute.split("."):
                command = getattr(command, part)
        except Exception as error:  # whatever the import of somebody else's module raises
            problem = f"{type(error).__name__}: {error}"
            raise click.ClickException(
                f"{who} cannot be used: {problem}; update or remove that package"
            ) from error
        if not isinstance(command, click.Command):
            raise click.ClickException(f"{who} is not a click command; update or remove that package")
        return command


def find_plugins(group: str = GROUP) -> dict[str, Plugin]:
    """Return the commands of the installed packages by name; nothing is imported.

    Args:
        group: of entry points.
    """
    section = f"[{group}]"
    found: dict[str, Plugin] = {}
    seen: set[str] = set()
    for folder in sys.path:
        for package, text in _declarations(folder or os.curdir, section):
            if package in seen:  # a package that is found twice counts where it is found first
                continue
            seen.add(package)
            for name, target in _parse(text, section):
                found.setdefault(name, Plugin(name, target, package))
    return found


def _declarations(folder: str, section: str) -> Iterator[tuple[str, str]]:
    """The packages of a folder that have commands, with the text that says so."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(e.name for e in entries if e.name.endswith((".dist-info", ".egg-info")))
    except OSError:
        return
    for name in names:
        try:
            with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:
                content = file.read()
        except OSError:
            continue
        if section.encode() in content:
            yield name.rpartition(".")[0].partition("-")[0], content.decode("utf-8", "replace")


def _parse(text: str, section: str) -> Iterator[tuple[str, str]]:
    inside = False
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("["):
            inside = line == section
        elif inside and "=" in line and line[0] not in "#;":
            name, _, target = line.partition("=")
            # Extras, in brackets, are not for us to check.
            yield name.strip(), target.partition("[")[0].strip()
