"""`ProcessWebService`: a command that listens on a port."""

from __future__ import annotations

import os
import threading
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from xpm_services.errors import ServiceFailed
from xpm_services.guarded import GuardedCommand
from xpm_services.ports import answers, free_port
from xpm_services.web_service import WebService

#: Seconds between two looks at the port: the first, and the longest.
_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.02, 0.25
#: Seconds after the grace within which all that was killed is gone, on a busy machine.
_KILL_S = 10.0


class ProcessWebService(WebService):
    """A service that is a command: TensorBoard, a notebook, a dashboard. A derived class gives the `command`.

    It runs once its port answers. When it ends by itself it is not started again: the service is in `ERROR`,
    or in `STOPPED` after an exit code of 0. It is stopped by SIGTERM to its process group and, if it does not
    leave, SIGKILL to all that it started; also when the process of the experiment is killed.
    """

    #: Address that the command listens on.
    host: ClassVar[str] = "127.0.0.1"
    #: What follows `http://host:port` in the address.
    path: ClassVar[str] = "/"
    #: Seconds between SIGTERM and SIGKILL.
    grace_s: ClassVar[float] = 10.0
    #: A longer log is cut: its last part goes to a file beside it (`out.cut`), and it starts again.
    max_log_bytes: ClassVar[int] = 64 << 20

    _command: GuardedCommand | None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """See `Service`."""
        self = super().__new__(cls, *args, **kwargs)
        self._command = None
        return self

    @abstractmethod
    def command(self, port: int) -> Sequence[str | os.PathLike[str]]:
        """Return the program and its arguments, so that it listens on a port of `host`."""

    def environ(self) -> dict[str, str]:
        """Return the environment of the command; by default, that of this process."""
        return dict(os.environ)

    def cwd(self) -> Path | None:
        """Return the working folder of the command; by default, that of this process."""
        return None

    @property
    def pid(self) -> int | None:
        """Process id of the command, and of its process group; absent when it was never started."""
        return None if self._command is None else self._command.pid

    def close(self) -> None:
        """See `WebService`."""
        command = self._command
        if command is not None:
            command.stop()

    def _stop_limit_s(self) -> float:
        return max(self.stop_timeout_s, self.grace_s + _KILL_S)

    def _serve(self, running: threading.Event) -> None:
        port = free_port(self.host)
        command = self._start(port)
        if self.should_stop():  # since before there was something to stop
            command.stop()
        code = self._wait_for_port(command, port)
        if code is None:
            host = f"[{self.host}]" if ":" in self.host else self.host
            self.url = f"http://{host}:{port}/{self.path.lstrip('/')}"
            running.set()
            code = command.wait()
        if self.should_stop():
            return
        if code == 0 and running.is_set():
            self._finished()
        else:
            raise ServiceFailed(f"its process ended with {_in_words(code)}")

    def _start(self, port: int) -> GuardedCommand:
        arguments = self.command(port)
        if isinstance(arguments, str):
            raise ServiceFailed(f"`command` returns a list, not the text {arguments!r}")
        self._command = GuardedCommand(
            arguments,
            stdout=self.stdout,
            stderr=self.stderr,
            environ=self.environ(),
            cwd=self.cwd(),
            grace_s=self.grace_s,
            max_log_bytes=self.max_log_bytes,
        )
        return self._command

    def _wait_for_port(self, command: GuardedCommand, port: int) -> int | None:
        """Wait until the port answers, or return the exit code of a command that ends before."""
        pause_s = _FIRST_LOOK_S
        while not answers(self.host, port):
            code = command.wait(pause_s)
            if code is not None:
                return code
            pause_s = min(pause_s * 1.5, _LONGEST_LOOK_S)
        return None


def _in_words(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {-code}"
    return f"exit code {code}"
