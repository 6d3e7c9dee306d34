"""The log viewer: any size, growing, searched."""

from __future__ import annotations

from xpm_tui.logs.window import CHUNK, HELD
from xpm_tui.screens.log import LogScreen
from xpm_tui.stage import Sample, Stage
from xpm_workspace.lifecycle import JobState

LOG = ("down", "enter", *["down"] * 6, "l")


def job_of(sample: Sample) -> str:
    return next(job.job_id for job in sample.monitor.jobs_by_id.values() if job.state is JobState.RUNNING)


def shown(stage: Stage) -> LogScreen:
    assert isinstance(stage.app.screen, LogScreen)
    return stage.app.screen


def test_it_follows_until_one_moves(sample: Sample) -> None:
    key = (job_of(sample), "out")

    async def story(stage: Stage) -> None:
        await stage.press(*LOG)
        sample.monitor.logs[key] += b"one more"
        await stage.until(lambda: "one more" in stage.text())
        sample.monitor.logs[key] += b" word\n"
        await stage.until(lambda: "one more word" in stage.text())
        await stage.press("up")
        assert not shown(stage).view.following
        sample.monitor.logs[key] += b"unseen\n"
        shown(stage).view._poll()
        await stage.settle()
        assert "unseen" not in stage.text()
        await stage.press("F")
        assert "unseen" in stage.text() and "following" in stage.text()
        await stage.press("F")
        assert not shown(stage).view.following

    sample.perform(story)


def test_moving(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press(*LOG)
        for keys, first in (
            (["g"], "step    0"),
            (["down"], "step    1"),
            (["pagedown"], "step   28"),
            (["space"], "step   55"),
            (["pageup"], "step   28"),
            (["home"], "step    0"),
            (["end"], "step  452"),
            (["up"], "step  451"),
            (["G"], "step  452"),
        ):
            await stage.press(*keys)
            assert first in stage.text().splitlines()[1], keys

    sample.perform(story)


def test_search(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press(*LOG, "g", "slash", *"STEP  300", "enter")
        assert "not found" in stage.text()
        await stage.press("slash", *"step  30", "enter")
        assert "step  300" in stage.text().splitlines()[3]
        await stage.press("n")
        assert "step  301" in stage.text().splitlines()[3]
        await stage.press("N", "N")
        assert "step  309" in stage.text()  # around
        await stage.press("slash", "escape", "g", "slash", "enter", "n")
        assert "step    0" in stage.text().splitlines()[1]

    sample.perform(story)


def test_long_lines(sample: Sample) -> None:
    sample.monitor.logs[job_of(sample), "out"] = b"x" * 150 + b"END\nshort\n"

    async def story(stage: Stage) -> None:
        await stage.press(*LOG)
        assert stage.text().splitlines()[2] == "x" * 50 + "END"
        await stage.press("w")
        assert "END" not in stage.text()
        await stage.press("right", "right")
        assert "END" in stage.text().splitlines()[1] and "short" not in stage.text()
        await stage.press("left", "left", "w")
        assert stage.text().splitlines()[2] == "x" * 50 + "END"

    sample.perform(story)


def test_a_large_log_is_read_by_pieces(sample: Sample) -> None:
    content = b"".join(b"line %07d of a log that is large\n" % n for n in range(200_000))
    sample.monitor.logs[job_of(sample), "out"] = content

    async def story(stage: Stage) -> None:
        await stage.press(*LOG)
        view = shown(stage).view
        assert "line 0199999" in stage.text()
        assert view._window.end - view._window.start < 4 * CHUNK
        await stage.press("g")
        assert "line 0000000" in stage.text()
        await stage.press("slash", *"0123456 ", "enter")
        assert "line 0123456" in stage.text()
        for _ in range(40):
            await stage.press("pageup")
        assert "line 0123456" not in stage.text() and "line 01223" in stage.text()
        assert view._window.end - view._window.start < HELD + 2 * CHUNK

    sample.perform(story)


def test_a_log_that_begins_anew(sample: Sample) -> None:
    key = (job_of(sample), "out")

    async def story(stage: Stage) -> None:
        await stage.press(*LOG)
        sample.monitor.logs[key] = b"second try\n"
        await stage.until(lambda: "second try" in stage.text() and "step" not in stage.text())

    sample.perform(story)


def test_a_log_that_grows_faster_than_it_is_read(sample: Sample) -> None:
    key = (job_of(sample), "out")

    async def story(stage: Stage) -> None:
        await stage.press(*LOG)
        sample.monitor.logs[key] += b"more and more\n" * 200_000 + b"the end\n"
        await stage.until(lambda: "the end" in stage.text())
        window = shown(stage).view._window
        assert window.end - window.start < 8 * CHUNK

    sample.perform(story)
