from __future__ import annotations

import threading

import pytest

from xpm_tui import feed as module
from xpm_tui.feed import Feed, News, Reached, merge
from xpm_tui.sample import job, sample_target
from xpm_workspace.errors import NotAWorkspace
from xpm_workspace.records import Changes, ExperimentRecord, JobRecord, ServiceRecord
from xpm_workspace.services import ServiceState

PATIENCE_S = 30.0


class Listener:
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        self.posted: list[object] = []
        self._came = threading.Condition()

    def post_message(self, message: object) -> bool:
        with self._came:
            self.posted.append(message)
            self._came.notify_all()
        return True

    def wait(self, count: int) -> None:
        """Wait until so many came."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.posted) >= count, PATIENCE_S)


def changes(*jobs: JobRecord, removed: tuple[str, ...] = ()) -> Changes:
    return Changes(position="1", jobs=jobs, removed_jobs=removed)


def test_the_last_word_counts() -> None:
    first, second = job("a.b", 1, "RUNNING"), job("a.b", 1, "DONE")
    other = job("a.b", 2)
    merged = merge(changes(first, other), changes(second))
    assert merged.jobs == (second, other)


def test_what_went_and_came_back() -> None:
    one = job("a.b", 1)
    assert merge(changes(one), changes(removed=(one.job_id,))).jobs == ()
    assert merge(changes(one), changes(removed=(one.job_id,))).removed_jobs == (one.job_id,)
    again = merge(changes(removed=(one.job_id,)), changes(one))
    assert (again.jobs, again.removed_jobs) == ((one,), ())


def test_experiments_and_services() -> None:
    x, y = ExperimentRecord(experiment_id="x", run_count=1), ExperimentRecord(experiment_id="x", run_count=2)
    merged = merge(Changes(position="1", experiments=(x,)), Changes(position="2", experiments=(y,)))
    assert (merged.experiments, merged.position) == ((y,), "2")
    gone = merge(merged, Changes(position="3", removed_experiments=("x",)))
    assert (gone.experiments, gone.removed_experiments) == ((), ("x",))
    s = ServiceRecord(experiment_id="x", run_id="r", service_id="s", state=ServiceState.STARTING)
    t = ServiceRecord(experiment_id="x", run_id="r", service_id="s", state=ServiceState.RUNNING)
    merged = merge(Changes(position="1", services=(s,)), Changes(position="2", services=(t,)))
    assert merged.services == (t,)


def test_too_much_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MANY", 1)
    assert not merge(changes(job("a", 1)), changes(job("a", 1))).reset
    assert merge(changes(job("a", 1)), changes(job("a", 2))).reset


def test_nothing_is_told_twice_before_it_was_taken() -> None:
    _, monitor, _ = sample_target()
    listener = Listener()
    feed = Feed(monitor, listener)  # type: ignore[arg-type]
    feed.start()
    try:
        monitor.change(job("a.b", 1))
        listener.wait(1)
        for number in range(2, 50):
            monitor.change(job("a.b", number))
        # The monitor is asked in order: once this came, the others did.
        seen: set[str] = set()
        while len(seen) < 49:
            listener.wait(1)
            taken = feed.take()
            seen |= {record.job_id for record in taken.jobs} if taken else set()
        assert all(isinstance(message, News) for message in listener.posted)
        assert feed.take() is None
    finally:
        feed.stop()


def test_a_workspace_that_goes_and_comes_back() -> None:
    _, monitor, _ = sample_target()
    listener = Listener()
    feed = Feed(monitor, listener, retry_s=0.001)  # type: ignore[arg-type]
    monitor.error = NotAWorkspace("/x does not exist")
    feed.start()
    try:
        listener.wait(1)
        (told,) = listener.posted
        assert isinstance(told, Reached) and told.problem == "/x does not exist"
        monitor.error = None
        listener.wait(3)
        news, back = listener.posted[1:]
        assert isinstance(news, News) and isinstance(back, Reached) and back.problem == ""
        taken = feed.take()
        assert taken is not None and taken.reset  # what happened meanwhile is not known
    finally:
        feed.stop()


def test_it_ends_with_the_monitor() -> None:
    _, monitor, _ = sample_target()
    feed = Feed(monitor, Listener())  # type: ignore[arg-type]
    feed.start()
    monitor.close()
    for thread in threading.enumerate():
        if thread.name == "tui feed":
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
