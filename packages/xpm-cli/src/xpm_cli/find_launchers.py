"""`experimaestro find-launchers`: which launcher the settings choose for some requirements."""

from __future__ import annotations

import click

from xpm_cli.output import json_option, print_json


@click.command()
@click.option("--tag", "tags", multiple=True, help="A tag for `find_launcher` of launchers.py.")
@click.option("--xpm-config-dir", type=click.Path(), help="Folder of launchers.py.")
@json_option
@click.argument("spec")
def find_launchers(spec: str, tags: tuple[str, ...], xpm_config_dir: str | None, as_json: bool) -> None:
    """Tell which launcher runs tasks with the requirements SPEC.

    SPEC is a text such as "duration=2h & cuda(mem=8G) * 2 & cpu(cores=4, mem=16G)".
    """
    from pathlib import Path

    from xpm_scheduler.launcherfinder.parser import parse
    from xpm_scheduler.launcherfinder.registry import LauncherRegistry, find_launcher

    if xpm_config_dir is not None:
        LauncherRegistry.set_config_dir(Path(xpm_config_dir))
    requirement = parse(spec)
    launcher = find_launcher(requirement, tags=set(tags))
    if as_json:
        print_json({"spec": str(requirement), "launcher": launcher.name, "description": launcher.describe()})
        return
    click.echo(launcher.describe())
