"""Services of experiments that are over, started by the process that looks at them, and stopped with it."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from xpm_workspace.errors import ServiceUnavailable, WorkspaceError
from xpm_workspace.layout import RunLayout
from xpm_workspace.records import ServiceRecord
from xpm_workspace.service_files import content_of, read_services, service_record
from xpm_workspace.services import DEFAULT_KIND, GROUP, PastExperiment, ServiceLike

logger = logging.getLogger("xpm.services")

#: How long closing waits for services that do not stop.
_STOP_S = 30.0

#: Experiment, run and service.
_Key = tuple[str, str, str]


class HostedServices:
    """The services that this process started. Safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._services: dict[_Key, ServiceLike] = {}
        self._changed: dict[_Key, int] = {}
        self._revision = 0
        self._closed = False

    @property
    def revision(self) -> int:
        """Grows with each change."""
        return self._revision

    def start(self, run: RunLayout, service_id: str) -> None:
        """Start a service of a run that is over, made again from what is stored; do not wait for it.

        Raises:
            ServiceUnavailable: the run has no such service, or it cannot be made again.
        """
        key = _key(run, service_id)
        with self._guard:
            service = self._services.get(key)
        if service is None:
            made = make_service(run, service_id)
            with self._guard:
                service = self._services.setdefault(key, made)
            if service is made:
                service.add_listener(_Listener(self, key))
        if self._closed:
            raise ServiceUnavailable(f"{service_id} is not started: the monitor is closed")
        service.start()

    def stop(self, experiment_id: str, service_id: str) -> bool:
        """Stop a service, and wait for it; tell whether it was started here."""
        with self._guard:
            found = [
                s for key, s in self._services.items() if (key[0], key[2]) == (experiment_id, service_id)
            ]
        for service in found:
            service.stop()
        return bool(found)

    def overlay(self, records: list[ServiceRecord]) -> list[ServiceRecord]:
        """Return records with those replaced whose services were started here."""
        return [self._record(_record_key(record)) or record for record in records]

    def changed_since(self, revision: int) -> list[ServiceRecord]:
        """Return the services that changed since a revision."""
        with self._guard:
            keys = [key for key, changed in self._changed.items() if changed > revision]
        return [record for record in map(self._record, keys) if record is not None]

    def close(self) -> None:
        """Stop them all, and wait for it, but not for ever."""
        with self._guard:
            self._closed = True
            services = list(self._services.values())
        threads = [
            threading.Thread(target=_stop, args=(s,), name=f"stop {s.id}", daemon=True) for s in services
        ]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + _STOP_S
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def note_change(self, key: _Key) -> None:
        """Take note that a service changed."""
        with self._guard:
            self._revision += 1
            self._changed[key] = self._revision

    def _record(self, key: _Key) -> ServiceRecord | None:
        with self._guard:
            service = self._services.get(key)
        return None if service is None else service_record(*key, content_of(service), alive=True)


class _Listener:
    def __init__(self, services: HostedServices, key: _Key) -> None:
        self._services = services
        self._key = key

    def service_state_changed(self, service: Any) -> None:
        self._services.note_change(self._key)


def make_service(run: RunLayout, service_id: str) -> ServiceLike:
    """Make a service again from what is stored of it; it is not started.

    Raises:
        ServiceUnavailable: the run has no such service, or it cannot be made.
    """
    from importlib.metadata import entry_points  # takes longer than all that looking at a workspace needs

    content = read_services(run).get(service_id)
    if content is None:
        raise ServiceUnavailable(f"{run.experiment.experiment_id} has no service {service_id!r}")
    kind = str(content.get("kind", DEFAULT_KIND))
    found = list(entry_points(group=GROUP, name=kind))
    if not found:
        hint = "install xpm-services" if kind == DEFAULT_KIND else "install the package that made it"
        raise ServiceUnavailable(f"nothing here makes services of the kind {kind!r}: {hint}")
    try:
        service: ServiceLike = found[0].load()(content)
        service.set_experiment(PastExperiment(run))
    except WorkspaceError:
        raise
    except Exception as error:  # whatever the user's class raises
        logger.debug("the service %s cannot be made", service_id, exc_info=True)
        problem = f"{type(error).__name__}: {error}"
        raise ServiceUnavailable(f"service {service_id!r} cannot be made again: {problem}") from error
    return service


def _stop(service: ServiceLike) -> None:
    try:
        service.stop()
    except Exception:
        # One that cannot be stopped must not keep the others running.
        logger.exception("the service %s could not be stopped", service.id)


def _key(run: RunLayout, service_id: str) -> _Key:
    return (run.experiment.experiment_id, run.run_id, service_id)


def _record_key(record: ServiceRecord) -> _Key:
    return (record.experiment_id, record.run_id, record.service_id)
