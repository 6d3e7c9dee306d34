"""Progress: reported to the job, drawn on a terminal, silent elsewhere."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from xpm_tasks import LevelInformation, progress, tqdm
from xpm_tasks.testing import FakeRuntime


@pytest.fixture
def runtime(tmp_path: Path) -> FakeRuntime:
    return FakeRuntime(tmp_path)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be moved forward."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_outside_a_job_nothing_happens() -> None:
    progress(0.5)
    assert list(tqdm([1, 2, 3])) == [1, 2, 3]


def test_progress(runtime: FakeRuntime) -> None:
    with runtime.current():
        progress(0.5)
        progress(2, level=1, desc="more")
        progress(-1)
    assert runtime.reports == [(0, 0.5, None), (1, 1.0, "more"), (0, 0.0, None)]


def test_bar_reports(runtime: FakeRuntime) -> None:
    with runtime.current():
        assert list(tqdm(range(4), desc="train")) == [0, 1, 2, 3]
    assert runtime.reports[0] == (0, 0.0, "train")
    assert [value for _, value, _ in runtime.reports] == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]


def test_bars_nest(runtime: FakeRuntime) -> None:
    with runtime.current():
        for _ in tqdm(range(2), desc="epochs"):
            for _ in tqdm(range(1), desc="batches"):
                pass
    assert {(level, desc) for level, _, desc in runtime.reports} == {(0, "epochs"), (1, "batches")}


def test_many_steps_make_few_reports(runtime: FakeRuntime, clock: list[float]) -> None:
    with runtime.current():
        for _ in tqdm(range(100_000)):
            pass
    assert len(runtime.reports) <= 205


def test_slow_steps_are_reported(runtime: FakeRuntime, clock: list[float]) -> None:
    with runtime.current(), tqdm[int](total=10_000) as bar:
        bar.update()
        assert len(runtime.reports) == 1
        clock[0] += 2
        bar.update()
    assert runtime.reports[1][1] == pytest.approx(2 / 10_000)


def test_by_hand(runtime: FakeRuntime) -> None:
    with runtime.current():
        with tqdm[int](total=4, desc="a", initial=1) as bar:
            bar.update(1)
            bar.set_description("b")
            bar.set_postfix(loss=0.123456, step=3)
            bar.set_postfix_str("done")
            bar.refresh()
        bar.close()
    assert runtime.reports[0] == (0, 0.25, "a")
    assert (0, 0.5, "b loss=0.123, step=3") in runtime.reports
    assert runtime.reports[-1] == (0, 0.5, "b done")
    assert len(bar) == 4


def test_without_total(runtime: FakeRuntime) -> None:
    with runtime.current():
        assert list(tqdm(iter("abc"))) == ["a", "b", "c"]
    assert {value for _, value, _ in runtime.reports} == {0.0}
    assert len(tqdm(iter("abc"), disable=True)) == 0


def test_disabled(runtime: FakeRuntime) -> None:
    with runtime.current():
        assert list(tqdm([1], disable=True)) == [1]
    assert runtime.reports == []


def test_closed_when_the_loop_is_left(runtime: FakeRuntime) -> None:
    with runtime.current():
        for item in (bar := tqdm([1, 2, 3])):
            if item == 2:
                break
        bar.close()
        progress(0.9)
        for _ in tqdm([1]):
            pass
    assert {level for level, _, _ in runtime.reports} == {0}


def test_on_a_terminal(clock: list[float]) -> None:
    terminal = Terminal()
    for _ in tqdm(range(2), desc="go", file=terminal):
        clock[0] += 1
    text = terminal.getvalue()
    assert "go ##########..........  50% 1/2 [1 s]" in text and text.endswith("\n")
    terminal = Terminal()
    list(tqdm(iter("ab"), file=terminal, leave=False))
    assert "0 [0 s]" in terminal.getvalue() and terminal.getvalue().endswith("\r\x1b[K")


def test_on_a_closed_file() -> None:
    file = io.StringIO()
    file.close()
    assert list(tqdm([1], file=file)) == [1]


def test_level_information() -> None:
    one = LevelInformation(1, "train", 0.5)
    assert one == LevelInformation(1, "train", 0.5) != LevelInformation(0)
    assert repr(one) == "[1] train 50.0%"
