"""Groups that import their commands on use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click
import pytest

from xpm_cli.lazy import LazyGroup
from xpm_cli.main import cli

if TYPE_CHECKING:
    from conftest import Command


def groups(group: LazyGroup, path: str = "experimaestro") -> list[tuple[str, LazyGroup]]:
    ctx = click.Context(group)
    found = [(path, group)]
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, LazyGroup):
            found += groups(command, f"{path} {name}")
    return found


def test_every_command_is_where_the_table_says() -> None:
    for path, group in groups(cli):
        for name, (target, help_) in group._lazy.items():
            module, _, attribute = target.partition(":")
            command = getattr(import_module(module), attribute)
            assert isinstance(command, click.Command), f"{path} {name}"
            assert help_.endswith("."), f"{path} {name}"


def test_every_command_has_help(command: Command) -> None:
    for path, group in groups(cli):
        for name in group.list_commands(click.Context(group)):
            result = command(*path.split()[1:], name, "--help")
            assert result.code == 0 and result.out.startswith("Usage: experimaestro"), f"{path} {name}"


def test_another_name_of_a_command(command: Command) -> None:
    assert command("jobs", "parameters-difference", "--help").code == 0
    assert "parameters-difference" not in command("jobs", "--help").out


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["expriments"], "no such command 'expriments'; did you mean 'experiments'?"),
        (["jobs", "lst"], "no such command 'lst'; did you mean 'list'?"),
        (["jobs", "zzz"], "no such command 'zzz'; see experimaestro jobs --help"),
    ],
)
def test_the_closest_name_is_offered(command: Command, arguments: list[str], hint: str) -> None:
    assert command(*arguments) == (2, "", f"error: {hint}\n")
