"""`experimaestro jobs why`."""

from __future__ import annotations

import click

from xpm_cli.jobs.options import job_argument
from xpm_cli.output import json_option, print_json, print_pairs
from xpm_cli.workspace_options import open_monitor, workspace_options


@click.command()
@workspace_options
@json_option
@job_argument
def why(job_id: str, as_json: bool) -> None:
    """Say why a job is in its state: which file or lock decided, what it waits for, what will happen next."""
    from xpm_workspace.why import explain_job

    with open_monitor() as monitor:
        found = explain_job(monitor, monitor.find_job(job_id))
    if as_json:
        print_json(found)
        return
    print_pairs(
        [
            ("job", found.job_id),
            ("state", str(found.status)),
            ("decided by", found.decided_by),
            *(("waits for", f"{need.job_id} {need.status}") for need in found.waits_for),
            *(("because of", f"{need.job_id} {need.status}") for need in found.blamed),
            *(
                ("scheduler", f"{s.experiment_id} {s.run_id}, process {s.pid or '?'} on {s.host or '?'}")
                for s in found.schedulers
            ),
            ("next", found.outlook),
        ]
    )
