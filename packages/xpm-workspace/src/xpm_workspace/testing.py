"""Helpers for tests, of this package and of those built on it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.markers import write_done, write_failed
from xpm_workspace.services import GROUP, ServiceListenerLike, ServiceState

#: A job identifier of the usual shape.
IDENTIFIER = "0123456789abcdef" * 4

#: Starts Python code in another process: code, then its arguments.
StartChild = Callable[..., "subprocess.Popen[str]"]


def fill_disk(folder: Path) -> None:
    """Write until nothing fits any more."""
    fd = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT)
    try:
        for size in (4096, 1):
            try:
                while os.write(fd, b"x" * size):
                    pass
            except OSError:
                continue
    finally:
        os.close(fd)


class Interruption(BaseException):
    """What a signal handler raises, in place of `KeyboardInterrupt`."""


def interrupted(function: Callable[[], object], point: int) -> bool:
    """Call a function and raise at a point of it, counted in those where Python handles signals.

    These are the beginning of each function, and the return from each one that is written in C.

    Returns:
        Whether the function has that many points.
    """
    passed = 0

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal passed
        if event in ("call", "c_return"):
            passed += 1
            if passed == point:
                sys.setprofile(None)
                raise Interruption

    sys.setprofile(watch)
    try:
        function()
    except Interruption:
        return True
    finally:
        sys.setprofile(None)
    return passed >= point


def at_each_point(make: Callable[[int], Callable[[], object]], then: Callable[[], object]) -> int:
    """Call a new function and interrupt it at the first point, another one at the second, and so on.

    Args:
        make: gives the function for a point.
        then: called after each interruption, in another thread: it must not hang.

    Returns:
        The number of points.
    """
    point = 1
    while interrupted(make(point), point):
        thread = threading.Thread(target=then, daemon=True)
        thread.start()
        thread.join(30)
        assert not thread.is_alive(), f"it hangs after an interruption at point {point}"
        point += 1
    return point - 1


def make_job(
    workspace: WorkspaceLayout,
    task_id: str,
    identifier: str,
    *,
    marker: str | None = "DONE",
    progress: float | None = None,
) -> JobLayout:
    """Make the folder of a job as its process leaves it.

    Args:
        workspace: where.
        task_id: its task.
        identifier: what distinguishes it.
        marker: `DONE`, one of `markers.REASONS`, or `None` for a job without an end.
        progress: of its outer loop.
    """
    job = workspace.job(task_id, identifier)
    job.create()
    job.params.write_text("{}")
    events: list[dict[str, object]] = [{"event": "started", "pid": 1, "host": "node", "attempt": 1}]
    if progress is not None:
        events.append({"event": "progress", "level": 0, "value": progress})
    if marker is not None:
        ended: dict[str, object] = {"event": "ended", "state": "DONE", "peak_memory_bytes": 1 << 20}
        events.append(ended if marker == "DONE" else {**ended, "state": "ERROR", "reason": marker})
    writer = JournalWriter(job.journal)
    writer.append(*events)
    writer.close()
    if marker == "DONE":
        write_done(job, exit_code=0)
    elif marker is not None:
        write_failed(job, marker, 1, "something went wrong")
    return job


class FakeService:
    """A `services.ServiceLike` that runs nothing: it is in the state that it is told to be in."""

    def __init__(self, id: str = "fake", url: str = "http://127.0.0.1:9/") -> None:
        self.id = id
        #: Where it answers, says `record`, while it runs.
        self.url = url
        self.error: str | None = None
        self.state = ServiceState.STOPPED
        #: What was called, in order.
        self.calls: list[str] = []
        self.experiment: Any = None
        self._listeners: list[ServiceListenerLike] = []

    def description(self) -> str:
        """See `ServiceLike`."""
        return f"the fake {self.id}"

    def set_experiment(self, experiment: Any) -> None:
        """See `ServiceLike`."""
        self.experiment = experiment

    def record(self) -> dict[str, Any]:
        """See `ServiceLike`."""
        url = self.url if self.state is ServiceState.RUNNING else None
        return {"kind": "fake", "url": url, "error": self.error}

    def add_listener(self, listener: ServiceListenerLike) -> None:
        """See `ServiceLike`."""
        self._listeners.append(listener)

    def remove_listener(self, listener: ServiceListenerLike) -> None:
        """See `ServiceLike`."""
        self._listeners.remove(listener)

    def start(self) -> None:
        """See `ServiceLike`."""
        self.calls.append("start")
        self.change(ServiceState.RUNNING)

    def stop(self) -> None:
        """See `ServiceLike`."""
        self.calls.append("stop")
        self.change(ServiceState.STOPPED)

    def change(self, state: ServiceState, error: str | None = None) -> None:
        """Be in a state from now on."""
        self.state, self.error = state, error
        for listener in list(self._listeners):
            listener.service_state_changed(self)


def make_fake_service(content: Mapping[str, Any]) -> FakeService:
    """Make a fake again (`services.ServiceMaker`); one that was stored with `broken` cannot be."""
    if "broken" in content:
        raise RuntimeError(content["broken"])
    return FakeService(str(content["id"]))


def install_fake_services(folder: Path) -> None:
    """Write a package that registers `make_fake_service` for the kind `fake`; put `folder` on `sys.path`."""
    package = folder / "fake_services-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-services\nVersion: 1.0\n")
    target = f"{make_fake_service.__module__}:{make_fake_service.__name__}"
    (package / "entry_points.txt").write_text(f"[{GROUP}]\nfake = {target}\n")
