"""`services.json` of a run: its services, how to make them again, and where they stand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from xpm_workspace.files import write_whole
from xpm_workspace.layout import RunLayout
from xpm_workspace.process import hostname
from xpm_workspace.records import ServiceRecord
from xpm_workspace.services import ServiceLike, ServiceState


def content_of(service: ServiceLike) -> dict[str, Any]:
    """Return what is stored of a service of this machine."""
    own = {
        "id": service.id,
        "description": service.description(),
        "state": service.state.value,
        "host": hostname(),
    }
    return {**service.record(), **own}


def write_services(run: RunLayout, contents: Iterable[Mapping[str, Any]]) -> None:
    """Replace the file.

    Raises:
        OSError: it cannot be written.
    """
    text = json.dumps({"services": list(contents)}, indent=1, ensure_ascii=False) + "\n"
    write_whole(run.services, text.encode("utf-8", "replace"), durable=False)


def read_services(run: RunLayout) -> dict[str, dict[str, Any]]:
    """Return what is stored of the services of a run, by id; none if the file is missing or damaged."""
    try:
        content = msgspec.json.decode(run.services.read_bytes())
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}
    services = content.get("services", content) if isinstance(content, dict) else content
    if isinstance(services, dict):
        return {str(name): value for name, value in services.items() if isinstance(value, dict)}
    if not isinstance(services, list):
        return {}
    return {str(s["id"]): s for s in services if isinstance(s, dict) and "id" in s}


def service_record(
    experiment_id: str, run_id: str, service_id: str, content: Mapping[str, Any], *, alive: bool
) -> ServiceRecord:
    """Return what monitors show of a service.

    Args:
        experiment_id: the experiment.
        run_id: its run.
        service_id: the service.
        content: what is stored of it; values that make no sense count as absent.
        alive: whether who stored it is there to keep it up to date. A service does not outlive its
            scheduler: without one, whatever is stored, it does not run.
    """
    state = _state(content.get("state"))
    if not alive and state.active:
        state = ServiceState.STOPPED
    return ServiceRecord(
        experiment_id=experiment_id,
        run_id=run_id,
        service_id=service_id,
        state=state,
        description=_text(content.get("description")) or "",
        url=_text(content.get("url")) if state is ServiceState.RUNNING else None,
        host=_text(content.get("host")),
        error=_text(content.get("error")) if state is ServiceState.ERROR else None,
        content=dict(content),
    )


def _state(value: Any) -> ServiceState:
    try:
        return ServiceState(value)
    except ValueError:
        return ServiceState.STOPPED


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
