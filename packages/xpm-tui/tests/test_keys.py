"""Every key of every screen does what the help says."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from xpm_tui.screens.help import KEYS, HelpScreen
from xpm_tui.screens.job import JobScreen
from xpm_tui.screens.log import LogScreen
from xpm_tui.screens.main import MainScreen
from xpm_tui.screens.runs import RunsScreen
from xpm_tui.stage import Sample, Stage, perform
from xpm_tui.testing import NOW
from xpm_workspace.lifecycle import JobState

#: Row of the first running job of the sample's experiment.
RUNNING = ("down", "enter", *["down"] * 4)


def main(stage: Stage) -> MainScreen:
    screen = stage.app.screen
    assert isinstance(screen, MainScreen)
    return screen


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_quit(sample: Sample, key: str) -> None:
    app = sample.app()

    async def story(stage: Stage) -> None:
        await stage.pilot.press(key)
        await stage.until(lambda: not stage.app.is_running or stage.app._exit)

    perform(app, story)
    assert app.return_value == 0


def test_tabs_and_back(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        for key, name in (("j", "jobs"), ("s", "services"), ("o", "orphans"), ("e", "experiments")):
            await stage.press(key)
            assert main(stage).view.id == name
            assert main(stage).view.table.has_focus
        for key in ("j", "s", "o"):
            await stage.press(key, "escape")
            assert main(stage).view.id == "experiments"
        await stage.press("p", "u", "x")  # of no use here, and without harm
        assert main(stage).view.id == "experiments"

    sample.perform(story)


def test_enter_opens_and_escape_closes(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("down", "enter")
        assert main(stage).jobs.query_.experiment_id == "msmarco-ranking"
        assert "13 jobs" in stage.text()
        await stage.press("enter")
        assert isinstance(stage.app.screen, JobScreen)
        await stage.press("escape", "escape", "j")
        assert main(stage).jobs.query_.experiment_id is None
        assert "23 jobs" in stage.text()

    sample.perform(story)


def test_help(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        for key in ("escape", "question_mark", "q"):
            await stage.press("question_mark")
            assert isinstance(stage.app.screen, HelpScreen)
            for keys in KEYS.values():
                assert keys
            await stage.press(key)
            assert isinstance(stage.app.screen, MainScreen)

    sample.perform(story)


def test_refresh(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        sample.monitor.runs_by_experiment["new one"] = []
        assert "new one" not in stage.text()
        await stage.press("r")
        assert "new one" in stage.text()

    sample.perform(story)


def test_dark_and_light(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("t")
        assert stage.app.theme == "xpm-light"
        await stage.press("t")
        assert stage.app.theme == "xpm-dark"

    sample.perform(story)


def test_runs(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("d")
        assert isinstance(stage.app.screen, RunsScreen)
        assert "interrupted" in stage.text() and "gpu-07" in stage.text()
        await stage.press("d")
        await stage.press("d", "down", "enter")
        query = main(stage).jobs.query_
        assert (query.experiment_id, query.run_id) == ("ablation-encoder", "20260311_070926")
        await stage.press("d")  # from the jobs of an experiment as well
        assert isinstance(stage.app.screen, RunsScreen)
        await stage.press("r", "escape")
        assert main(stage).view.id == "jobs"

    sample.perform(story)


def test_filter_and_clear(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("slash")  # also opens the jobs
        assert main(stage).view.id == "jobs"
        await stage.press(*"model = splade", "enter")
        assert "3 jobs with model = splade" in stage.text()
        await stage.press("slash", "escape")
        assert main(stage).jobs.query_.filter == "model = splade"
        await stage.press("c")
        assert "23 jobs" in stage.text()
        await stage.press("slash", *"model = nothing", "enter")
        assert "No job fits the filter" in stage.text()

    sample.perform(story)


def test_what_is_typed_ahead_belongs_to_the_filter(sample: Sample) -> None:
    """Whoever types fast, or pastes, has typed `l` and `d` before the question is there."""

    async def story(stage: Stage) -> None:
        await stage.press("j")
        for key in ("/", *"model ~ 'l/d'"):
            await stage.send(key)
        await stage.settle()
        assert main(stage).query_one(Input).value == "model ~ 'l/d'"

    sample.perform(story)


def test_wrong_filter_points_at_the_column(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("j", "slash", *"model = bm25 or @stat = DONE", "enter")
        assert "there is no field '@stat'" in stage.text()
        lines = stage.text().splitlines()
        (arrow,) = [line for line in lines if "▼" in line]
        written = lines[lines.index(arrow) + 1]
        assert arrow.index("▼") == written.index("@stat")
        await stage.press("backspace")
        assert "▼" not in stage.text()
        assert main(stage).jobs.query_.filter == ""

    sample.perform(story)


@pytest.mark.parametrize(
    ("key", "order", "first"),
    [("S", "state", "WAITING"), ("T", "task", None), ("D", "-duration", None), ("O", "submitted", "DONE")],
)
def test_sort(sample: Sample, key: str, order: str, first: str | None) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("down", "enter")
        await stage.press(key)
        jobs = main(stage).jobs
        assert jobs.query_.order == order
        expected = [j.job_id for j in sample.monitor.jobs(experiment_id="msmarco-ranking", order=order).jobs]
        shown = [jobs.table.window.row(index) for index in range(13)]
        assert [job.job_id for job in shown if job] == expected
        await stage.press(key)
        assert jobs.query_.order == (order[1:] if order.startswith("-") else f"-{order}")

    sample.perform(story)


def test_log_from_everywhere(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press(*RUNNING, "down", "down", "l")
        assert isinstance(stage.app.screen, LogScreen)
        assert "step  479" in stage.text()
        await stage.press("tab")
        assert "warning: 3 queries" in stage.text() and "50%|#####" in stage.text()
        assert "  0%|" not in stage.text()  # it was written over
        await stage.press("l")
        assert "step  479" in stage.text()
        await stage.press("escape", "enter", "l")
        assert isinstance(stage.app.screen, LogScreen)

    sample.perform(story)


def test_copy(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press(*RUNNING)
        job_id = main(stage).job_id
        folder = f"/data/experiments/jobs/{job_id}"
        for keys, copied in (
            (["f"], folder),
            (["enter", "f"], folder),
            (["l", "f"], f"{folder}/learn.out"),
            (["tab", "f"], f"{folder}/learn.err"),
            (["escape", "escape", "s", "down", "down", "u"], "http://gpu-12.cluster:6006/"),
        ):
            stage.app._clipboard = ""
            await stage.press(*keys)
            assert stage.app.clipboard == copied
        await stage.press("up", "u")
        assert any("has no address" in notice for notice in stage.notices)

    sample.perform(story)


@pytest.mark.parametrize("where", ["table", "details"])
def test_kill_asks_first(sample: Sample, where: str) -> None:
    async def story(stage: Stage) -> None:
        await stage.press(*RUNNING)
        job_id = main(stage).job_id
        if where == "details":
            await stage.press("enter")
        for refusal in (["escape"], ["n"], ["enter"], ["left", "right", "enter"]):
            await stage.press("ctrl+k")
            assert job_id is not None and job_id[:40] in stage.text() and "stop process 4321" in stage.text()
            await stage.press(*refusal)
            assert sample.controller.done == []
        await stage.press("ctrl+k", "y")
        assert sample.controller.done == [("kill", job_id)]
        assert any("killed" in notice for notice in stage.notices)
        await stage.press("ctrl+k", "left", "enter")
        assert len(sample.controller.done) == 2

    sample.perform(story)


def test_kill_all_of_an_experiment(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("down", "ctrl+k")
        assert "Kill 6 jobs?" in stage.text()
        await stage.press("y")
        assert len(sample.controller.done) == 6
        await stage.press("down", "ctrl+k")
        assert any("no job to kill" in notice for notice in stage.notices)

    sample.perform(story)


def test_what_cannot_be_done_is_said(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press(*RUNNING, "ctrl+d")
        assert any("it is running" in notice for notice in stage.notices)
        await stage.press("R")
        assert sample.controller.done == []
        assert isinstance(stage.app.screen, MainScreen)

    sample.perform(story)


def test_delete_and_run_again(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("down", "enter", *["down"] * 7)
        job_id = main(stage).job_id
        await stage.press("ctrl+d")
        assert job_id is not None and "Delete learn/" in stage.text() and job_id[:40] in stage.text()
        await stage.press("y", "R", "y")
        assert sample.controller.done == [("clean", job_id), ("retry", job_id)]

    sample.perform(story)


def test_orphans(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("o", "enter")
        assert isinstance(stage.app.screen, JobScreen)
        await stage.press("escape", "f", "l")
        assert "Nothing was written yet" in stage.text()
        await stage.press("escape", "ctrl+d", "y")
        assert sample.controller.done == [("clean", sample.monitor.orphans_[0])]

    sample.perform(story)


def test_services(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("s", "enter")
        assert sample.controller.done == [("start", "notebook")]
        await stage.press("down", "down", "x", "enter")
        assert sample.controller.done[1:] == [("stop", "tensorboard")]
        assert any("is running already" in notice for notice in stage.notices)
        await stage.press("e", "down", "enter", "s")  # those of the experiment only
        assert "notebook" not in stage.text() and "tensorboard" in stage.text()

    sample.perform(story)


def test_moving(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("j")
        table = main(stage).jobs.table
        for keys, row in (
            (["down", "down"], 2),
            (["up"], 1),
            (["end"], 22),
            (["home"], 0),
            (["G"], 22),
            (["g"], 0),
            (["pagedown"], 8),
            (["space"], 16),
            (["pageup"], 8),
        ):
            await stage.press(*keys)
            assert table.cursor == row
            assert table.scroll_offset.y <= row < table.scroll_offset.y + table.size.height - 1

    sample.perform(story, (100, 13))


def test_the_tree_of_a_job(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press(*RUNNING, "enter")
        assert "layers = 12" in stage.text() and "39%" in stage.text()
        await stage.press("down", "down", "enter")  # folds the model
        assert "layers = 12" not in stage.text()
        await stage.press(*["down"] * 10, "enter")
        screen = stage.app.screen
        assert isinstance(screen, JobScreen)
        assert screen.details is not None and screen.details.job.name == "build"
        assert "Needed by (12)" in stage.text()
        await stage.press("r", "escape")
        assert "layers = 12" not in stage.text()  # as it was left

    sample.perform(story)


def test_the_mouse(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.pilot.click("TabsBar", offset=(18, 0))
        await stage.settle()
        assert main(stage).view.id == "jobs"
        await stage.pilot.click("#jobs RowsTable", offset=(5, 4))
        await stage.settle()
        assert main(stage).jobs.table.cursor == 3
        await stage.pilot.click("#jobs RowsTable", offset=(5, 4))
        await stage.settle()
        assert isinstance(stage.app.screen, JobScreen)

    sample.perform(story)


def test_time_passes(sample: Sample) -> None:
    """Durations of what runs grow, without a question to the monitor."""
    from datetime import timedelta

    now = [NOW]
    app = sample.app(now=lambda: now[0])

    async def story(stage: Stage) -> None:
        await stage.press(*RUNNING)
        assert "51 min" in stage.text()
        sample.monitor.error = AssertionError("nothing is to be asked")
        now[0] += timedelta(hours=3)
        stage.app.tick()
        await stage.pilot.pause()
        assert "3 h 51" in stage.text()
        sample.monitor.error = None
        running = [j for j in sample.monitor.jobs_by_id.values() if j.state is JobState.RUNNING]
        assert len(running) == 3

    perform(app, story)
