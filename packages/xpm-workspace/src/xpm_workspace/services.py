"""What the layers agree on about services: what runs beside an experiment (TensorBoard...).

`xpm_services` has the classes that people derive from, `xpm_scheduler` keeps the services of a run, and
monitors show them. They are siblings and meet here.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Protocol


class ServiceState(str, Enum):
    """Where a service stands."""

    STOPPED = "STOPPED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    ERROR = "ERROR"


class ServiceLike(Protocol):
    """A service, as far as a scheduler needs to know it."""

    #: Unique in the run.
    id: str

    @property
    def state(self) -> ServiceState:
        """Where it stands."""
        ...

    def description(self) -> str:
        """One line for people."""
        ...

    def set_experiment(self, experiment: Any) -> None:
        """Learn which experiment it belongs to; called once, before anything is started."""
        ...

    def record(self) -> dict[str, Any]:
        """What is stored of it, as JSON: how to make it again, and where it stands."""
        ...

    def add_listener(self, listener: ServiceListenerLike) -> None:
        """Have a listener called at each change of state."""
        ...

    def remove_listener(self, listener: ServiceListenerLike) -> None:
        """Call a listener no more."""
        ...

    def start(self) -> None:
        """Start it without waiting; without effect on one that runs or starts."""
        ...

    def stop(self) -> None:
        """Stop it, and wait until all that it started is gone."""
        ...


class ServiceListenerLike(Protocol):
    """Hears of changes, in order, from any thread."""

    def service_state_changed(self, service: ServiceLike) -> None:
        """Called after the state changed."""
        ...
