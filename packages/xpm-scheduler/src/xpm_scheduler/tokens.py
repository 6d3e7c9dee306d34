"""Shared resources, as numbers: who may take how much, first come first served. Pure.

A token has a capacity. Jobs claim an amount of it for as long as they run; those that do not get it wait in a
line, and only the head of the line may claim, so that a large claim is not starved by small ones. A folder
shared by several tasks is a token as well: a reader takes one unit, a writer takes all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: Capacity of a token that stands for a folder: the number of readers at once.
READERS = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """What a job needs of one token."""

    #: The token's name, unique in the workspace.
    token: str
    #: How much of it.
    amount: int
    #: Its capacity, as this experiment declares it.
    capacity: int

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"token {self.token}: a job claims at least 1, not {self.amount}")
        if self.amount > self.capacity:
            raise ValueError(
                f"token {self.token}: a job that claims {self.amount} of {self.capacity} would wait for ever"
            )


def reads(folder: str) -> Need:
    """What a job needs that reads a shared folder: that nobody writes in it."""
    return Need(token=f"folder:{folder}", amount=1, capacity=READERS)


def writes(folder: str) -> Need:
    """What a job needs that writes in a shared folder: that nobody else uses it."""
    return Need(token=f"folder:{folder}", amount=READERS, capacity=READERS)


def merge(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Add up needs of the same token, in the order of the tokens' names: that in which they are locked."""
    amounts: dict[str, int] = {}
    capacities: dict[str, int] = {}
    for need in needs:
        amounts[need.token] = amounts.get(need.token, 0) + need.amount
        capacities[need.token] = need.capacity
    return tuple(
        # To read and to write the same folder is to write it.
        Need(token=t, amount=min(a, READERS) if t.startswith("folder:") else a, capacity=capacities[t])
        for t, a in sorted(amounts.items())
    )


def admits(need: Need, job_id: str, claims: Mapping[str, int], line: Iterable[str]) -> bool:
    """Whether a job may take what it needs of one token.

    Args:
        need: what it needs.
        job_id: the job.
        claims: amount by job, of those that hold some.
        line: the jobs that wait, the first come first.
    """
    if job_id in claims:
        return True
    ahead = next(iter(line), job_id)
    return ahead == job_id and sum(claims.values()) + need.amount <= need.capacity
