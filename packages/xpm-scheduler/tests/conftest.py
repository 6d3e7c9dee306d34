"""Fixtures: workspaces in strange paths, small tasks in real modules."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from xpm_workspace.layout import JobLayout, WorkspaceLayout

STRANGE = 'it\'s a "strange" pl àce'


@pytest.fixture(params=["plain", STRANGE])
def workdir(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An empty folder, once with a plain name and once with spaces, quotes and an accent."""
    folder = tmp_path / str(request.param)
    folder.mkdir()
    return folder


@pytest.fixture
def job(workdir: Path) -> JobLayout:
    """A job of a new workspace; its folder does not exist."""
    layout = WorkspaceLayout(workdir)
    layout.create()
    return layout.job("pkg.learn", "ab" * 32)


TASKS = '''
import os, signal, sys, time
from pathlib import Path
from xpm_tasks import (
    GracefulTimeout, Meta, Param, PathGenerator, ResumableTask, Task, field, param_group, partial, progress
)


class Write(Task):
    """Appends its number to a file."""
    number: Param[int]
    log: Meta[str]

    def execute(self):
        print("number", self.number)
        print("careful", file=sys.stderr)
        progress(0.5, desc="half")
        with open(self.log, "a") as file:
            file.write(f"{self.number}\\n")


class Needs(Task):
    """Needs another task."""
    first: Param[Write]

    def execute(self):
        print("first was", self.first.number)


class Fail(Task):
    """Fails in the way that is asked for."""
    how: Param[str]

    def execute(self):
        if self.how == "raise":
            raise ValueError("this is\\nwhy")
        if self.how == "exit":
            sys.exit(3)
        if self.how == "exit-far":
            sys.exit(2**31)
        if self.how == "exit-well":
            sys.exit(0)
        if self.how == "_exit":
            os._exit(4)
        if self.how == "memory":
            raise MemoryError
        os.kill(os.getpid(), signal.Signals[self.how])
        time.sleep(60)


class Environ(Task):
    """Shows an environment variable, where it runs, and whether it has its own session and no input."""
    name: Param[str]

    def execute(self):
        alone = os.getsid(0) == os.getpid() and sys.stdin.read() == ""
        print(os.environ.get(self.name), os.getcwd(), alone, sys.path[0])


class Hungry(Task):
    """Wants a lot of memory."""
    megabytes: Param[int]

    def execute(self):
        print(len(bytearray(self.megabytes * 2**20)))


class Lingers(Task):
    """Leaves something to do for its end."""
    name: Param[str]

    def execute(self):
        import atexit, threading
        atexit.register(print, "last")
        print("done")
        threading.Thread(target=self.go_on, args=(self.__taskdir__ / "lingers.done",)).start()

    def go_on(self, marker):
        while not marker.exists():
            time.sleep(0.01)
        print("after the end")


class HoldsBack(Task):
    """Leaves files open, and prints in ways that are written late."""
    name: Param[str]

    def execute(self):
        import ctypes, gzip
        global kept
        kept = [open("text", "w"), open("bytes", "wb"), gzip.open("packed.gz", "wt")]
        kept[0].write("text")
        kept[1].write(b"bytes")
        kept[2].write("packed")
        print("first", end="")
        sys.stdout = open("elsewhere", "w")
        print("elsewhere", end="")
        ctypes.CDLL(None).printf(b" from C")


class Imports(Task):
    """Tells whose module it gets."""
    name: Param[str]

    def execute(self):
        import importlib
        print(importlib.import_module(self.name).whose)


class Stuck(Task):
    """Is deep in code that knows nothing of signals."""
    pipe: Param[str]

    def execute(self):
        import hashlib
        with open(self.pipe, "w") as pipe:
            pipe.write(f"{os.getpid()}\\n")
        hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2_000_000_000)


class Device(Task):
    """Tells which device it was given, then waits for somebody to stop it."""
    number: Param[int]
    pipe: Param[str]

    def execute(self):
        with open(self.pipe, "w") as pipe:
            pipe.write(os.environ["CUDA_VISIBLE_DEVICES"] + "\\n")
        time.sleep(600)


class Slow(ResumableTask):
    """Counts its tries, and never ends by itself but at the third."""
    name: Param[str]

    def execute(self):
        with open("tries", "a") as file:
            file.write("x")
        with open("tries") as file:
            if len(file.read()) < 3:
                assert self.remaining_time() > 0
                time.sleep(600)


class Resumes(ResumableTask):
    """Asks to be resumed a number of times."""
    times: Param[int]

    def execute(self):
        with open("tries", "a") as file:
            file.write("x")
        with open("tries") as file:
            if len(file.read()) <= self.times:
                raise GracefulTimeout("not yet")


class Fills(Task):
    """Writes until the disk is full."""
    name: Param[str]

    def execute(self):
        with open("big", "wb", buffering=0) as file:
            while True:
                if file.write(bytes(65536)) == 0:
                    raise AssertionError


class Asked(Task):
    """Tells that it runs, then does what it is told."""
    pipe: Param[str]
    go: Param[str]

    def execute(self):
        with open(self.pipe, "w") as pipe:
            pipe.write(f"{os.getpid()}\\n")
        with open(self.go) as go:
            answer = go.read().strip()
        if answer == "_exit":
            os._exit(0)
        if answer == "progress":
            progress(0.5)
        if answer == "fail":
            raise ValueError("told to")


class Reads(Asked):
    """The same, with what another task made."""
    first: Param[Write]


iterations = param_group("iterations")


class Shares(Asked):
    """The same, and writes in a folder that all numbers share."""
    number: Param[int] = field(groups=[iterations])
    checkpoints = partial(exclude_groups=[iterations])
    latest: Meta[Path] = field(default_factory=PathGenerator("latest", partial=checkpoints))


class ReadsShared(Asked):
    """The same, and reads what another one has in the shared folder."""
    made: Param[Shares]


class Clock(Task):
    """Has its clock set, then tells how much time is left."""
    jump_s: Param[float]

    def execute(self):
        now = time.time
        time.time = lambda: now() + self.jump_s
        print(self.remaining_time())


class Noisy(Task):
    """Says a lot before it fails."""
    number: Param[int]

    def execute(self):
        for percent in range(0, 101, 50):
            sys.stderr.write(f"\\x1b[1mdone {percent}%\\r")
        raise ValueError(f"not {self.number}")


class Forks(Task):
    """Stops a process that it has forked."""
    name: Param[str]

    def execute(self):
        pid = os.fork()
        if pid == 0:
            os.kill(os.getpid(), 15)
            os._exit(1)
        print("stopped by", os.WTERMSIG(os.waitpid(pid, 0)[1]))


class Wait(Task):
    """Tells that it runs, then waits for somebody to stop it."""
    pipe: Param[str]

    def execute(self):
        with open(self.pipe, "w") as pipe:
            pipe.write(f"{os.getpid()}\\n")
        time.sleep(600)
'''


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module `xpm_test_tasks`, which job processes can import as well."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "xpm_test_tasks.py").write_text(TASKS)
    monkeypatch.syspath_prepend(str(folder))
    sys.modules.pop("xpm_test_tasks", None)
    yield importlib.import_module("xpm_test_tasks")
    del sys.modules["xpm_test_tasks"]
