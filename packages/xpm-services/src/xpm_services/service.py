"""`Service`: what all services have."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from xpm_services.arguments import PathTranslator, bound_arguments, encode
from xpm_services.errors import NotStorable
from xpm_services.locating import locate
from xpm_services.states import States
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.services import DEFAULT_KIND, ServiceExperiment, ServiceListenerLike, ServiceState

logger = logging.getLogger("xpm.services")


class ServiceListener:
    """Hears of the changes of a service. Derive from it, or have a method of this name."""

    def service_state_changed(self, service: Service) -> None:
        """Called after the state changed, in any thread; `service.state` is what it changed to.

        Calls come one at a time, in the order of the changes. What this raises is logged.
        """


class Service:
    """Something that runs beside an experiment; `xp.add_service(service)` puts it there.

    What its constructor was given is remembered, stored with the run, and given to it again by a monitor that
    starts the service once the experiment is over: see `state_dict`. A derived class sets `id`, overrides
    `start` and `stop` (or derives from `WebService`, which does), and need not call `super().__init__()`.
    """

    #: Unique in the experiment, and a possible folder name.
    id: str = ""

    #: Names that are not stored: arguments, and keys of dictionaries in them.
    secret_fields: ClassVar[Collection[str]] = ()

    #: The experiment that it belongs to, if it does.
    experiment: ServiceExperiment | None
    #: Why it is in `ERROR`.
    error: str | None

    _states: States
    _arguments: dict[str, Any] | None
    _folder: Path | None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Prepare what does not depend on the constructor of the derived class."""
        self = super().__new__(cls)
        self._states = States(self)
        self._folder = None
        self._arguments = None
        self.experiment = None
        self.error = None
        with contextlib.suppress(TypeError):  # the constructor says it better
            self._arguments = bound_arguments(cls, args, kwargs)
        return self

    # --- What people override

    def description(self) -> str:
        """Return one line for people; by default, the first line of the class's documentation."""
        lines = (type(self).__doc__ or "").strip().splitlines()
        return lines[0] if lines else type(self).__name__

    def state_dict(self) -> dict[str, Any]:
        """Return what the constructor needs to make this service again; by default, what it was given.

        Text, numbers, booleans, `None` and paths are stored, and lists, tuples and dictionaries of them.
        """
        return dict(self._arguments or {})

    def start(self) -> None:
        """Start without waiting; without effect on a service that runs or starts."""
        self.error = None
        self.state = ServiceState.RUNNING

    def stop(self) -> None:
        """Stop, and wait until all that was started is gone."""
        self._stop_subservices()
        self.state = ServiceState.STOPPED

    def subservices(self) -> Sequence[Service]:
        """Return services that this one is made of: they learn its experiment, and are stopped with it."""
        return ()

    # --- State

    @property
    def state(self) -> ServiceState:
        """Where it stands. Setting it tells the listeners; any thread may."""
        return self._states.get()

    @state.setter
    def state(self, state: ServiceState) -> None:
        self._states.put(ServiceState(state))
        self._states.tell()

    def add_listener(self, listener: ServiceListenerLike) -> None:
        """Have a listener called at each change of state."""
        self._states.add_listener(listener)

    def remove_listener(self, listener: ServiceListenerLike) -> None:
        """Call a listener no more."""
        self._states.remove_listener(listener)

    # --- The experiment, and the files

    def set_experiment(self, experiment: ServiceExperiment) -> None:
        """Learn the experiment; called by `xp.add_service`, and by a monitor for one that is over."""
        self.experiment = experiment
        for service in self.subservices():
            service.set_experiment(experiment)

    @property
    def stdout(self) -> Path:
        """Its log, in the folder of the run."""
        return self._log_folder() / "out"

    @property
    def stderr(self) -> Path:
        """Its log of errors, in the folder of the run."""
        return self._log_folder() / "err"

    def _log_folder(self) -> Path:
        if self._folder is None:
            self._folder = self._make_log_folder()
        return self._folder

    def _make_log_folder(self) -> Path:
        xp = self.experiment
        try:
            if xp is not None:
                run = WorkspaceLayout(xp.workspace_path).experiment(xp.name).run(xp.run_id)
                folder = run.service_dir(self.id)
                folder.mkdir(parents=True, exist_ok=True)
                return folder
        except Exception as error:  # noqa: BLE001 - whatever says that there is no folder
            # An experiment that runs nothing has no folder; that of one that is over may be read-only.
            logger.debug("the logs of %s go to a temporary folder: %s", self.id, error)
        return Path(tempfile.mkdtemp(prefix="xpm-service-"))

    # --- Storing

    def record(self) -> dict[str, Any]:
        """Return what is stored of it (`xpm_workspace.services.ServiceLike`)."""
        content: dict[str, Any] = {"kind": DEFAULT_KIND, **locate(type(self)), "error": self.error}
        try:
            secret = self.secret_fields
            content["arguments"] = encode(self.state_dict(), (secret,) if isinstance(secret, str) else secret)
        except NotStorable as error:
            # It runs all the same; only a monitor cannot make it again, and says why.
            content["not_storable"] = str(error)
        return content

    @staticmethod
    def from_state_dict(
        service_class: type[Service] | str,
        data: Mapping[str, Any],
        path_translator: PathTranslator | None = None,
    ) -> Service:
        """Make a service from what `state_dict` returned, as it is or stored.

        Args:
            service_class: the class, or `module:Class`.
            data: arguments by name.
            path_translator: gets each path as text and returns where it is today.

        Raises:
            CannotMake: there is no such class, or it does not take these arguments.
        """
        from xpm_services.making import class_named, make

        cls = class_named(service_class) if isinstance(service_class, str) else service_class
        return make(cls, data, path_translator)

    def _stop_subservices(self) -> None:
        for service in self.subservices():
            try:
                service.stop()
            except Exception:
                logger.exception("the service %s could not be stopped", service.id)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'id', None)!r} {self.state.value}>"
