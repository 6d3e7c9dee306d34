"""`informations.json` of an experiment: its runs, and the machines they were launched on."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from xpm_workspace.events import RunEnded, RunStarted
from xpm_workspace.files import look_afresh, write_whole
from xpm_workspace.journal import read_events
from xpm_workspace.layout import ExperimentLayout
from xpm_workspace.locks import FileLock
from xpm_workspace.process import ProcessRecord
from xpm_workspace.times import utc_iso

VERSION = 1

#: Status of a run: being run, ended well, ended with failed jobs, left with its jobs running, stopped or
#: crashed.
RUN_STATUSES = ("running", "done", "failed", "detached", "interrupted")


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded about a run."""

    #: Machine on which it was launched.
    hostname: str | None = None
    #: ISO 8601, UTC.
    started_at: str | None = None
    #: ISO 8601, UTC; absent while it runs, and after a crash.
    ended_at: str | None = None
    #: One of `RUN_STATUSES`, as the scheduler last wrote it.
    status: str = "running"
    #: The scheduler's process on `hostname`.
    pid: int | None = None
    #: The same in full, so that a recycled pid is not taken for it.
    process: dict[str, Any] | None = None


class Informations(msgspec.Struct, frozen=True, kw_only=True):
    """Content of the file."""

    #: Format of the file.
    version: int = VERSION
    #: The latest run.
    current_run: str | None = None
    #: Run id to what is known of it.
    runs: dict[str, RunInfo] = {}


def read_informations(experiment: ExperimentLayout) -> Informations:
    """Return what is known about the runs; a missing or damaged file is made up for from the run folders."""
    try:
        return msgspec.json.decode(experiment.informations.read_bytes(), type=Informations)
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return recover_informations(experiment)


def recover_informations(experiment: ExperimentLayout) -> Informations:
    """Return what the run folders say, without the file."""
    try:
        names = sorted(entry.name for entry in os.scandir(experiment.runs_dir) if entry.is_dir())
    except OSError:
        names = []
    runs = {name: _recover_run(experiment, name) for name in names if not name.startswith(".")}
    return Informations(current_run=max(runs, key=run_order, default=None), runs=runs)


def run_order(run_id: str) -> tuple[str, int]:
    """Return a key that sorts run ids by time; `.10` comes after `.9`."""
    stamp, _, number = run_id.partition(".")
    return stamp, int(number) if number.isdecimal() else 0


def _recover_run(experiment: ExperimentLayout, run_id: str) -> RunInfo:
    info = RunInfo()
    for event in read_events(experiment.run(run_id).journal)[0]:
        at = utc_iso(event.at.timestamp()) if event.at else None
        if isinstance(event, RunStarted):
            info = msgspec.structs.replace(info, hostname=event.hostname, pid=event.pid, started_at=at)
        elif isinstance(event, RunEnded):
            info = msgspec.structs.replace(info, status=event.status, ended_at=at)
    return info


def change_informations(experiment: ExperimentLayout, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the file, one process at a time; fields that this version does not know are kept.

    Args:
        experiment: whose file it is; its folder exists.
        change: gets the content and modifies it in place.
    """
    with FileLock(experiment.informations_lock):
        look_afresh(experiment.path)  # the last one to change it may have been another machine
        content = _load(experiment)
        change(content)
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        write_whole(experiment.informations, text.encode("utf-8", "replace"))


def _load(experiment: ExperimentLayout) -> dict[str, Any]:
    try:
        raw = experiment.informations.read_bytes()
    except FileNotFoundError:
        return _recovered(experiment)
    try:
        msgspec.json.decode(raw, type=Informations)
        content: dict[str, Any] = json.loads(raw)
        content.setdefault("runs", {})
        return content
    except (msgspec.DecodeError, ValueError, RecursionError):
        # Nothing is thrown away: what is there may still tell a person something.
        with contextlib.suppress(OSError):
            os.replace(experiment.informations, experiment.informations.with_suffix(".json.damaged"))
        return _recovered(experiment)


def _recovered(experiment: ExperimentLayout) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.to_builtins(recover_informations(experiment))
    return content


def process_of(info: RunInfo | Mapping[str, Any]) -> ProcessRecord | None:
    """Return the scheduler's process of a run, if it is known."""
    fields: Mapping[str, Any] = msgspec.structs.asdict(info) if isinstance(info, RunInfo) else info
    process = fields.get("process")
    if isinstance(process, dict):
        return ProcessRecord.from_dict(process)
    if fields.get("pid") is None:
        return None
    return ProcessRecord(pid=fields["pid"], host=fields.get("hostname"))
