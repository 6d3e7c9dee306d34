"""The user's callbacks: run one after the other in a thread of their own, never in the scheduler's."""

from __future__ import annotations

import inspect
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from xpm_scheduler.bell import Bell
from xpm_scheduler.job import Job
from xpm_tasks.outputs import dispatch, watched_key
from xpm_workspace.errors import JournalReplaced
from xpm_workspace.events import UnknownEvent
from xpm_workspace.journal import read_events

logger = logging.getLogger("xpm.scheduler")


class CallbackThread:
    """Calls functions in order. One that raises is logged, and the next one is called."""

    def __init__(self, settled: Callable[[], None]) -> None:
        """Prepare; the thread starts with the first call.

        Args:
            settled: called each time there is nothing left to call.
        """
        self._settled = settled
        self._calls: deque[tuple[str, Callable[[], Any]]] = deque()
        self._guard = threading.Lock()
        #: Rung when there is something to call, or nothing will be any more.
        self._changed = Bell()
        self._thread: threading.Thread | None = None
        self._busy = False
        self._closed = False

    @property
    def is_current(self) -> bool:
        """Whether a callback asks."""
        return threading.current_thread() is self._thread

    @property
    def idle(self) -> bool:
        """Whether nothing is being called, nor waits to be."""
        with self._guard:
            return not self._busy and not self._calls

    def call(self, what: str, function: Callable[[], Any]) -> None:
        """Have a function called.

        Args:
            what: what it is, for the message when it raises.
            function: the function.
        """
        with self._guard:
            if self._closed:
                return
            self._calls.append((what, function))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="callbacks", daemon=True)
                self._thread.start()
        self._changed.ring()

    def close(self, *, wait: bool = True) -> None:
        """Call nothing more; what is being called goes on to its end, and is waited for if `wait` says so."""
        with self._guard:
            self._closed = True
            self._calls.clear()
        self._changed.ring()
        if wait and self._thread is not None and not self.is_current:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._guard:
                if self._closed:
                    return
                what, function = self._calls.popleft() if self._calls else ("", None)
                self._busy = function is not None
            if function is None:
                self._changed.wait()
                continue
            try:
                function()
            except BaseException:
                # Even `sys.exit()`: it would end this thread, and the experiment would wait for ever.
                logger.exception("%s raised", what)
            with self._guard:
                self._busy = False
            self._settled()


class OutputWatcher:
    """Follows the outputs that one job registers, and calls those who watch them.

    It starts at the first output each time the experiment runs: callbacks are replayed after a restart.
    """

    def __init__(self, job: Job, callbacks: CallbackThread) -> None:
        self._job = job
        self._callbacks = callbacks
        self._offset = 0

    def look(self) -> None:
        """Call back for the outputs that are new."""
        try:
            events, self._offset = read_events(self._job.layout.task_outputs, self._offset)
        except JournalReplaced:  # the job started again in an empty folder
            self._offset = 0
            return
        except OSError as error:
            logger.warning("%s: its outputs cannot be read: %s", self._job.short_id, error)
            return
        for event in events:
            if isinstance(event, UnknownEvent) and event.event == "task-output":
                self._call(event.fields.get("key"), event.fields.get("payload"))

    def _call(self, key: Any, payload: Any) -> None:
        task = self._job.config
        for watched in self._job.submission.watched_outputs:
            if watched_key(watched) == key and isinstance(payload, dict):
                self._callbacks.call(
                    f"the callback on {watched.method} of {self._job.short_id}",
                    lambda watched=watched: dispatch(task, watched, payload),  # type: ignore[misc]
                )


def call_on_completed(job: Job, callbacks: CallbackThread) -> None:
    """Have the functions called that were given to `task.on_completed`; they may take the task."""
    for function in job.submission.on_completed:
        takes_task = _takes_one(function)
        callbacks.call(
            f"the completion callback of {job.short_id}",
            lambda function=function, takes=takes_task: function(job.config) if takes else function(),  # type: ignore[misc]
        )


def _takes_one(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(None)
    except TypeError:
        return False
    except ValueError:  # a function of C that does not tell
        return True
    return True
