"""The `experimaestro` command: its groups, and what an error looks like."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import click

from xpm_cli import exit_codes
from xpm_cli.lazy import LazyGroup
from xpm_cli.workspace_options import workspace_options

_COMMANDS = {
    "run-experiment": (
        "xpm_cli.run_experiment:run_experiment",
        "Run the experiment that a YAML file describes.",
    ),
    "run": ("xpm_cli.run_task:run", "Run one task by hand, in this terminal."),
    "experiments": ("xpm_cli.experiments:experiments", "List experiments and look into them."),
    "jobs": ("xpm_cli.jobs:jobs", "List jobs, look into them, stop and remove them."),
    "orphans": ("xpm_cli.orphans:orphans", "List the job folders that no run refers to."),
    "cleanup": ("xpm_cli.cleanup:cleanup", "Remove old runs, and what crashes left behind."),
    "launchers": ("xpm_cli.launchers:launchers", "List the launchers that are installed."),
    "tokens": ("xpm_cli.tokens:tokens", "List the tokens of a workspace, and who holds them."),
    "deprecated": ("xpm_cli.deprecated:deprecated", "Find the results of classes that were renamed."),
    "refactor": ("xpm_cli.refactor:refactor", "Rewrite source code of tasks."),
    "workspaces": ("xpm_cli.workspaces:workspaces", "List the workspaces of the settings."),
    "find-launchers": (
        "xpm_cli.find_launchers:find_launchers",
        "Tell which launcher runs tasks with some requirements.",
    ),
    "doctor": ("xpm_cli.doctor:doctor", "Check this installation and say what to fix."),
    "version": ("xpm_cli.version:version", "Tell which versions are installed."),
}


@click.group(
    cls=LazyGroup,
    lazy=_COMMANDS,
    plugins="experimaestro.commands",
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@workspace_options
@click.option("--quiet", is_flag=True, help="Say only what is wrong.")
@click.option("--debug", is_flag=True, help="Log what happens inside.")
@click.option("--traceback", is_flag=True, help="Show where an error comes from.")
@click.option("--logging", "levels", metavar="NAME=LEVEL,...", default="", help="Levels of some loggers.")
@click.pass_context
def cli(ctx: click.Context, quiet: bool, debug: bool, traceback: bool, levels: str) -> None:
    """Run research experiments: typed tasks, each executed once."""
    ctx.meta["xpm.traceback"] = traceback or debug
    ctx.meta["xpm.quiet"] = quiet
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        ctx.color = False
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        return
    from xpm_cli.log import set_up_logging

    set_up_logging(quiet=quiet, debug=debug, levels=levels)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit with its code (see `exit_codes`)."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names need not be text
    try:
        code = cli.main(args=list(arguments), prog_name="experimaestro", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as leave:
        code = leave.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = exit_codes.INTERRUPTED
    except BrokenPipeError:
        code = _reader_left()
    except click.ClickException as error:
        click.echo(f"error: {error.format_message()}", err=True)
        code = exit_codes.WRONG_USE
    except Exception as error:  # noqa: BLE001 - the one place where all errors end
        from xpm_cli.explain import explain

        shown, code = explain(error, traceback="--traceback" in arguments or "--debug" in arguments)
        click.echo(shown, err=True)
    sys.exit(code if isinstance(code, int) else exit_codes.DONE)


def _reader_left() -> int:
    """`experimaestro jobs list | head`: whoever read has seen enough, which is no error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())  # or the flush at exit would complain
    os.close(nowhere)
    return exit_codes.DONE
