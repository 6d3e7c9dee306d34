"""The state of a service, and those who hear of it: in order, one change at a time, from any thread."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from xpm_workspace.services import ServiceListenerLike, ServiceState

logger = logging.getLogger("xpm.services")


class States:
    """A state that tells its changes.

    Whoever makes a change while another thread tells one leaves it to that thread: no lock is held while a
    listener is called, and none of them hears two changes at once, or in another order than they were made.
    """

    def __init__(self, service: Any) -> None:
        self._service = service
        self._state = ServiceState.STOPPED
        self._untold: deque[ServiceState] = deque()
        #: Taken as it is, never through the condition, which would do so in Python code: a Ctrl+C in the
        #: middle of that would leave it taken for ever.
        self._guard = threading.RLock()
        self._changed = threading.Condition(self._guard)
        self._listeners: list[ServiceListenerLike] = []
        #: The thread that calls listeners, and what it tells.
        self._teller: int | None = None
        self._told = ServiceState.STOPPED

    def get(self) -> ServiceState:
        """Return the state; for a listener that is being called, that of the change that it is called for."""
        with self._guard:
            return self._told if threading.get_ident() == self._teller else self._state

    @property
    def latest(self) -> ServiceState:
        """The state, also for a listener."""
        return self._state

    def put(self, state: ServiceState) -> None:
        """Change the state; `tell` must follow."""
        with self._guard:
            if state is not self._state:
                self._state = state
                self._untold.append(state)
                self._changed.notify_all()

    def tell(self) -> None:
        """Tell what is not told yet, unless another thread, or a caller of this one, is doing so."""
        with self._guard:
            if self._teller is not None:
                return
            self._teller = threading.get_ident()
        try:
            while self._take():
                for listener in list(self._listeners):
                    self._call(listener)
        except BaseException:
            # Ctrl+C in a listener: the next change goes on from here.
            with self._guard:
                self._teller = None
            raise

    def wait(self, condition: Callable[[ServiceState], bool], timeout_s: float | None) -> bool:
        """Wait until the state fulfils a condition; tell whether it does."""
        with self._guard:
            return self._changed.wait_for(lambda: condition(self._state), timeout_s)

    def add_listener(self, listener: ServiceListenerLike) -> None:
        """Call a listener at each change; once, however often it is added."""
        with self._guard:
            if listener not in self._listeners:
                self._listeners.append(listener)

    def remove_listener(self, listener: ServiceListenerLike) -> None:
        """Call a listener no more; no harm if it is unknown."""
        with self._guard:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def _take(self) -> bool:
        with self._guard:
            if not self._untold:
                self._teller = None
                return False
            self._told = self._untold.popleft()
            return True

    def _call(self, listener: ServiceListenerLike) -> None:
        try:
            listener.service_state_changed(self._service)
        except Exception:
            # Who listens must not stop the service, nor the others from hearing.
            logger.exception("a listener of the service %s raised", self._service.id)
