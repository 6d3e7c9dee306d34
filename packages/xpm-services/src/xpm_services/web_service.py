"""`WebService`: a service that answers at an address."""

from __future__ import annotations

import contextlib
import logging
import threading
import traceback
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from xpm_services import log_files
from xpm_services.errors import ServiceFailed
from xpm_services.service import Service
from xpm_workspace.services import ServiceState

logger = logging.getLogger("xpm.services")


class WebService(Service, ABC):
    """A service with a web page. A derived class implements `_serve`, and `close` if something has to end."""

    #: Seconds within which it has to say that it runs.
    start_timeout_s: ClassVar[float] = 60.0
    #: Seconds within which `_serve` has to return once it should stop.
    stop_timeout_s: ClassVar[float] = 10.0

    #: Where it answers, `http://127.0.0.1:PORT/`; set by `_serve`.
    url: str | None

    _turn: threading.RLock
    _attempt: _Attempt | None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """See `Service`."""
        self = super().__new__(cls, *args, **kwargs)
        self.url = None
        self._turn = threading.RLock()
        self._attempt = None
        return self

    # --- What people implement

    @abstractmethod
    def _serve(self, running: threading.Event) -> None:
        """Serve: set `self.url`, call `running.set()` once it answers, and go on until `should_stop()`.

        Called in a thread of its own at each start. It may also return once it runs, when something else
        serves; `close` ends that. What it raises puts the service in `ERROR`.
        """

    def close(self) -> None:
        """End what `_serve` started. Called when the service should stop, in any thread, perhaps twice."""

    def should_stop(self) -> bool:
        """Whether `_serve` should return."""
        attempt = self._attempt
        return attempt is None or attempt.closing.is_set()

    # --- What people call

    def get_url(self, timeout_s: float | None = None) -> str:
        """Return where it answers; it is started when needed, and waited for.

        Args:
            timeout_s: how long at most; by default `start_timeout_s`. After that it is in `ERROR`.

        Raises:
            ServiceFailed: it did not start; the message has the end of its log.
        """
        self.start()
        attempt = self._attempt
        limit_s = self.start_timeout_s if timeout_s is None else timeout_s
        if not self._states.wait(lambda state: state is not ServiceState.STARTING, limit_s) and attempt:
            self._fail(attempt, f"it did not start within {limit_s:g} s")
        url = self.url
        if self._states.latest is not ServiceState.RUNNING or url is None:
            raise ServiceFailed(f"service {self.id}: {self.error or 'it was stopped'}")
        return url

    def start(self) -> None:
        """See `Service`.

        Raises:
            ServiceFailed: what was started before does not end.
        """
        self._states.wait(lambda state: state is not ServiceState.STOPPING, self._stop_limit_s())
        with self._turn:
            before = self._attempt
            if before is not None and not before.over:
                return
            if before is not None and before.lingers():
                raise ServiceFailed(f"service {self.id}: what was started before has not ended")
            self._attempt = attempt = _Attempt(self)
            self.error = self.url = None
            self._states.put(ServiceState.STARTING)
            attempt.start()
        self._states.tell()

    def stop(self) -> None:
        """See `Service`. One that failed keeps its error."""
        with self._turn:
            attempt = self._attempt
            first = attempt is not None and not attempt.over and not attempt.closing.is_set()
            if attempt is not None and first:
                attempt.closing.set()
                attempt.stopper = threading.current_thread()
                self._states.put(ServiceState.STOPPING)
        self._states.tell()
        if attempt is not None and first:
            self._close_quietly()
            self._end_of(attempt)
        elif attempt is not None and attempt.stopper is not threading.current_thread():
            attempt.lingers(self._stop_limit_s())  # somebody else stops it, or it failed
            self._states.wait(lambda state: state is not ServiceState.STOPPING, self._stop_limit_s())
        self._stop_subservices()

    def record(self) -> dict[str, Any]:
        """See `Service`."""
        return {**super().record(), "url": self.url}

    # --- What happens

    def _end_of(self, attempt: _Attempt) -> None:
        """Take note that a service that should stop has, or does not."""
        if threading.current_thread() is attempt.thread:
            attempt.stops_itself = True  # `_serve` has to return first
            return
        if attempt.lingers(self._stop_limit_s()):
            self._fail(attempt, f"it does not stop within {self._stop_limit_s():g} s")
        else:
            self._stopped(attempt)

    def _finished(self) -> None:
        """Called by `_serve` for a service that came to its end by itself, and well."""
        if self._attempt is not None:
            self._stopped(self._attempt)

    def _stopped(self, attempt: _Attempt) -> None:
        with self._turn:
            if attempt.finish():
                self.url = None
                self._states.put(ServiceState.STOPPED)
        self._states.tell()

    def _runs(self, attempt: _Attempt) -> None:
        """Take note that a service said that it runs."""
        with self._turn:
            if attempt.over or attempt.closing.is_set():
                return
            if self.url is not None:
                self._states.put(ServiceState.RUNNING)
        self._states.tell()
        if self.url is None:
            self._fail(attempt, "it says that it runs, but has set no url")

    def _fail(self, attempt: _Attempt, why: str) -> None:
        with self._turn:
            if not attempt.finish():
                return
            attempt.closing.set()
            log = self._log_tail()
            self.url = None
            self.error = f"{why}\n{log}" if log else why
            self._states.put(ServiceState.ERROR)
        self._close_quietly()
        self._states.tell()

    def _stop_limit_s(self) -> float:
        return self.stop_timeout_s

    def _log_tail(self) -> str:
        try:
            return log_files.tail(self.stdout, self.stderr)
        except OSError as error:
            return f"(no log: {error})"

    def _close_quietly(self) -> None:
        try:
            self.close()
        except Exception:
            logger.exception("closing the service %s", self.id)


class _Running(threading.Event):
    """The event that `_serve` sets, which tells at once."""

    def __init__(self, attempt: _Attempt) -> None:
        super().__init__()
        self._attempt = attempt

    def set(self) -> None:
        super().set()
        self._attempt.timer.cancel()
        self._attempt.service._runs(self._attempt)


class _Attempt:
    """One start of a service, and all that follows."""

    def __init__(self, service: WebService) -> None:
        self.service = service
        self.closing = threading.Event()
        self.running = _Running(self)
        #: Whether it came to its end, whatever its thread does.
        self.over = False
        #: The thread that stops it.
        self.stopper: threading.Thread | None = None
        #: Whether `stop` was called by `_serve`, or by a listener in its thread.
        self.stops_itself = False
        self.thread = threading.Thread(target=self._run, name=f"service {service.id}", daemon=True)
        self.timer = threading.Timer(service.start_timeout_s, self._too_late)
        self.timer.daemon = True

    def start(self) -> None:
        self.timer.start()
        self.thread.start()

    def finish(self) -> bool:
        """Come to the end; tell whether it is the first one. The service's turn is held."""
        first, self.over = not self.over, True
        self.timer.cancel()
        return first

    def lingers(self, timeout_s: float = 0.1) -> bool:
        """Whether the thread goes on after some seconds; the one that asks does not count."""
        if self.thread is threading.current_thread():
            return False
        self.thread.join(timeout_s)
        return self.thread.is_alive()

    def _too_late(self) -> None:
        if not self.running.is_set() and not self.closing.is_set():
            self.service._fail(self, f"it did not start within {self.service.start_timeout_s:g} s")

    def _run(self) -> None:
        service = self.service
        problem = None
        try:
            for log in (service.stdout, service.stderr):
                log_files.begin(log)
            service._serve(self.running)
        except ServiceFailed as error:
            problem = str(error)
        except BaseException as error:  # noqa: BLE001 - even `sys.exit()` must not end it without a word
            problem = f"{type(error).__name__}: {error}"
            with contextlib.suppress(OSError):
                log_files.append(service.stderr, traceback.format_exc())
        if self.closing.is_set():
            if self.stops_itself:
                service._stopped(self)
        elif problem is not None:
            service._fail(self, problem)
        elif not self.running.is_set():
            service._fail(self, "it ended before it ran")
