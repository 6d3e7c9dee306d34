"""The scheduler's side of a fork server: start it, ask for jobs, learn how they ended."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from xpm_scheduler.launchers.process import LocalProcess
from xpm_scheduler.outcome import Exit
from xpm_scheduler.plan import JobSpec
from xpm_workspace.process import ProcessRecord

#: Seconds that a server may take to leave.
_LEAVE_S = 2.0


class WarmStartFailed(Exception):
    """The fork server could not start; plain processes do the same more slowly."""


class ForkServerGone(Exception):
    """The fork server ended, or was killed; another one can take its place."""


class WarmStart:
    """One fork server, for one interpreter and one environment."""

    def __init__(self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: Any) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._asked: dict[int, asyncio.Future[ForkedChild]] = {}
        self._children: dict[int, ForkedChild] = {}
        self._number = 0
        self._listening = asyncio.get_running_loop().create_task(self._listen())

    @classmethod
    async def start(cls, python: str, environ: Mapping[str, str], preload: Sequence[str]) -> WarmStart:
        """Start a fork server.

        Args:
            python: the interpreter.
            environ: the whole environment of the jobs, but for what a request adds.
            preload: modules to import before the first job.

        Raises:
            WarmStartFailed: it does not come up, or a module cannot be imported.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = subprocess.Popen(
                    [python, "-m", "xpm_scheduler.fork_server", str(theirs.fileno()), *preload],
                    stdin=subprocess.DEVNULL,
                    env=dict(environ),
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            except OSError as error:
                ours.close()
                raise WarmStartFailed(str(error)) from error
            except BaseException:  # a variable that is no text
                ours.close()
                raise
        writer: asyncio.StreamWriter | None = None
        try:
            reader, writer = await asyncio.open_connection(sock=ours)
            first = await reader.readline()
            answer = json.loads(first) if first else {"ready": False, "why": "it ended at once"}
        except BaseException:
            # It has no job yet, and may be busy with imports for long: nothing is lost.
            (writer or ours).close()
            process.kill()
            process.wait()
            raise
        if not answer["ready"]:
            writer.close()
            _end(process)
            raise WarmStartFailed(answer["why"])
        return cls(process, reader, writer)

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return not self._listening.done()

    async def spawn(self, spec: JobSpec, environ: Mapping[str, str]) -> ForkedChild:
        """Have a job forked.

        Raises:
            ForkServerGone: the job was not started, or was and nobody knows. It does not run unless the job's
                record names it, or a process that is gone.
            OSError: no process could be made.
        """
        if not self.alive:
            raise ForkServerGone
        self._number += 1
        asked = self._asked[self._number] = asyncio.get_running_loop().create_future()
        request = json.dumps({"params": spec.job.files.params, "environ": dict(environ)})
        self._writer.write(f"{self._number} {request}\n".encode())
        child: ForkedChild = await asked
        return child

    async def close(self) -> None:
        """Let the server go; its jobs go on."""
        self._writer.close()
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        _end(self._process)

    async def _listen(self) -> None:
        try:
            while line := await self._reader.readline():
                self._heard(json.loads(line))
        finally:
            for asked in self._asked.values():
                if not asked.done():
                    asked.set_exception(ForkServerGone())
            for child in self._children.values():
                child.orphaned.set()

    def _heard(self, message: dict[str, Any]) -> None:
        if "exited" in message:
            child = self._children.pop(message["exited"], None)
            if child is not None:
                child.ended(message["status"])
            return
        asked = self._asked.pop(message["forked"])
        if message["pid"] is None:
            if not asked.done():
                asked.set_exception(OSError(message["why"]))
            return
        child = self._children[message["pid"]] = ForkedChild(ProcessRecord.of(message["pid"]))
        if not asked.done():
            asked.set_result(child)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a server that was let go; one that hangs is killed, which its jobs do not notice."""
    try:
        process.wait(_LEAVE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class ForkedChild(LocalProcess):
    """A job forked by the server, which tells us how it ends; if the server dies first, we look ourselves."""

    def __init__(self, record: ProcessRecord) -> None:
        super().__init__(record)
        self._exit: Exit | None = None
        #: Set once the server has told of the end, or will never.
        self.orphaned = asyncio.Event()

    def ended(self, status: int) -> None:
        """The server reaped it."""
        self._exit = Exit.of_returncode(os.waitstatus_to_exitcode(status))
        self.orphaned.set()

    async def wait(self) -> Exit:
        await self.orphaned.wait()
        return self._with_memory(self._exit) if self._exit is not None else await super().wait()

    def poll(self) -> Exit | None:
        return self._exit if self._exit is not None else super().poll()
