from __future__ import annotations

import threading
import time

from textual.message import Message

from xpm_tui.desk import Desk, Failed

PATIENCE_S = 30.0


class Asker:
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        self.posted: list[Message] = []
        self._came = threading.Condition()

    def post_message(self, message: Message) -> bool:
        with self._came:
            self.posted.append(message)
            self._came.notify_all()
        return True

    def wait(self, count: int) -> None:
        with self._came:
            assert self._came.wait_for(lambda: len(self.posted) >= count, PATIENCE_S)


class Answer(Message):
    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


def values(asker: Asker) -> list[object]:
    return [message.value if isinstance(message, Answer) else message for message in asker.posted]


def wait_idle(desk: Desk) -> None:
    end = time.monotonic() + PATIENCE_S
    while not desk.idle:
        assert time.monotonic() < end
        time.sleep(0.001)


def test_answers() -> None:
    desk, asker = Desk(), Asker()
    desk.ask(asker, "sum", lambda: 1 + 1, Answer)  # type: ignore[arg-type]
    asker.wait(1)
    assert values(asker) == [2]
    wait_idle(desk)
    desk.ask(asker, "sum", lambda: 2 + 2, Answer)  # type: ignore[arg-type]
    asker.wait(2)
    assert values(asker) == [2, 4]


def test_of_several_that_wait_the_last_is_asked() -> None:
    desk, asker, gate = Desk(), Asker(), threading.Event()
    started = threading.Event()

    def slow() -> int:
        started.set()
        gate.wait(PATIENCE_S)
        return 0

    desk.ask(asker, "jobs", slow, Answer)  # type: ignore[arg-type]
    assert started.wait(PATIENCE_S)
    for number in (1, 2, 3):
        desk.ask(asker, "jobs", lambda number=number: number, Answer)  # type: ignore[misc,arg-type]
    desk.ask(asker, "other", lambda: "meanwhile", Answer)  # type: ignore[arg-type]
    asker.wait(1)
    assert values(asker) == ["meanwhile"] and not desk.idle
    time.sleep(0.01)
    assert desk.waiting_s() >= 0.01
    gate.set()
    asker.wait(3)
    assert values(asker) == ["meanwhile", 0, 3]
    wait_idle(desk)
    assert desk.waiting_s() == 0.0


def test_errors_are_answers() -> None:
    desk, asker = Desk(), Asker()
    desk.ask(asker, "jobs", lambda: 1 // 0, Answer)  # type: ignore[arg-type]
    asker.wait(1)
    (failed,) = asker.posted
    assert isinstance(failed, Failed) and failed.topic == "jobs"
    assert isinstance(failed.error, ZeroDivisionError)
