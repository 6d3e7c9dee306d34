"""What monitors ask of a live scheduler: one file per request in the run's folder, taken by the scheduler."""

from __future__ import annotations

import json
import os
import time
import uuid
from typing import Any

from xpm_workspace.errors import LocksUnsupported
from xpm_workspace.files import remove_file, write_whole
from xpm_workspace.informations import read_informations
from xpm_workspace.layout import ExperimentLayout, RunLayout
from xpm_workspace.locks import is_held
from xpm_workspace.times import utc_iso

_SUFFIX = ".json"


def write_request(run: RunLayout, action: str, **details: Any) -> None:
    """Ask the scheduler of a run for something.

    Args:
        run: whose scheduler.
        action: `kill`, `retry`, `start-service` or `stop-service`.
        details: `job` or `service`, and anything else that JSON can hold.
    """
    run.requests.mkdir(exist_ok=True)
    content = {"action": action, "at": utc_iso(), **details}
    # The time first, so that requests are taken in the order in which they were made.
    path = run.requests / f"{time.time_ns():020}-{uuid.uuid4().hex}{_SUFFIX}"
    write_whole(path, json.dumps(content).encode(), durable=False)


def take_requests(run: RunLayout) -> list[dict[str, Any]]:
    """Return the requests made since the last time, and remove them; for the scheduler of the run only.

    Costs one `stat` while nobody ever asked.
    """
    try:
        names = sorted(name for name in os.listdir(run.requests) if name.endswith(_SUFFIX) and name[0] != ".")
    except OSError:
        return []
    requests = []
    for name in names:
        path = run.requests / name
        try:
            content = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            content = None
        remove_file(path)
        if isinstance(content, dict) and isinstance(content.get("action"), str):
            requests.append(content)
    return requests


def live_run(experiment: ExperimentLayout) -> RunLayout | None:
    """Return the run whose scheduler is alive, if there is one."""
    try:
        held = is_held(experiment.lock)
    except (LocksUnsupported, OSError):
        return None
    current = read_informations(experiment).current_run if held else None
    return experiment.run(current) if current else None
