"""What `experimaestro doctor` looks at; each check is a generator of results, and raises nothing."""

from __future__ import annotations

from collections.abc import Iterator

import click

from xpm_cli.checks.result import OK, WARNING, WRONG, Result

__all__ = ["OK", "WARNING", "WRONG", "Result", "all_checks"]


def all_checks(ctx: click.Context) -> Iterator[Result]:
    """Run all checks.

    Args:
        ctx: of the command; its options choose the settings and the workspace.
    """
    from xpm_cli.checks.installation import check_installation
    from xpm_cli.checks.launchers import check_launchers
    from xpm_cli.checks.project import check_git
    from xpm_cli.checks.settings import check_settings, workspaces_to_check
    from xpm_cli.checks.workspace import check_workspace

    yield from check_installation()
    yield from check_settings(ctx)
    for name, folder in workspaces_to_check(ctx):
        yield from check_workspace(name, folder)
    yield from check_git()
    yield from check_launchers(ctx)
