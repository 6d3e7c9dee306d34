"""`experimaestro experiments services`: what runs beside experiments, also once they are over."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import click

from xpm_cli import exit_codes
from xpm_cli.completion import complete_experiments
from xpm_cli.output import json_option, print_json, print_table, say
from xpm_cli.text import visible
from xpm_cli.workspace_options import open_monitor, workspace_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from xpm_workspace.monitor import LocalMonitor
    from xpm_workspace.records import ServiceRecord
    from xpm_workspace.services import ServiceState

#: How long a scheduler may take to do what it is asked for; a service that does not start says so before.
_WAIT_S = 120.0


@click.group()
@workspace_options
def services() -> None:
    """List the services of experiments (TensorBoard...), start and stop them."""


@services.command("list")
@workspace_options
@json_option
@click.argument("experiment", required=False, shell_complete=complete_experiments)
def list_services(experiment: str | None, as_json: bool) -> None:
    """List the services of the current runs, or of EXPERIMENT."""
    with open_monitor(experiment) as monitor:
        records = [r for r in monitor.services() if experiment in (None, r.experiment_id)]
    if as_json:
        print_json(records)
        return
    print_table(
        ("experiment", "service", "state", "host", "address", "what"),
        [
            (
                record.experiment_id,
                record.service_id,
                record.state.value,
                record.host or "",
                record.url or _first_line(record.error),
                record.description,
            )
            for record in records
        ],
    )


@services.command()
@workspace_options
@json_option
@click.argument("experiment", shell_complete=complete_experiments)
@click.argument("service")
def start(experiment: str, service: str, as_json: bool) -> int:
    """Start SERVICE of EXPERIMENT, and print its address.

    The scheduler does it while the experiment is being run. Once it is over, this command makes the service
    again and keeps it until Ctrl+C.
    """
    from xpm_workspace.controller import LocalController
    from xpm_workspace.services import ServiceState

    with open_monitor(experiment) as monitor:
        position = monitor.position()
        outcome = LocalController(monitor).start_service(experiment, service)
        if outcome.problem:
            raise click.ClickException(outcome.problem)
        record = _record(monitor, experiment, service)
        if record.state is not ServiceState.RUNNING:
            final = {ServiceState.RUNNING, ServiceState.ERROR, ServiceState.STOPPED}
            record = _wait(monitor, record, position, final.__contains__, _WAIT_S)
        if as_json:
            print_json(record)
        if record.state is not ServiceState.RUNNING:
            say(f"{service} is {record.state.value}: {visible(record.error or 'it was not started')}")
            return exit_codes.FAILED
        if not as_json:
            click.echo(visible(record.url or record.service_id))
        if monitor.hosted_services.revision:
            return _keep(monitor, record)
    return exit_codes.DONE


@services.command()
@workspace_options
@click.argument("experiment", shell_complete=complete_experiments)
@click.argument("service")
def stop(experiment: str, service: str) -> None:
    """Stop SERVICE of EXPERIMENT, which is being run."""
    from xpm_workspace.controller import LocalController

    with open_monitor(experiment) as monitor:
        outcome = LocalController(monitor).stop_service(experiment, service)
    if outcome.problem:
        raise click.ClickException(outcome.problem)
    say(f"done: {outcome.what}")


def _keep(monitor: LocalMonitor, record: ServiceRecord) -> int:
    """Stay until the service ends, or somebody presses Ctrl+C."""
    from xpm_workspace.services import ServiceState

    position = monitor.position()
    record = _record(monitor, record.experiment_id, record.service_id)
    try:
        say("it runs as long as this command does: Ctrl+C stops it")
        while record.state is ServiceState.RUNNING:
            record = _wait(monitor, record, position, lambda state: state is not ServiceState.RUNNING, None)
    except KeyboardInterrupt:
        return exit_codes.DONE
    say(f"{record.service_id} is {record.state.value}: {visible(record.error or 'it ended')}")
    return exit_codes.FAILED if record.state is ServiceState.ERROR else exit_codes.DONE


def _wait(
    monitor: LocalMonitor,
    record: ServiceRecord,
    position: str,
    wanted: Callable[[ServiceState], bool],
    timeout_s: float | None,
) -> ServiceRecord:
    """Return the service once it has come to a wanted state since a position, or as it is after some time."""
    stop = threading.Event()
    timer = threading.Timer(timeout_s, stop.set) if timeout_s is not None else None
    if timer is not None:
        timer.start()
    try:
        for changes in monitor.watch(position, stop):
            for changed in changes.services:
                if _same(changed, record) and wanted(changed.state):
                    return changed
    finally:
        if timer is not None:
            timer.cancel()
    return _record(monitor, record.experiment_id, record.service_id)


def _record(monitor: LocalMonitor, experiment: str, service: str) -> ServiceRecord:
    for record in monitor.services():
        if (record.experiment_id, record.service_id) == (experiment, service):
            return record
    raise click.ClickException(f"{experiment} has no service {service!r}")


def _same(one: ServiceRecord, other: ServiceRecord) -> bool:
    return (one.experiment_id, one.service_id) == (other.experiment_id, other.service_id)


def _first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0]
