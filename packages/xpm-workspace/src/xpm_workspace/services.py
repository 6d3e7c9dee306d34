"""What the layers agree on about services: what runs beside an experiment (TensorBoard...).

`xpm_services` has the classes that people derive from; `xpm_scheduler` keeps the services of a run, and
monitors show them. They are siblings and meet here.

A service is stored in the `services.json` of its run, so that a monitor can make it again once the experiment
is over: whoever writes services of another kind registers a `ServiceMaker` under the entry point
`experimaestro.services`, and names it in what it stores (`"kind"`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from xpm_workspace.layout import RunLayout

#: Entry points of what makes services again, by kind.
GROUP = "experimaestro.services"

#: The kind of those that do not say: a Python class and the arguments of its constructor.
DEFAULT_KIND = "python"


class ServiceState(str, Enum):
    """Where a service stands."""

    STOPPED = "STOPPED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    ERROR = "ERROR"

    @property
    def active(self) -> bool:
        """Whether something of it may run."""
        return self in (ServiceState.STARTING, ServiceState.RUNNING, ServiceState.STOPPING)


class ServiceExperiment(Protocol):
    """What a service can count on of the experiment that it belongs to, running or over."""

    @property
    def name(self) -> str:
        """The experiment's id."""
        ...

    @property
    def run_id(self) -> str:
        """The run; raises an error in an experiment that runs nothing (`RunMode.DRY_RUN`...)."""
        ...

    @property
    def workspace_path(self) -> Path:
        """Folder of the workspace."""
        ...

    @property
    def workdir(self) -> Path:
        """The experiment's folder."""
        ...

    @property
    def resultspath(self) -> Path:
        """Folder for the user's own results of the run; see `run_id`."""
        ...


@dataclass(frozen=True)
class PastExperiment:
    """The `ServiceExperiment` of a run that is over."""

    #: The run.
    layout: RunLayout

    @property
    def name(self) -> str:
        """See `ServiceExperiment`."""
        return self.layout.experiment.experiment_id

    @property
    def run_id(self) -> str:
        """See `ServiceExperiment`."""
        return self.layout.run_id

    @property
    def workspace_path(self) -> Path:
        """See `ServiceExperiment`."""
        return self.layout.experiment.workspace.root

    @property
    def workdir(self) -> Path:
        """See `ServiceExperiment`."""
        return self.layout.experiment.path

    @property
    def resultspath(self) -> Path:
        """See `ServiceExperiment`."""
        return self.layout.results


class ServiceLike(Protocol):
    """A service, as far as a scheduler needs to know it."""

    #: Unique in the run, and a possible folder name.
    id: str

    @property
    def state(self) -> ServiceState:
        """Where it stands."""
        ...

    def description(self) -> str:
        """One line for people."""
        ...

    def set_experiment(self, experiment: Any) -> None:
        """Learn which experiment (a `ServiceExperiment`) it belongs to; called before anything is started."""
        ...

    def record(self) -> dict[str, Any]:
        """What is stored of it, as JSON: how to make it again, `url` and `error`.

        `id`, `state`, `description` and `host` are added by who stores it.
        """
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

    def service_state_changed(self, service: Any) -> None:
        """Called after the state of a service (a `ServiceLike`) changed."""
        ...


class ServiceMaker(Protocol):
    """Makes services again from what is stored of them."""

    def __call__(self, content: Mapping[str, Any]) -> ServiceLike:
        """Make a service; it is not started, and told its experiment afterwards.

        Args:
            content: what its `record` gave.

        Raises:
            WorkspaceError: it cannot be made; the message says why, and what to do.
        """
        ...
