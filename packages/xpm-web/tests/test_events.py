from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import Iterator

import pytest

from xpm_web.coalescing import Batch
from xpm_web.events import Follower, Hub
from xpm_web.server import Server
from xpm_web.testing import TIMEOUT_S, Visitor
from xpm_workspace.errors import NotAWorkspace
from xpm_workspace.lifecycle import JobState, Status
from xpm_workspace.records import Changes, JobRecord
from xpm_workspace.runs import RunHandle

WAITING = "ir.evaluate/" + "3" * 64


def first(events: Iterator[tuple[str, object]], job_id: str) -> tuple[str, dict[str, object]]:
    """The first event that tells of a job; a reading of the socket has its own limit."""
    for position, data in events:
        assert isinstance(data, dict)
        for job in data.get("jobs", ()):
            if job["job_id"] == job_id:
                return position, job
    raise AssertionError("the stream ended")


def test_a_change_arrives(visitor: Visitor, run: RunHandle) -> None:
    events = visitor.events(visitor.api("/workspace")["position"])
    run.record_states([{"job": WAITING, "state": "READY"}])
    _, job = first(events, WAITING)
    assert job["status"] == {"state": "READY", "reason": None}


def test_coming_back_misses_nothing(visitor: Visitor, run: RunHandle) -> None:
    begin = visitor.api("/workspace")["position"]
    events = visitor.events(begin)
    run.record_states([{"job": WAITING, "state": "READY"}])
    middle, _ = first(events, WAITING)
    events.close()  # type: ignore[attr-defined]
    others = visitor.events(middle)
    run.record_jobs([{"job": "ir.new/" + "5" * 64}])
    end, _ = first(others, "ir.new/" + "5" * 64)
    # Whoever was away gets all of it, at whatever point.
    assert first(visitor.events(begin), WAITING)[0] == end
    assert first(visitor.events("unknown", last_id=middle), "ir.new/" + "5" * 64)[0] == end
    position, data = next(visitor.events("somebody else's"))
    assert (position, data) == (end, {"reset": True})
    assert visitor.api("/workspace")["position"] == end


def test_a_visitor_who_takes_nothing_holds_up_nobody(visitor: Visitor, run: RunHandle) -> None:
    stuck = socket.create_connection(("127.0.0.1", visitor.port), timeout=TIMEOUT_S)
    request = (
        f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {visitor.token}\r\n\r\n"
    )
    stuck.sendall(request.encode())
    events = visitor.events(visitor.api("/workspace")["position"])
    for number in range(5):
        job_id = f"ir.new/{number:064}"
        run.record_jobs([{"job": job_id, "tags": {"long": "x" * 100_000}}])
        first(events, job_id)
    stuck.close()


def test_the_end_is_told_at_once(server: Server, visitor: Visitor) -> None:
    events = visitor.events()
    ended = threading.Thread(target=lambda: list(events))
    ended.start()
    server.close()
    ended.join(TIMEOUT_S)
    assert not ended.is_alive()


class Steps:
    """A monitor whose changes come when they are told, and that fails in between."""

    def __init__(self) -> None:
        self.since: list[str | None] = []
        self.numbers = itertools.count(1)

    def position(self) -> str:
        return "0"

    def watch(self, since: str | None = None, stop: threading.Event | None = None) -> Iterator[Changes]:
        self.since.append(since)
        number = next(self.numbers)
        if number == 2:
            raise NotAWorkspace("its disk is gone")
        yield Changes(position=str(number), jobs=(record(number),))
        if number > 2:
            assert stop is not None
            stop.wait(TIMEOUT_S)


def record(number: int) -> JobRecord:
    status = Status(state=JobState.RUNNING)
    return JobRecord(job_id=f"t/{number}", task_id="t", identifier=str(number), status=status)


def test_a_monitor_that_fails_is_watched_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("xpm_web.events._AGAIN_S", 0.01)
    monitor = Steps()

    async def follow() -> list[str]:
        hub = Hub(monitor, asyncio.get_running_loop())  # type: ignore[arg-type]
        follower = hub.follow(None)
        hub.start()
        seen: list[str] = []
        while "t/3" not in seen:
            batch = await asyncio.wait_for(follower.take(), TIMEOUT_S)
            assert batch is not None
            seen += [job.job_id for job in batch.data.jobs]
        await asyncio.get_running_loop().run_in_executor(None, hub.close)
        return seen

    assert asyncio.run(follow()) == ["t/1", "t/3"]
    assert monitor.since == ["0", "1", "1"]
    assert caplog.messages == ["the workspace cannot be watched (its disk is gone); trying again"]


def test_what_is_not_taken_is_put_together() -> None:
    async def take() -> Batch | None:
        follower = Follower()
        for number in range(3):
            follower.offer(Batch(Changes(position=str(number), jobs=(record(number),))))
        return await follower.take()

    batch = asyncio.run(take())
    assert batch is not None
    assert (batch.position, batch.size) == ("2", 3)


def test_nothing_to_send_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xpm_web.events._ALIVE_S", 0.01)
    assert asyncio.run(Follower().take()) is None
