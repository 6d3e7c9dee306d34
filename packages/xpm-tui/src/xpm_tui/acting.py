"""What people can do to jobs: which question is asked before, what is said after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from textual.message import Message

from xpm_tui import words
from xpm_workspace.controller import Controller, Outcome

#: Jobs that are named one by one before they are counted.
_NAMED = 8


class Verb(Enum):
    """An action on jobs: what it is called, what it is called when it was done, what it will do."""

    KILL = ("kill", "killed", "Kill")
    CLEAN = ("delete", "deleted", "Delete")
    RETRY = ("run again", "asked to run again", "Run again")

    @property
    def done(self) -> str:
        """Said of a job to which it was done."""
        return self.value[1]

    @property
    def button(self) -> str:
        """Pressed to have it done."""
        return self.value[2]


class Wish(Message):
    """Somebody wants something done to jobs; bubbles up to the application."""

    def __init__(self, verb: Verb, jobs: Callable[[], Sequence[str]]) -> None:
        super().__init__()
        #: What.
        self.verb = verb
        #: Tells to which jobs; called in a thread.
        self.jobs = jobs


class Planned(Message):
    """What would be done."""

    def __init__(self, verb: Verb, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.verb = verb
        self.outcomes = outcomes


class Acted(Message):
    """What was done."""

    def __init__(self, verb: Verb, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.verb = verb
        self.outcomes = outcomes


def act(controller: Controller, verb: Verb, jobs: Sequence[str], *, perform: bool) -> list[Outcome]:
    """Have something done, or find out what would be done."""
    acts = {Verb.KILL: controller.kill, Verb.CLEAN: controller.clean, Verb.RETRY: controller.retry}
    return acts[verb](jobs, perform=perform)


@dataclass(frozen=True)
class Question:
    """What is asked before something is done."""

    title: str
    lines: tuple[str, ...]
    #: Jobs to which it can be done.
    jobs: tuple[str, ...]


def question(verb: Verb, outcomes: Sequence[Outcome]) -> Question | str:
    """Return what to ask; or why there is nothing to ask."""
    possible = [outcome for outcome in outcomes if not outcome.problem]
    if not possible:
        if len(outcomes) == 1:
            return f"{outcomes[0].id}: {outcomes[0].problem}"
        return "no job to " + verb.value[0]
    lines = []
    for outcome in possible[:_NAMED]:
        lines += [outcome.id, f"  {outcome.what}"]
    if len(possible) > _NAMED:
        lines.append(f"… and {words.plural(len(possible) - _NAMED, 'other job')}")
    left = len(outcomes) - len(possible)
    if left:
        lines.append(
            f"{words.plural(left, 'job')} left as it is" if left == 1 else f"{left} jobs left as they are"
        )
    what = possible[0].id if len(possible) == 1 else words.plural(len(possible), "job")
    title = f"{verb.button} {words.visible(words.short_id(what))}?"
    return Question(title, tuple(map(words.visible, lines)), tuple(outcome.id for outcome in possible))


def report(verb: Verb, outcomes: Sequence[Outcome]) -> tuple[str, bool]:
    """Return what to say after something was done, and whether all of it worked."""
    failed = [outcome for outcome in outcomes if not outcome.done]
    done = len(outcomes) - len(failed)
    parts = []
    if done:
        first = next(outcome for outcome in outcomes if outcome.done)
        parts.append(f"{words.short_id(first.id) if done == 1 else words.plural(done, 'job')} {verb.done}")
    parts += [f"{words.short_id(outcome.id)}: {outcome.problem}" for outcome in failed[:3]]
    if len(failed) > 3:
        parts.append(f"… and {len(failed) - 3} more")
    return words.visible("; ".join(parts)), not failed
