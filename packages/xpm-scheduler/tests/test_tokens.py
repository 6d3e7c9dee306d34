from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

from xpm_scheduler import DirectLauncher, experiment
from xpm_scheduler.token_store import TokenStore
from xpm_scheduler.tokens import READERS, Need, admits, merge, reads, writes
from xpm_workspace.layout import JobLayout
from xpm_workspace.lifecycle import JobState
from xpm_workspace.locks import FileLock


def need(amount: int, capacity: int = 3, token: str = "gpu") -> Need:
    return Need(token=token, amount=amount, capacity=capacity)


def test_the_first_in_line_comes_first_even_when_it_wants_much() -> None:
    assert admits(need(3), "a", {}, [])
    assert not admits(need(3), "b", {"a": 1}, [])
    assert not admits(need(1), "c", {"a": 1}, ["b", "c"]), "b came first"
    assert admits(need(1), "c", {"a": 1}, ["c", "b"])
    assert admits(need(1), "a", {"a": 3}, ["b"]), "it has it already"


def test_readers_and_writers_of_a_folder() -> None:
    read, write = reads("/p"), writes("/p")
    assert admits(read, "b", {"a": read.amount}, [])
    assert not admits(write, "b", {"a": read.amount}, [])
    assert not admits(read, "b", {"a": write.amount}, [])
    assert merge([read, write]) == (write,)


def test_needs_are_added_up_and_sorted() -> None:
    assert merge([need(1, token="b"), need(1, token="a"), need(1, token="b")]) == (
        need(1, token="a"),
        need(2, token="b"),
    )


@pytest.mark.parametrize(("amount", "message"), [(0, "at least 1"), (4, "wait for ever")])
def test_impossible_needs(amount: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        need(amount)
    assert READERS > 100_000


def store(job: JobLayout, experiment_id: str = "xp") -> TokenStore:
    return TokenStore(job.workspace, experiment_id)


def ids(job: JobLayout, *names: str) -> list[str]:
    return [job.workspace.job("t", name * 64).job_id for name in names]


def test_claims_are_all_or_nothing_and_the_line_is_kept(job: JobLayout) -> None:
    tokens = store(job)
    a, b, c = ids(job, "a", "b", "c")
    both = (need(1, 1, "x"), need(1, 1, "y"))
    assert tokens.claim(a, both[1:])
    assert not tokens.claim(b, both)
    assert not tokens.claim(c, both[:1]), "b is before c in the line of x"
    tokens.release(a, both[1:])
    assert tokens.claim(b, both)
    tokens.release(b, both)
    assert tokens.claim(c, both[:1])
    assert [state["claims"].keys() for state in tokens.states().values() if state["claims"]] == [{c}]


DEAD = """
import sys
from xpm_scheduler.token_store import TokenStore
from xpm_scheduler.tokens import Need
from xpm_workspace.layout import WorkspaceLayout
store = TokenStore(WorkspaceLayout(sys.argv[1]), "xp")
assert store.claim(sys.argv[2], (Need(token="gpu", amount=3, capacity=3),))
print("claimed", flush=True)
input()
"""


def test_a_killed_scheduler_keeps_nothing_but_for_its_running_jobs(job: JobLayout) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", DEAD, str(job.workspace.root), job.job_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "claimed\n"
    other = ids(job, "b")[0]
    assert not store(job).claim(other, (need(1),))
    job.create()
    with FileLock(job.lock):
        process.kill()
        process.communicate()
        assert not store(job).claim(other, (need(1),)), "the job runs, and holds what was claimed for it"
    assert store(job).claim(other, (need(1),))


@pytest.mark.parametrize("change", ["claim", "release", "hand_over"])
def test_one_change_of_a_token_at_a_time(job: JobLayout, change: str) -> None:
    """Whoever reads and writes its state holds its lock: two at once would each forget what the other did."""
    tokens = store(job)
    [a] = ids(job, "a")
    assert tokens.claim(a, (need(1),))
    [lock] = job.workspace.tokens_dir.glob("*/lock")
    changer = threading.Thread(target=getattr(tokens, change), args=(a, (need(1),)), daemon=True)
    with FileLock(lock):
        changer.start()
        changer.join(0.3)
        assert changer.is_alive(), "it did not wait"
    changer.join(60)
    assert not changer.is_alive()


def test_a_torn_state_is_an_empty_one(job: JobLayout) -> None:
    tokens = store(job)
    [a] = ids(job, "a")
    assert tokens.claim(a, (need(1),))
    [state] = job.workspace.tokens_dir.glob("*/state.json")
    state.write_bytes(state.read_bytes()[:-4])
    assert tokens.states() == {}
    assert tokens.claim(a, (need(1),))


def test_jobs_share_a_token(workdir: Path, tasks: ModuleType, tmp_path: Path) -> None:
    """Two jobs that need all of a token never run together, though there are slots."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    launcher = DirectLauncher(max_jobs=4)
    with experiment(workdir, "x", launcher=launcher, dirty_git="ignore", report=False) as xp:
        token = xp.token("one", 1)
        first = token(1, tasks.Wait.C(pipe=str(pipe))).submit().__xpm__.job
        pid = int(pipe.read_text())
        second = token(1, tasks.Write.C(number=1, log=str(tmp_path / "log"))).submit().__xpm__.job
        free = tasks.Write.C(number=2, log=str(tmp_path / "log")).submit().__xpm__.job
        assert free.wait() is JobState.DONE
        assert second.state is JobState.READY
        xp.kill(first)
        assert second.wait() is JobState.DONE
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        assert first.state is JobState.ERROR
        first.status = second.status  # the experiment is not to fail because of it
