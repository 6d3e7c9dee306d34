from __future__ import annotations

from xpm_tui.acting import Question, Verb, question, report
from xpm_workspace.controller import Outcome


def possible(number: int) -> Outcome:
    return Outcome(id=f"a.learn/{number:064d}", what="stop process 1")


def test_one_job_is_named() -> None:
    asked = question(Verb.KILL, [possible(1)])
    assert isinstance(asked, Question)
    assert asked.title == "Kill learn/00000000?"
    assert asked.lines == (possible(1).id, "  stop process 1")


def test_many_jobs_are_counted() -> None:
    impossible = Outcome(id="a.b/1", problem="it does not run")
    asked = question(Verb.CLEAN, [*map(possible, range(20)), impossible])
    assert isinstance(asked, Question)
    assert asked.title == "Delete 20 jobs?"
    assert asked.lines[-2:] == ("… and 12 other jobs", "1 job left as it is")
    assert impossible.id not in asked.jobs and len(asked.jobs) == 20


def test_nothing_to_do() -> None:
    assert question(Verb.KILL, [Outcome(id="a.b/1", problem="it has ended")]) == "a.b/1: it has ended"
    assert question(Verb.RETRY, []) == "no job to run again"


def test_what_others_wrote_is_harmless() -> None:
    asked = question(Verb.KILL, [Outcome(id="a/b", what="\x1b[2J")])
    assert isinstance(asked, Question) and "\x1b" not in "".join(asked.lines)


def test_report() -> None:
    done = Outcome(id="a.learn/123456789", done=True)
    failed = Outcome(id="a.learn/2", problem="process 7 does not end")
    assert report(Verb.KILL, [done]) == ("learn/12345678 killed", True)
    assert report(Verb.KILL, [done, done]) == ("2 jobs killed", True)
    text, well = report(Verb.KILL, [done, *[failed] * 5])
    assert not well
    assert (
        text
        == "learn/12345678 killed; " + "; ".join(["learn/2: process 7 does not end"] * 3) + "; … and 2 more"
    )
