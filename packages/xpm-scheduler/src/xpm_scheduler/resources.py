"""What tasks share: counter tokens, as the user writes them, and folders that several tasks use."""

from __future__ import annotations

from typing import Any, TypeVar

from xpm_scheduler.job import Job
from xpm_scheduler.tokens import Need, merge, reads, writes
from xpm_tasks.submission import Submission

T = TypeVar("T")


class CounterToken:
    """Something of which there is a number, shared by all the experiments of a workspace.

        token = xp.token("licenses", 3)
        token(1, Learn.C(...)).submit()

    Jobs claim an amount of it for as long as they run, first come first served.
    """

    def __init__(self, name: str, count: int) -> None:
        """Name a token.

        Args:
            name: the same name is the same token, in the whole workspace.
            count: how much of it there is.
        """
        if count < 1:
            raise ValueError(f"token {name}: there must be at least 1 of it, not {count}")
        self.name = name
        self.count = count

    def dependency(self, amount: int) -> Need:
        """Return what `task.add_dependencies` takes: the task needs so much of the token.

        Raises:
            ValueError: there is not so much of it.
        """
        return Need(token=self.name, amount=amount, capacity=self.count)

    def __call__(self, amount: int, task: T) -> T:
        """Let a task need so much of the token; return the task."""
        configuration: Any = task
        configuration.add_dependencies(self.dependency(amount))
        return task

    def __repr__(self) -> str:
        return f"CounterToken({self.name!r}, {self.count})"


def needs_of(submission: Submission) -> tuple[Need, ...]:
    """Return what a task needs: its tokens, the shared folders it writes, and those of the tasks it reads.

    Raises:
        TypeError: something else was given to `add_dependencies`.
    """
    needs: list[Need] = []
    for resource in submission.resources:
        if not isinstance(resource, Need):
            raise TypeError(f"add_dependencies takes token.dependency(n), not {resource!r}")
        needs.append(resource)
    needs += [writes(str(folder)) for folder in submission.partial_folders]
    for task in submission.dependencies:
        job = task.__xpm__.job
        if isinstance(job, Job):
            needs += [reads(str(folder)) for folder in job.submission.partial_folders]
    return merge(needs)
