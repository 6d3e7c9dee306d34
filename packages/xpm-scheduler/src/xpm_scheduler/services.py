"""The services of one run: kept beside its jobs, stored for monitors, stopped when it is left."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from xpm_scheduler.errors import NoExperiment
from xpm_workspace.errors import WorkspaceError
from xpm_workspace.layout import RunLayout
from xpm_workspace.names import check_name
from xpm_workspace.service_files import content_of, write_services
from xpm_workspace.services import ServiceLike, ServiceState

logger = logging.getLogger("xpm.scheduler")

S = TypeVar("S", bound=ServiceLike)

#: How long the end of the experiment waits for services; one that does not stop by then is left behind.
_STOP_S = 30.0


class RunServices:
    """A `ServiceListenerLike` that writes `services.json`. Safe to use from several threads."""

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        """Prepare.

        Args:
            say: tells people that a service runs, or does not.
        """
        self._say = say or (lambda text: None)
        self._run: RunLayout | None = None
        self._services: dict[str, ServiceLike] = {}
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._open = False

    def open(self, run: RunLayout | None) -> None:
        """Take services from now on.

        Args:
            run: where they are stored; `None` in an experiment that runs nothing.
        """
        self._run, self._open = run, True

    def add(self, service: S, experiment: Any) -> S:
        """Take a service in and return it; it is not started.

        Raises:
            InvalidName: its id cannot be a folder name.
            NoExperiment: the experiment is not being run.
            TypeError: it is a class.
            ValueError: there is another one with its id.
        """
        if isinstance(service, type):
            raise TypeError(f"{service.__name__} is a class: add a service made from it")
        check_name("service id", service.id)
        with self._guard:
            if not self._open:
                raise NoExperiment("a service is added inside the block of an experiment")
            known = self._services.get(service.id)
            if known is not None and known is not service:
                raise ValueError(
                    f"the experiment already has a service {service.id!r}: give this one another id"
                )
            self._services[service.id] = service
        if known is None:
            service.set_experiment(experiment)
            service.add_listener(self)
        self._write()
        return service

    def service_state_changed(self, service: ServiceLike) -> None:
        """See `ServiceListenerLike`."""
        self._write()
        url, error = getattr(service, "url", None), getattr(service, "error", None)
        if service.state is ServiceState.RUNNING and url:
            self._say(f"service {service.id}: {url}")
        elif service.state is ServiceState.ERROR:
            self._say(f"service {service.id} failed: {error}")

    def take(self, request: dict[str, Any]) -> bool:
        """Do what a monitor asks for, in a thread, and tell whether it was about a service."""
        actions = {"start-service": "start", "stop-service": "stop"}
        action = actions.get(request["action"])
        if action is None:
            return False
        with self._guard:
            service = self._services.get(str(request.get("service"))) if self._open else None
        if service is not None:
            _in_thread(service, action)
        return True

    def close(self) -> None:
        """Stop all services, at the same time, and wait for it."""
        with self._guard:
            self._open = False
            services = list(self._services.values())
        threads = [(service, _in_thread(service, "stop")) for service in services]
        deadline = time.monotonic() + _STOP_S
        for service, thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                logger.warning("the service %s does not stop; it is left behind", service.id)
            service.remove_listener(self)

    def _write(self) -> None:
        if self._run is None:
            return
        with self._writing:  # what is written last is the latest
            with self._guard:
                services = list(self._services.values())
            contents = [content for content in map(_content, services) if content is not None]
            try:
                write_services(self._run, contents)
            except OSError as error:
                # Monitors will not see it; the experiment goes on.
                logger.warning("the services of the run are not stored: %s", error)


def _content(service: ServiceLike) -> dict[str, Any] | None:
    try:
        content = content_of(service)
        json.dumps(content, allow_nan=False)
        return content
    except Exception:
        # The class of a user must not hide the services of the others.
        logger.exception("the service %s is not stored", service.id)
        return None


def _in_thread(service: ServiceLike, action: str) -> threading.Thread:
    def act() -> None:
        try:
            getattr(service, action)()
        except WorkspaceError as error:
            logger.warning("%s", error)
        except BaseException:
            # Even `sys.exit()`: who asked is not there to hear of it.
            logger.exception("cannot %s the service %s", action, service.id)

    thread = threading.Thread(target=act, name=f"{action} {service.id}", daemon=True)
    thread.start()
    return thread
