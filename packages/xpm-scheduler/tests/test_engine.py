"""The engine, told as dialogues: `>>` an event, `<<` the instruction that answers it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xpm_scheduler.engine import Engine
from xpm_scheduler.events import (
    Denied,
    Ended,
    Event,
    Finding,
    Follow,
    Inspect,
    Inspected,
    Kill,
    KillRequested,
    Launch,
    Launched,
    RetryRequested,
    Started,
    StopRequested,
    TokensFreed,
)
from xpm_scheduler.testing import Dialogue, plan, submitted
from xpm_workspace.lifecycle import FailureReason, IllegalTransition, JobState


def free(job_id: str) -> Inspected:
    return Inspected(job_id=job_id, finding=Finding.FREE)


def found(job_id: str, finding: Finding) -> Inspected:
    return Inspected(job_id=job_id, finding=finding)


def failed(job_id: str, reason: FailureReason = FailureReason.FAILED) -> Ended:
    return Ended(job_id=job_id, reason=reason)


def told(*texts: str, capacity: int | None = None, **options: Any) -> Dialogue:
    """A story in which these jobs were submitted and found free."""
    story = Dialogue({"direct": capacity})
    (story >> submitted(*texts, **options)).fast_forward()
    for job_id in list(story.engine):
        (story >> free(job_id)).fast_forward()
    return story


def run(story: Dialogue, job_id: str) -> None:
    (story >> Launched(job_id=job_id)).fast_forward()
    (story >> Started(job_id=job_id)).fast_forward()


def state(story: Dialogue, job_id: str) -> str:
    return str(story.engine.status(job_id))


class TestOneJob:
    def test_runs_from_submission_to_done(self) -> None:
        story = Dialogue()
        story >> submitted("a")
        story << "a WAITING" << Inspect(job_ids=("a",))
        story >> free("a")
        story << "a READY" << Launch(job_id="a", attempt=1)
        story >> Launched(job_id="a")
        story << "a SCHEDULED"
        story >> Started(job_id="a")
        story << "a RUNNING"
        story >> Ended(job_id="a")
        story << "a DONE"
        story.silence()
        assert story.engine.idle

    def test_done_on_disk_is_not_launched(self) -> None:
        story = Dialogue()
        (story >> submitted("a")).fast_forward()
        story >> found("a", Finding.DONE)
        story << "a DONE"
        story.silence()

    def test_running_elsewhere_is_followed(self) -> None:
        story = Dialogue()
        (story >> submitted("a")).fast_forward()
        story >> found("a", Finding.RUNNING)
        story << "a RUNNING" << Follow(job_id="a")
        story >> Ended(job_id="a")
        story << "a DONE"
        story.silence()

    def test_submitted_twice_is_one_job(self) -> None:
        story = told("a")
        story >> submitted("a")
        story.silence()

    @pytest.mark.parametrize("reason", list(FailureReason))
    def test_failure_keeps_its_reason(self, reason: FailureReason) -> None:
        story = told("a")
        run(story, "a")
        story >> failed("a", reason)
        story << f"a ERROR({reason.value})"
        assert story.engine.idle

    def test_launch_that_fails(self) -> None:
        story = told("a")
        story >> failed("a")
        story << "a ERROR(FAILED)"

    @pytest.mark.parametrize("finding", [Finding.DONE, Finding.RUNNING])
    def test_another_scheduler_was_faster(self, finding: Finding) -> None:
        story = told("a", "b", capacity=1)
        story >> found("a", finding)
        if finding is Finding.DONE:
            story << "a DONE" << Launch(job_id="b", attempt=1)
        else:
            story << "a RUNNING" << Follow(job_id="a")  # it keeps the only slot
        story.silence()

    def test_launch_found_it_free_again_goes_back_to_the_queue(self) -> None:
        story = told("a")
        story >> free("a")
        story << Launch(job_id="a", attempt=2)


class TestDependencies:
    def test_chain_runs_in_order(self) -> None:
        story = told("a", "b < a", "c < b")
        for job_id, following in (("a", "b"), ("b", "c")):
            run(story, job_id)
            story >> Ended(job_id=job_id)
            story << f"{job_id} DONE, {following} READY" << Launch(job_id=following, attempt=1)
        story.silence()

    def test_waits_for_all(self) -> None:
        story = told("a", "b", "c < a, b")
        run(story, "a")
        run(story, "b")
        story >> Ended(job_id="a")
        story << "a DONE"
        assert story.engine.waits_for("c") == {"b"}
        story >> Ended(job_id="b")
        story << "b DONE, c READY" << Launch(job_id="c", attempt=1)

    def test_failure_spreads_down_at_once(self) -> None:
        story = told("a", "b < a", "c < b", "d")
        run(story, "a")
        story >> failed("a", FailureReason.MEMORY)
        story << "a ERROR(MEMORY), b ERROR(DEPENDENCY), c ERROR(DEPENDENCY)"
        assert story.engine.unfinished == {"d"}

    def test_failure_before_the_dependant_was_inspected(self) -> None:
        story = Dialogue()
        (story >> submitted("a", "b < a")).fast_forward()
        (story >> free("a")).fast_forward()
        story >> failed("a")
        story << "a ERROR(FAILED)"
        story >> free("b")
        story << "b ERROR(DEPENDENCY)"

    def test_done_dependant_of_a_failed_job_stays_done(self) -> None:
        story = Dialogue()
        (story >> submitted("a", "b < a")).fast_forward()
        (story >> found("b", Finding.DONE)).fast_forward()
        (story >> free("a")).fast_forward()
        story >> failed("a")
        story << "a ERROR(FAILED)"
        assert state(story, "b") == "DONE"

    def test_submitted_after_its_dependency_ended(self) -> None:
        story = told("a")
        run(story, "a")
        (story >> Ended(job_id="a")).fast_forward()
        (story >> submitted("b < a")).fast_forward()
        story >> free("b")
        story << "b READY" << Launch(job_id="b", attempt=1)

    def test_unknown_dependency_is_refused(self) -> None:
        with pytest.raises(ValueError, match="b needs a"):
            Dialogue() >> submitted("b < a")

    def test_long_chain_fails_without_recursion(self) -> None:
        engine = Engine({"direct": 1})
        engine.handle(submitted("j0", *(f"j{i} < j{i - 1}" for i in range(1, 3000))))
        engine.handle(*map(free, engine), failed("j0"))
        assert str(engine.status("j2999")) == "ERROR(DEPENDENCY)"


class TestSlots:
    def test_never_more_than_the_capacity(self) -> None:
        story = Dialogue({"direct": 2})
        (story >> submitted("a", "b", "c")).fast_forward()
        for job_id in "abc":
            story >> free(job_id)
            story << f"{job_id} READY"
            if job_id != "c":
                story << Launch(job_id=job_id, attempt=1)
        run(story, "a")
        story >> Ended(job_id="a")
        story << "a DONE" << Launch(job_id="c", attempt=1)

    def test_priority_leaves_the_queue_first(self) -> None:
        story = told("a", capacity=1)
        (story >> submitted("low", priority=-1)).fast_forward()
        (story >> submitted("high", priority=5)).fast_forward()
        (story >> free("low")).fast_forward()
        (story >> free("high")).fast_forward()
        story >> failed("a")
        story << "a ERROR(FAILED)" << Launch(job_id="high", attempt=1)

    def test_attached_jobs_hold_slots(self) -> None:
        story = Dialogue({"direct": 1})
        (story >> submitted("a", "b")).fast_forward()
        (story >> found("a", Finding.RUNNING)).fast_forward()
        story >> free("b")
        story << "b READY"
        story >> Ended(job_id="a")
        story << "a DONE" << Launch(job_id="b", attempt=1)

    def test_unknown_launcher_is_refused(self) -> None:
        with pytest.raises(ValueError, match="slurm"):
            Dialogue() >> submitted("a", launchers=("slurm",))


class TestSeveralLaunchers:
    """A job waits for several launchers, and goes to the first that has a slot."""

    def start(self, *texts: str, one: int = 1, two: int | None = 1, **options: Any) -> Dialogue:
        story = Dialogue({"one": one, "two": two})
        (story >> submitted(*texts, **{"launchers": ("one", "two"), **options})).fast_forward()
        return story

    def test_the_preferred_one_then_the_other_then_the_first_that_has_a_slot_again(self) -> None:
        story = self.start("a", "b", "c", "d")
        for job_id, launcher in (("a", "one"), ("b", "two")):
            story >> free(job_id)
            story << f"{job_id} READY" << Launch(job_id=job_id, attempt=1, launcher=launcher)
        for job_id in "cd":
            (story >> free(job_id)).fast_forward()
        run(story, "b")
        story >> Ended(job_id="b")
        story << "b DONE" << Launch(job_id="c", attempt=1, launcher="two")
        run(story, "a")
        story >> Ended(job_id="a")
        story << "a DONE" << Launch(job_id="d", attempt=1, launcher="one")

    def test_slots_are_shared_with_jobs_of_one_launcher_alone(self) -> None:
        story = self.start("a", launchers=("one",))
        (story >> free("a")).fast_forward()
        (story >> submitted("b", "c", launchers=("one", "two"))).fast_forward()
        (story >> submitted("d", launchers=("one",))).fast_forward()
        story >> free("b")
        story << "b READY" << Launch(job_id="b", attempt=1, launcher="two")
        for job_id in "dc":
            (story >> free(job_id)).fast_forward()
        run(story, "a")
        story >> Ended(job_id="a")
        story << "a DONE" << Launch(job_id="d", attempt=1, launcher="one")
        story >> failed("d")
        story << "d ERROR(FAILED)" << Launch(job_id="c", attempt=1, launcher="one")

    def test_who_came_first_goes_first_whatever_the_queue(self) -> None:
        """`b` could go to `one` only; it came before `c`, which prefers `one`."""
        story = self.start("a", launchers=("one",))
        (story >> submitted("b", launchers=("one",))).fast_forward()
        (story >> submitted("c", "x", launchers=("one", "two"))).fast_forward()
        for job_id in "axbc":
            (story >> free(job_id)).fast_forward()
        (story >> failed("a")) << "a ERROR(FAILED)" << Launch(job_id="b", attempt=1, launcher="one")
        (story >> failed("b")) << "b ERROR(FAILED)" << Launch(job_id="c", attempt=1, launcher="one")

    def test_found_running_takes_a_slot_that_is_free(self) -> None:
        story = self.start("a", "b", "c", two=None)
        for job_id in "ab":
            (story >> found(job_id, Finding.RUNNING)).fast_forward()
        story >> free("c")
        story << "c READY" << Launch(job_id="c", attempt=1, launcher="two")
        (story >> Ended(job_id="a")).fast_forward()
        (story >> submitted("d", launchers=("one",))).fast_forward()
        story >> free("d")
        story << "d READY" << Launch(job_id="d", attempt=1, launcher="one")

    @pytest.mark.parametrize("event", [KillRequested(job_id="b"), StopRequested()])
    def test_it_leaves_all_lines(self, event: Event) -> None:
        story = self.start("a", "x", "b")
        for job_id in "axb":
            (story >> free(job_id)).fast_forward()
        (story >> event).fast_forward()
        story >> failed("a")
        story << "a ERROR(FAILED)"
        story.silence()

    def test_denied_a_token_it_waits_for_all_again(self) -> None:
        story = self.start("a", "b")
        for job_id in "ab":
            (story >> free(job_id)).fast_forward()
        (story >> Denied(job_id="a")).silence()
        (story >> submitted("c", launchers=("one",))).fast_forward()
        (story >> free("c")).fast_forward()
        (story >> TokensFreed()).silence()
        story >> failed("b")
        story << "b ERROR(FAILED)" << Launch(job_id="a", attempt=1, launcher="two")


class TestResume:
    def test_timeout_of_a_resumable_job_runs_it_again(self) -> None:
        story = told("a", resumable=True, max_retries=1)
        run(story, "a")
        story >> failed("a", FailureReason.TIMEOUT)
        story << "a WAITING, a READY" << Launch(job_id="a", attempt=2)
        run(story, "a")
        story >> failed("a", FailureReason.TIMEOUT)
        story << "a ERROR(TIMEOUT)"

    def test_interruption_asked_by_the_task(self) -> None:
        story = told("a", resumable=True)
        run(story, "a")
        story >> Ended(job_id="a", interrupted=True, reason=FailureReason.TIMEOUT)
        story << "a WAITING, a READY" << Launch(job_id="a", attempt=2)

    def test_plain_job_is_not_resumed(self) -> None:
        story = told("a")
        run(story, "a")
        story >> failed("a", FailureReason.TIMEOUT)
        story << "a ERROR(TIMEOUT)"


class TestTransient:
    def test_not_run_when_nobody_needs_it(self) -> None:
        story = Dialogue()
        story >> submitted("t", transient=True)
        story << Inspect(job_ids=("t",))
        story >> free("t")
        story.silence()
        assert story.engine.idle
        assert state(story, "t") == "UNSCHEDULED"

    @pytest.mark.parametrize("first", ["t", "a"])
    def test_run_when_a_job_that_needs_it_must_run(self, first: str) -> None:
        story = Dialogue()
        (story >> submitted("t", transient=True)).fast_forward()
        (story >> submitted("a < t")).fast_forward()
        second = "a" if first == "t" else "t"
        (story >> free(first)).fast_forward()
        (story >> free(second)).fast_forward()
        assert state(story, "t") == "READY"
        assert state(story, "a") == "WAITING"

    def test_not_run_when_the_job_that_needs_it_is_done(self) -> None:
        story = Dialogue()
        (story >> submitted("t", transient=True)).fast_forward()
        (story >> submitted("a < t")).fast_forward()
        (story >> free("t")).fast_forward()
        story >> found("a", Finding.DONE)
        story << "a DONE"
        assert story.engine.idle


class TestTokens:
    def test_a_denied_job_waits_without_a_slot(self) -> None:
        story = told("a", "b", capacity=1)
        story >> Denied(job_id="a")
        story << Launch(job_id="b", attempt=1)
        story >> TokensFreed()
        story.silence()
        run(story, "b")
        story >> Ended(job_id="b")
        story << "b DONE" << Launch(job_id="a", attempt=1)

    def test_nothing_else_to_do(self) -> None:
        story = told("a", "b")
        story >> Denied(job_id="b")
        story.silence()
        assert story.engine.parked and not story.engine.idle
        story >> TokensFreed()
        story << Launch(job_id="b", attempt=1)
        assert not story.engine.parked

    @pytest.mark.parametrize("event", [KillRequested(job_id="a"), StopRequested()])
    def test_a_denied_job_can_be_stopped(self, event: Event) -> None:
        story = told("a")
        (story >> Denied(job_id="a")).fast_forward()
        (story >> event).fast_forward()
        assert story.engine.idle and not story.engine.parked


class TestStopAndKill:
    def test_stop_withdraws_what_has_not_started(self) -> None:
        story = told("a", "b", "c < b", capacity=1)
        run(story, "a")
        story >> StopRequested()
        story.fast_forward()
        assert state(story, "b") == state(story, "c") == "UNSCHEDULED"
        assert story.engine.unfinished == {"a"}
        story >> Ended(job_id="a")
        story << "a DONE"
        story.silence()

    def test_kill_a_running_job(self) -> None:
        story = told("a", "b < a")
        run(story, "a")
        story >> KillRequested(job_id="a")
        story << Kill(job_id="a")
        story >> failed("a", FailureReason.CANCELLED)
        story << "a ERROR(CANCELLED), b ERROR(DEPENDENCY)"

    def test_kill_a_waiting_job(self) -> None:
        story = told("a", "b < a", "c < b")
        story >> KillRequested(job_id="b")
        story << "b ERROR(CANCELLED), c ERROR(DEPENDENCY)"
        story >> KillRequested(job_id="b")
        story.silence()

    def test_kill_before_the_inspection_answers(self) -> None:
        story = Dialogue()
        (story >> submitted("a")).fast_forward()
        (story >> KillRequested(job_id="a")).fast_forward()
        (story >> free("a")).fast_forward()
        assert state(story, "a") == "ERROR(CANCELLED)"

    def test_retry_runs_the_failed_job_and_its_victims(self) -> None:
        story = told("a", "b < a")
        run(story, "a")
        (story >> failed("a")).fast_forward()
        story >> RetryRequested(job_id="a")
        story << "a WAITING, b WAITING" << Inspect(job_ids=("a", "b"))
        story >> free("a")
        story << "a READY" << Launch(job_id="a", attempt=2)
        (story >> free("b")).fast_forward()
        run(story, "a")
        story >> Ended(job_id="a")
        story << "a DONE, b READY" << Launch(job_id="b", attempt=1)


def test_illegal_transition_tells_the_story_and_changes_nothing() -> None:
    story = told("a")
    run(story, "a")
    with pytest.raises(IllegalTransition, match=r"START cannot happen in state RUNNING\. a: .*launch ->"):
        story >> Started(job_id="a")
    assert story.engine.status("a").state is JobState.RUNNING


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_random_worlds_keep_the_invariants_and_end(data: st.DataObject) -> None:
    """Whatever the world answers, invariants hold, slots are respected, and the story ends."""
    number = data.draw(st.integers(1, 8))
    capacity = data.draw(st.one_of(st.none(), st.integers(1, 3)))
    story = Dialogue({"direct": capacity, "other": 1})
    for i in range(number):
        needs = data.draw(st.lists(st.integers(0, i - 1), unique=True, max_size=3)) if i else []
        options: dict[str, Any] = {
            "transient": data.draw(st.booleans()),
            "resumable": data.draw(st.booleans()),
            "launchers": data.draw(st.sampled_from([("direct",), ("direct", "other"), ("other", "direct")])),
        }
        text = f"j{i} < " + ", ".join(f"j{n}" for n in needs)
        (story >> submitted(text, max_retries=1, **options)).fast_forward()
    finding = {f"j{i}": data.draw(st.sampled_from(Finding)) for i in range(number)}
    denials = 0
    while True:
        choices: list[Event] = [Inspected(job_id=j, finding=f) for j, f in finding.items()]
        for job_id, job in story.engine._jobs.items():
            if job.launching:
                choices += [Launched(job_id=job_id), found(job_id, Finding.DONE), failed(job_id)]
                choices += [Denied(job_id=job_id)] * (denials < 3)
            elif job.status.state is JobState.SCHEDULED:
                choices += [Started(job_id=job_id), failed(job_id)]
            elif job.status.state is JobState.RUNNING:
                choices += [Ended(job_id=job_id), failed(job_id, FailureReason.TIMEOUT)]
        if story.engine.parked:
            choices.append(TokensFreed())
        if not choices:
            break
        event = data.draw(st.sampled_from(choices))
        denials += isinstance(event, Denied)
        if isinstance(event, Inspected):
            finding.pop(event.job_id, None)
        (story >> event).fast_forward()
        active = [j for j in story.engine._jobs.values() if j.launching]
        assert capacity is None or len(active) <= capacity + 1
    assert story.engine.idle


def test_plan_reads_as_written() -> None:
    assert plan("c < a, b").depends_on == ("a", "b")
    assert list(Engine({})) == []


# --- Stopped while things are under way


def test_a_start_that_is_denied_after_the_stop_does_not_wait_for_ever() -> None:
    story = told("a")
    story >> StopRequested()
    story.silence()
    story >> Denied(job_id="a")
    story << "a UNSCHEDULED"
    assert story.engine.idle and story.engine.parked == ()


def test_a_start_that_found_nothing_to_start_after_the_stop() -> None:
    story = told("a")
    (story >> StopRequested()).silence()
    story >> free("a")
    story << "a UNSCHEDULED"
    assert story.engine.idle


def test_a_job_that_is_submitted_after_the_stop() -> None:
    story = told("a")
    run(story, "a")
    (story >> StopRequested()).silence()
    (story >> submitted("b < a")).fast_forward()
    (story >> free("b")).fast_forward()
    assert state(story, "b") == "UNSCHEDULED"
    (story >> Ended(job_id="a")).fast_forward()
    assert story.engine.idle


# --- Followed, and never started


def never_ran(job_id: str) -> Ended:
    return Ended(job_id=job_id, reason=FailureReason.LOST, never_ran=True)


def test_a_job_that_another_scheduler_was_about_to_start_is_started_here() -> None:
    story = Dialogue()
    (story >> submitted("a")).fast_forward()
    (story >> found("a", Finding.RUNNING)).fast_forward()
    story >> never_ran("a")
    story << "a WAITING, a READY" << Launch(job_id="a", attempt=1)


def test_it_is_lost_once_the_experiment_was_stopped() -> None:
    story = Dialogue()
    (story >> submitted("a")).fast_forward()
    (story >> found("a", Finding.RUNNING)).fast_forward()
    (story >> StopRequested()).silence()
    story >> never_ran("a")
    story << "a ERROR(LOST)"


# --- Waiting for some


def test_only_those_whose_turn_it_is_leave_the_line_for_a_token() -> None:
    story = told("a", "b")
    (story >> Denied(job_id="a")).silence()
    (story >> Denied(job_id="b")).silence()
    story >> TokensFreed(job_ids=("b", "unknown"))
    story << Launch(job_id="b", attempt=1)
    assert story.engine.parked == ("a",)


def test_which_jobs_will_change_by_themselves() -> None:
    story = told("a", "b < a", transient=True)
    assert not story.engine.will_change("a") and not story.engine.will_change("b")
    (story >> submitted("c < b")).fast_forward()
    assert story.engine.will_change("c") and not story.engine.will_change("a")
    (story >> free("c")).fast_forward()
    assert story.engine.will_change("a") and story.engine.will_change("b")
