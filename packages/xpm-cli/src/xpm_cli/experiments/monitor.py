"""`experimaestro experiments monitor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from xpm_cli.output import say
from xpm_cli.workspace_options import chosen_layout, open_monitor, workspace_options

if TYPE_CHECKING:
    from xpm_workspace.frontends import Frontend


@click.command()
@workspace_options
@click.option("--console", is_flag=True, help="In this terminal, instead of a browser.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port of the web monitor; by default, any free one."
)
@click.option("--host", help="Address the web monitor listens on; by default, this machine only.")
@click.option("--sync", is_flag=True, help="Look at every job folder first.")
def monitor(console: bool, port: int | None, host: str | None, sync: bool) -> int:
    """Watch the experiments of a workspace, and act on their jobs, until Ctrl+C.

    It works on a workspace where experiments run as well as on one where they ended.
    """
    if console and (port is not None or host is not None):
        raise click.UsageError("--port and --host are for the web monitor: leave --console out")
    from xpm_workspace.controller import LocalController
    from xpm_workspace.frontends import Options, Target, find_frontend

    frontend: Frontend = find_frontend("console" if console else "web")
    title = str(chosen_layout().root)
    with open_monitor() as opened:
        if sync and not opened.sync():
            say("another process keeps the index up to date")
        target = Target(monitor=opened, controller=LocalController(opened), title=title)
        return frontend.show(target, Options(host=host, port=port, on_ready=_tell))


def _tell(url: str) -> None:
    click.echo(url)
    say("open this address in a browser (it holds a secret); Ctrl+C ends the monitor")
