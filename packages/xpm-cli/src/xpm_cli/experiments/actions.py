"""`experimaestro experiments actions`."""

from __future__ import annotations

import difflib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from xpm_cli import exit_codes
from xpm_cli.completion import complete_actions, complete_experiments
from xpm_cli.lazy import LazyGroup
from xpm_cli.output import json_option, print_json, print_table, say
from xpm_cli.workspace_options import chosen_layout, workspace_options

if TYPE_CHECKING:
    from xpm_workspace.layout import RunLayout

_run_option = click.option("--run", "run_id", metavar="RUN", help="Of this run instead of the current one.")


@click.group(cls=LazyGroup)
@workspace_options
def actions() -> None:
    """List the actions of an experiment (publish a model...), and do them.

    The classes are imported: modules are looked for on PYTHONPATH and in the current folder.
    """


@actions.command("list")
@workspace_options
@json_option
@_run_option
@click.argument("experiment", shell_complete=complete_experiments)
def list_actions(experiment: str, run_id: str | None, as_json: bool) -> None:
    """List the actions of EXPERIMENT: name, and what each does."""
    found = _load(_run_of(experiment, run_id))
    described = [(name, _described(name, action)) for name, action in found.items()]
    if as_json:
        print_json(
            [
                {"action": name, "type": str(found[name].__xpmtype__.identifier), "description": text}
                for name, text in described
            ]
        )
        return
    print_table(("action", "what"), described)
    if not described:
        say(f"{experiment} has no actions")


@actions.command()
@workspace_options
@_run_option
@click.option(
    "--answer",
    "answers",
    multiple=True,
    nargs=2,
    metavar="KEY VALUE",
    help="Answer a question beforehand: it is not asked.",
)
@click.argument("experiment", shell_complete=complete_experiments)
@click.argument("action", shell_complete=complete_actions)
def run(experiment: str, action: str, run_id: str | None, answers: tuple[tuple[str, str], ...]) -> None:
    """Do an ACTION of EXPERIMENT in this process; what it asks is asked in this terminal."""
    from xpm_cli.user_errors import UserCodeError, guarded
    from xpm_tasks import CLIInteraction

    found = _load(_run_of(experiment, run_id))
    if action not in found:
        raise click.ClickException(f"{experiment} has no action {action!r}; {_hint(action, list(found))}")
    interaction = CLIInteraction(dict(answers))
    try:
        with guarded(f"the action {action}", exit_code=exit_codes.FAILED, passing=(EOFError,)):
            result = found[action].instance().execute(interaction)
    except EOFError as error:
        message = f"{error or 'standard input ended'}; answer beforehand with --answer KEY VALUE"
        raise UserCodeError(message, exit_code=exit_codes.FAILED) from error
    if result is not None:
        click.echo(str(result))


def _run_of(experiment_id: str, run_id: str | None) -> RunLayout:
    from xpm_workspace.errors import UnknownExperiment
    from xpm_workspace.informations import read_informations

    experiment = chosen_layout(experiment_id).require().experiment(experiment_id)
    info = read_informations(experiment)
    wanted = run_id or info.current_run
    if wanted is None or wanted not in info.runs:
        what = f"experiment {experiment_id!r}" if run_id is None else f"run {run_id!r} of {experiment_id!r}"
        raise UnknownExperiment(f"there is no {what}; see `experiments list` and `experiments runs`")
    return experiment.run(wanted)


def _load(run: RunLayout) -> dict[str, Any]:
    from xpm_cli.user_errors import guarded
    from xpm_tasks.errors import LoadError, MissingClassError
    from xpm_tasks.graphs import load_xp_info

    here = os.getcwd()
    if here not in sys.path:
        sys.path.append(here)
    if not run.objects.exists():
        return {}
    try:
        with guarded(f"importing the classes of {run.objects}", passing=(LoadError,)):
            return load_xp_info(run.path).actions
    except MissingClassError as error:
        raise click.ClickException(
            f"{error}; call this from the project's folder, or add that folder to PYTHONPATH"
        ) from error


def _described(name: str, action: Any) -> str:
    from xpm_cli.user_errors import guarded

    with guarded(f"`describe` of the action {name}", exit_code=exit_codes.FAILED):
        return str(action.describe())


def _hint(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"it has: {', '.join(known) or 'none'}"
