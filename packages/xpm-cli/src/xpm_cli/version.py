"""`experimaestro version`."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

import click

_PACKAGES = (
    "experimaestro",
    "xpm-cli",
    "xpm-config",
    "xpm-git",
    "xpm-mock",
    "xpm-scheduler",
    "xpm-services",
    "xpm-tasks",
    "xpm-tui",
    "xpm-web",
    "xpm-workspace",
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def version(as_json: bool) -> None:
    """Tell which versions are installed."""
    versions = installed_versions()
    if as_json:
        click.echo(json.dumps(versions))
        return
    for package, number in versions.items():
        click.echo(f"{package} {number or 'not installed'}")


def installed_versions() -> dict[str, str | None]:
    """Return the version of each of our packages; `None` for one that is not installed."""
    versions: dict[str, str | None] = {}
    for package in _PACKAGES:
        try:
            versions[package] = installed_version(package)
        except PackageNotFoundError:
            versions[package] = None
    return versions
