"""`experimaestro doctor`."""

from __future__ import annotations

import click

from xpm_cli import exit_codes
from xpm_cli.output import json_option, print_json, say, style_of
from xpm_cli.text import count, visible
from xpm_cli.workspace_options import workspace_options


@click.command()
@workspace_options
@json_option
def doctor(as_json: bool) -> int:
    """Check this installation, the settings and the workspaces, and say what to fix.

    The exit code is 2 when something is wrong; warnings do not count.
    """
    from xpm_cli.checks import OK, WRONG, all_checks

    results = []
    for result in all_checks(click.get_current_context()):
        results.append(result)
        if not as_json:
            status = click.style(f"{result.status:8}", fg=style_of(result.status))
            click.echo(f"{status}{_line(result.what)}: {_line(result.message)}")
            if result.fix:
                click.echo(f"{'':8}to fix it: {_line(result.fix)}")
    if as_json:
        print_json([result._asdict() for result in results])
    wrong = sum(result.status == WRONG for result in results)
    warnings = sum(result.status not in (OK, WRONG) for result in results)
    say(f"{count(len(results), 'check')}, {wrong} wrong, {count(warnings, 'warning')}")
    return exit_codes.WRONG_USE if wrong else exit_codes.DONE


def _line(text: str) -> str:
    return visible(" ".join(text.split("\n")))
