"""`experimaestro experiments delete`."""

from __future__ import annotations

import click

from xpm_cli.completion import complete_experiments
from xpm_cli.output import say
from xpm_cli.text import visible
from xpm_cli.workspace_options import chosen_layout, workspace_options


@click.command()
@workspace_options
@click.option("--run", "run_id", metavar="RUN", help="This run only.")
@click.option("--perform", is_flag=True, help="Do it; without, only say what would be done.")
@click.argument("experiment", shell_complete=complete_experiments)
def delete(experiment: str, run_id: str | None, perform: bool) -> None:
    """Remove EXPERIMENT with all its runs, or one of its runs; the folders of its jobs stay."""
    from xpm_workspace.history import delete_experiment, delete_run

    layout = chosen_layout(experiment).require().experiment(experiment)
    old = layout.workspace.old_experiments_dir / experiment
    if not layout.path.exists() and old.is_dir():
        raise click.ClickException(
            f"{experiment} was made by experimaestro 2.x, whose files are left alone: remove {old} yourself"
        )
    if run_id is None:
        what = delete_experiment(layout, perform=perform)
    else:
        what = delete_run(layout, run_id, perform=perform)
    click.echo(visible(what))
    if perform:
        say("done; `experimaestro orphans` lists the jobs that no run refers to any more")
    else:
        say("nothing was removed: give --perform to do it")
