"""What jobs share: tokens, between processes and machines, and folders, between writers and readers."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xpm_scheduler import DirectLauncher, experiment
from xpm_scheduler.token_store import TokenStore
from xpm_scheduler.tokens import Need
from xpm_workspace.layout import JobLayout, WorkspaceLayout
from xpm_workspace.lifecycle import JobState
from xpm_workspace.locks import FileLock
from xpm_workspace.process import ProcessRecord

#: What should happen at once, and would otherwise never.
SOON_S = 60.0


class Asked:
    """Tasks that tell that they run, and go on when they are told to."""

    def __init__(self, folder: Path) -> None:
        self.arguments = {"pipe": str(folder / "pipe"), "go": str(folder / "go")}
        os.mkfifo(folder / "pipe")
        os.mkfifo(folder / "go")
        self._pipe = os.open(folder / "pipe", os.O_RDWR)
        self._go = folder / "go"

    def one_runs(self) -> int:
        """Wait until another one runs; return its process."""
        assert select.select([self._pipe], [], [], SOON_S)[0], "none runs"
        text = b""
        while not text.endswith(b"\n"):
            text += os.read(self._pipe, 1)
        return int(text)

    def go(self) -> None:
        """Let those that run end."""
        self._go.write_text("end\n")

    def close(self) -> None:
        os.close(self._pipe)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    asked = Asked(tmp_path)
    yield asked
    asked.close()


def wait_until(condition: Callable[[], bool], job: Any) -> None:
    for _ in range(int(SOON_S / 0.01)):
        if condition():
            return
        job.wait(0.01)
    raise AssertionError("it does not come")


HOLDS = """
import sys
sys.path.insert(0, sys.argv[1])
import xpm_test_tasks as tasks
from xpm_scheduler import GracefulExperimentExit, experiment
with experiment(sys.argv[2], "other", dirty_git="ignore", report=False) as xp:
    token = xp.token("licenses", 3)
    token(2, tasks.Wait.C(pipe=sys.argv[3])).submit()
"""


@pytest.mark.parametrize("left", [False, True], ids=["its scheduler lives", "its scheduler was killed"])
def test_a_token_is_shared_by_processes(
    tasks: ModuleType, workdir: Path, asked: Asked, tmp_path: Path, left: bool
) -> None:
    """A job keeps its share for as long as it runs, and no longer, whatever becomes of its scheduler."""
    modules = str(Path(str(tasks.__file__)).parent)
    other = subprocess.Popen([sys.executable, "-c", HOLDS, modules, str(workdir), asked.arguments["pipe"]])
    try:
        holder = asked.one_runs()
        if left:
            other.kill()
            other.wait(SOON_S)
        store = TokenStore(WorkspaceLayout(workdir), "look")
        with experiment(workdir, "x", dirty_git="ignore", report=False) as xp:
            token = xp.token("licenses", 3)
            small = token(1, tasks.Write.C(number=1, log=str(tmp_path / "log"))).submit().__xpm__.job
            assert small.wait(SOON_S) is JobState.DONE
            large = token(2, tasks.Write.C(number=2, log=str(tmp_path / "log"))).submit().__xpm__.job
            wait_until(lambda: large.job_id in store.states()["licenses"]["line"], large)
            assert large.state is JobState.READY
            os.kill(holder, signal.SIGKILL)
            assert large.wait(SOON_S) is JobState.DONE
        if not left:
            assert other.wait(SOON_S) == 1  # its job was killed
        assert store.states()["licenses"] == {"claims": {}, "line": {}}
    finally:
        other.kill()
        other.wait(SOON_S)


def test_a_token_is_shared_by_machines(job: JobLayout) -> None:
    """Whether the scheduler of another machine lives, the lock of its experiment tells."""
    experiment_ = job.workspace.experiment("elsewhere")
    experiment_.path.mkdir(parents=True)
    need = (Need(token="licenses", amount=1, capacity=1),)
    theirs, ours = (job.workspace.job("t", letter * 64).job_id for letter in "ab")
    there = TokenStore(job.workspace, "elsewhere")
    record = {**ProcessRecord.of().to_dict(), "host": "another.machine", "pid": 2**22 + 1}
    there._me = {"experiment": "elsewhere", "process": record}
    here = TokenStore(job.workspace, "here")
    with FileLock(experiment_.lock):
        assert there.claim(theirs, need)
        assert not here.claim(ours, need)
        assert list(here.states()["licenses"]["line"]) == [ours]
    assert here.claim(ours, need), "that scheduler is gone, and its job does not run"
    [state] = job.workspace.tokens_dir.glob("*/state.json")
    assert list(json.loads(state.read_bytes())["claims"]) == [ours]


def test_a_shared_folder_has_one_writer_or_several_readers(
    tasks: ModuleType, workdir: Path, asked: Asked
) -> None:
    launcher = DirectLauncher(max_jobs=4)
    with experiment(workdir, "x", launcher=launcher, dirty_git="ignore", report=False):
        first, second = (tasks.Shares.C(number=n, **asked.arguments) for n in (1, 2))
        assert first.submit().latest.parent == second.submit().latest.parent
        one, other = first.__xpm__.job, second.__xpm__.job
        asked.one_runs()
        wait_until(lambda: JobState.RUNNING in (one.state, other.state), one)
        writer, waiting = (one, other) if one.state is JobState.RUNNING else (other, one)
        assert waiting.state is JobState.READY
        asked.go()
        assert writer.wait(SOON_S) is JobState.DONE
        asked.one_runs()
        # The first one in line waits to be told; the second one ends by itself.
        readers = [
            tasks.ReadsShared.C(made=writer.config, pipe=asked.arguments["pipe"], go=go).submit().__xpm__.job
            for go in (asked.arguments["go"], os.devnull)
        ]
        states = TokenStore(WorkspaceLayout(workdir), "look").states
        [folder] = [name for name in states() if name.startswith("folder:")]
        wait_until(lambda: len(states()[folder]["line"]) == 2, waiting)
        assert [reader.state for reader in readers] == [JobState.READY] * 2
        asked.go()
        assert waiting.wait(SOON_S) is JobState.DONE
        asked.one_runs()
        assert readers[1].wait(SOON_S) is JobState.DONE
        assert readers[0].state.active
        asked.go()
    assert [reader.state for reader in readers] == [JobState.DONE] * 2
