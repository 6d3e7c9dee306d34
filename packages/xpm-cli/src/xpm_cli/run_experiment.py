"""`experimaestro run-experiment`: from a YAML file to a run.

The order: read the YAML, set the python path, the environment, the pre-experiment, import the experiment,
apply its schema, open the workspace, run, wait.
"""

from __future__ import annotations

import os
import sysconfig
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from xpm_cli import exit_codes
from xpm_cli.helper import UnexpectedArguments
from xpm_cli.workspace_options import workspace_options


@click.command(
    context_settings={"ignore_unknown_options": False, "allow_interspersed_args": True},
    short_help="Run the experiment that a YAML file describes.",
)
@click.argument("yaml", type=click.Path(path_type=Path))
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--run-mode",
    type=click.Choice(["NORMAL", "DRY_RUN", "GENERATE_ONLY", "PREPARE"], case_sensitive=False),
    default="NORMAL",
    help="NORMAL runs; DRY_RUN writes nothing and shows each task; GENERATE_ONLY writes the job folders.",
)
@workspace_options
@click.option("--pre-yaml", multiple=True, metavar="FILE", help="Merge before the main file.")
@click.option("--post-yaml", multiple=True, metavar="FILE", help="Merge after the main file.")
@click.option("--conf", "-c", "overrides", multiple=True, metavar="KEY=VALUE", help="Change one value.")
@click.option("--file", metavar="FILE", help="Python file with `run`, instead of the one in the YAML.")
@click.option("--module-name", metavar="MODULE", help="Module with `run`, instead of the one in the YAML.")
@click.option(
    "--env", "environ", multiple=True, nargs=2, metavar="NAME VALUE", help="Set an environment variable."
)
@click.option("--web", is_flag=True, help="Show it in a browser meanwhile; the address is printed.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the web monitor; implies --web.")
@click.option(
    "--host", help="Address the web monitor listens on, by default this machine only; implies --web."
)
@click.option("--console", is_flag=True, help="Show it in this terminal meanwhile.")
@click.option("--show", is_flag=True, help="Print the merged configuration as JSON, and run nothing.")
@click.option("--origin", is_flag=True, help="With --show: where each value was written.")
@click.option("--debug", is_flag=True, help="Log what happens inside.")
def run_experiment(
    yaml: Path,
    args: tuple[str, ...],
    run_mode: str,
    pre_yaml: tuple[str, ...],
    post_yaml: tuple[str, ...],
    overrides: tuple[str, ...],
    file: str | None,
    module_name: str | None,
    environ: tuple[tuple[str, str], ...],
    web: bool,
    port: int | None,
    host: str | None,
    console: bool,
    show: bool,
    origin: bool,
    debug: bool,
) -> int:
    """Run the experiment that YAML describes; ARGS go to the experiment's helper.

    Write -- before ARGS when one of them starts with -.

    The exit code is 0 when all jobs are done, 1 when some failed, 2 when the configuration is wrong.
    """
    from xpm_config import Loaded, read

    if debug:
        from xpm_cli.log import set_debug

        set_debug()
    os.environ.update(environ)  # `${oc.env:NAME}` in the YAML sees them, with --show as well
    merged = read(
        yaml, pre_yaml=pre_yaml, post_yaml=post_yaml, overrides=overrides, file=file, module=module_name
    )
    if show:
        click.echo(merged.show_json(origin=origin))
        return exit_codes.DONE
    if origin:
        raise click.UsageError("--origin goes with --show")

    from xpm_cli.experiment_environment import ExperimentEnvironment
    from xpm_cli.helper import check_arguments
    from xpm_cli.user_code import guarded, load_experiment
    from xpm_scheduler import GracefulExperimentExit, experiment
    from xpm_scheduler.errors import SchedulerCrash, WorkspaceFailed

    now = datetime.now()
    environment = ExperimentEnvironment(dict(environ))
    user = load_experiment(merged.options, environment.before_import(merged.options, now))
    loaded: Loaded[Any] = merged.load(user.schema)
    name = loaded.options.experiment_id(now)
    helper = user.make_helper()
    check_arguments(helper, list(args))
    helper.options = loaded.options
    workspace = environment.workspace(name)

    def work() -> int:
        with experiment(
            workspace,
            name,
            host=host,
            port=0 if port is None and (web or host is not None) else port,
            run_mode=run_mode,
            project_paths=_project_paths(merged.path.parent, user.folder),
            dirty_git=loaded.options.dirty_git,
            environ=environment.for_jobs(),
        ) as xp:
            helper.xp = xp
            leaving = (
                GracefulExperimentExit,
                SchedulerCrash,
                SystemExit,
                UnexpectedArguments,
                WorkspaceFailed,
            )
            with guarded(f"`run` of {name}", exit_code=exit_codes.FAILED, passing=leaving):
                helper.run(list(args), loaded.value)
        return exit_codes.DONE

    if console:
        from xpm_cli.console import in_console

        return in_console(workspace.layout, name, work)
    return work()


def _project_paths(yaml_folder: Path, code_folder: Path) -> list[Path]:
    """Folders whose git state tells whether the experiment can be reproduced."""
    installed = [sysconfig.get_path(name) for name in ("purelib", "platlib")]
    if any(code_folder.is_relative_to(folder) for folder in installed):
        return [yaml_folder]  # its version tells; the repository around the environment says nothing
    return list(dict.fromkeys([yaml_folder, code_folder]))
