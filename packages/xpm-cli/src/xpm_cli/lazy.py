"""A click group that imports a command when it is called, so that `--help` stays quick."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from xpm_cli.plugins import Plugin


_PLUGINS = "xpm.plugins"


class LazyGroup(click.Group):
    """A group whose commands are named with their help; their modules are imported on use."""

    def __init__(
        self,
        *args: object,
        lazy: dict[str, tuple[str, str]] | None = None,
        hidden_names: dict[str, str] | None = None,
        plugins: str | None = None,
        **kwargs: object,
    ) -> None:
        """Make a group.

        Args:
            lazy: command name to (`module:attribute`, one line of help).
            hidden_names: other name of a command to its name; help does not show it.
            plugins: group of entry points with commands of other packages; ours come first.
            args: as for `click.Group`.
            kwargs: as for `click.Group`.
        """
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._lazy = lazy or {}
        self._hidden_names = hidden_names or {}
        self._plugin_group = plugins

    def _plugins(self, ctx: click.Context) -> dict[str, Plugin]:
        """Looked for when they are needed only, and once: a command of ours does not pay for it."""
        if self._plugin_group is None:
            return {}
        known: dict[str, dict[str, Plugin]] = ctx.meta.setdefault(_PLUGINS, {})
        if self._plugin_group not in known:
            from xpm_cli.plugins import find_plugins

            known[self._plugin_group] = find_plugins(self._plugin_group)
        return known[self._plugin_group]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._lazy, *self._plugins(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = self._hidden_names.get(cmd_name, cmd_name)
        if name in self._lazy:
            module, _, attribute = self._lazy[name][0].partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command
        known = super().get_command(ctx, name)
        if known is not None or name not in self._plugins(ctx):
            return known
        return self._plugins(ctx)[name].load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their help, importing none of them."""
        ours, theirs = [], []
        for name in self.list_commands(ctx):
            if name in self._lazy:
                ours.append((name, self._lazy[name][1]))
            elif (command := super().get_command(ctx, name)) is not None:
                if not command.hidden:
                    ours.append((name, command.get_short_help_str()))
            else:
                theirs.append((name, f"From the package {self._plugins(ctx)[name].package}."))
        for title, rows in (("Commands", ours), ("Commands of other packages", theirs)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands and options, importing no command."""
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        # The script for fish takes what follows a comma for something else.
        texts = {name: text.replace(",", ";") for name, (_, text) in self._lazy.items()}
        offered = [CompletionItem(name, help=texts.get(name)) for name in names]
        return offered + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the closest name when there is no such command."""
        name = click.utils.make_str(args[0])
        known = name in self._lazy or name in self._hidden_names or name in self.list_commands(ctx)
        if not name.startswith("-") and not known:
            if ctx.resilient_parsing:  # a shell completes: nothing is told
                return None, None, args[1:]
            from difflib import get_close_matches

            close = get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"see {ctx.command_path} --help"
            raise click.UsageError(f"no such command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)
