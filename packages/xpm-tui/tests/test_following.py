"""What happens in the workspace is seen; a workspace that is not there is said not to be."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import msgspec

from xpm_tui.sample import job
from xpm_tui.screens.main import MainScreen
from xpm_tui.stage import Sample, Stage, perform
from xpm_tui.testing import NOW
from xpm_workspace.errors import NotAWorkspace
from xpm_workspace.lifecycle import JobState, Status
from xpm_workspace.records import JobPage, JobRecord, ServiceRecord


def done(record: JobRecord) -> JobRecord:
    return msgspec.structs.replace(record, status=Status(state=JobState.DONE), ended_at=NOW)


def running(sample: Sample) -> JobRecord:
    return next(j for j in sample.monitor.jobs_by_id.values() if j.state is JobState.RUNNING)


def test_a_job_that_ends_is_marked_for_a_moment(sample: Sample) -> None:
    now = [NOW]

    async def story(stage: Stage) -> None:
        await stage.press("down", "enter")
        assert stage.text().count("running") == 3
        sample.monitor.change(done(running(sample)))
        await stage.until(lambda: stage.text().count("running") == 2)
        (line,) = [line for line in stage.text().splitlines() if line.startswith("•")]
        assert "✓ done" in line
        now[0] += timedelta(seconds=3)
        stage.app.tick()
        await stage.settle()
        assert not [line for line in stage.text().splitlines() if line.startswith("•")]
        await stage.press("escape")
        assert "5/13" in stage.text() or "6/13" in stage.text()

    perform(sample.app(now=lambda: now[0]), story)


def test_jobs_come_and_go_while_the_cursor_stays(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("down", "enter", "down", "down")
        main = stage.app.screen
        assert isinstance(main, MainScreen)
        chosen = main.job_id
        new = job(
            "ir.rank.learn",
            77,
            "WAITING",
            experiment_id="msmarco-ranking",
            run_id="20260314_130326",
            submitted_at=NOW,
        )
        sample.monitor.change(new)
        await stage.until(lambda: "14 jobs" in stage.text())
        assert (main.jobs.table.cursor, main.job_id) == (3, chosen)
        sample.monitor.change(removed=[new.job_id])
        await stage.until(lambda: "13 jobs" in stage.text())
        assert (main.jobs.table.cursor, main.job_id) == (2, chosen)

    sample.perform(story)


def test_details_follow(sample: Sample) -> None:
    record = running(sample)

    async def story(stage: Stage) -> None:
        await stage.press("down", "enter", *["down"] * 6, "enter")
        assert "► running" in stage.text()
        sample.monitor.change(done(record))
        await stage.until(lambda: "✓ done" in stage.text().split("job ")[0])
        sample.monitor.change(removed=[record.job_id])
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        await stage.until(lambda: any("gone" in notice for notice in stage.notices))

    sample.perform(story)


def test_a_job_that_goes_while_its_log_is_shown(sample: Sample) -> None:
    record = running(sample)

    async def story(stage: Stage) -> None:
        await stage.press("down", "enter", *["down"] * 6, "enter", "l")
        sample.monitor.change(removed=[record.job_id])
        await stage.press("up")
        await stage.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        await stage.until(lambda: any("gone" in notice for notice in stage.notices))

    sample.perform(story)


def test_services_follow(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("s")
        service = ServiceRecord(experiment_id="toy", run_id="r", service_id="new-service")
        sample.monitor.change_service(service)
        await stage.until(lambda: "new-service" in stage.text())

    sample.perform(story)


def test_a_workspace_that_goes_and_comes_back(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("j")
        sample.monitor.error = NotAWorkspace("/data/experiments does not exist")
        sample.monitor.change()
        await stage.until(lambda: "⚠ /data/experiments does not exist; trying again" in stage.text())
        assert "23 jobs" in stage.text()  # what was known is shown
        await stage.press("r", "enter", "escape", "e", "j", "down")  # and nothing breaks
        sample.monitor.error = None
        await stage.until(lambda: "⚠" not in stage.text())
        assert any("is back" in notice for notice in stage.notices)
        await stage.press("e", "j")
        assert "23 jobs" in stage.text()

    sample.perform(story)


def test_an_experiment_that_is_deleted(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("down", "enter")
        del sample.monitor.runs_by_experiment["msmarco-ranking"]
        await stage.press("r")
        assert "No job." in stage.text()
        await stage.press("d")
        await stage.until(lambda: any("gone" in notice for notice in stage.notices))
        await stage.press("escape")
        assert "msmarco-ranking" not in stage.text()

    sample.perform(story)


def test_a_disk_that_does_not_answer(sample: Sample, monkeypatch: object) -> None:
    async def story(stage: Stage) -> None:
        gate = sample.monitor.gate = threading.Event()
        try:
            await stage.pilot.press("j")
            stage.app.desk._since = {(0, "jobs"): -10.0}  # it has been asked long ago
            stage.app.tick()
            await stage.until(lambda: "no answer for" in stage.text())
            before = stage.app.theme
            await stage.pilot.press("t")  # keys answer
            await stage.until(lambda: stage.app.theme != before)
        finally:
            gate.set()
            sample.monitor.gate = None

    sample.perform(story)


def test_what_a_monitor_cannot_answer_is_said(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        sample.monitor.services = lambda: 1 // 0  # type: ignore[method-assign,assignment,return-value]
        await stage.press("s")
        assert any("by zero" in notice for notice in stage.notices)

    sample.perform(story)


def test_a_thousand_changes(sample: Sample) -> None:
    """What comes faster than a screen can be drawn is put together."""
    records = [job("ir.load", n, "RUNNING", experiment_id="toy", submitted_at=NOW) for n in range(200)]

    async def story(stage: Stage) -> None:
        await stage.press("j")
        for _ in range(5):
            for record in records:
                sample.monitor.change(record)
        await stage.press("down", "down", "up")
        main = stage.app.screen
        assert isinstance(main, MainScreen)
        assert main.jobs.table.cursor <= 201
        await stage.until(lambda: "223 jobs" in stage.text())

    sample.perform(story)


def test_many_jobs(sample: Sample) -> None:
    """Rows are asked for near the screen only, wherever it is."""
    times = [NOW - timedelta(seconds=n) for n in range(3000)]
    records = [job("ir.load", n, experiment_id="toy", submitted_at=at) for n, at in enumerate(times)]
    sample.monitor.change(*records)
    asked: list[tuple[int, int | None]] = []
    jobs = sample.monitor.jobs

    def listen(*arguments: Any, **options: Any) -> JobPage:
        asked.append((options["offset"], options["limit"]))
        return jobs(*arguments, **options)

    sample.monitor.jobs = listen  # type: ignore[method-assign]

    async def story(stage: Stage) -> None:
        await stage.press("j")
        main = stage.app.screen
        assert isinstance(main, MainScreen)
        table = main.jobs.table
        assert "3 023 jobs" in stage.text()
        await stage.press("pagedown", "pagedown", "G")
        assert (table.cursor, table.row) == (3022, sample.monitor.jobs(offset=3022, limit=1).jobs[0])
        await stage.press("pageup", "r")
        assert table.cursor == 3022 - 25
        await stage.press("g")
        assert table.cursor == 0
        assert all(limit is not None and limit <= 300 for _, limit in asked)

    sample.perform(story)
