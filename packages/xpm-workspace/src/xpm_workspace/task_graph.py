"""How many jobs are in each state, and which tasks need which; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from xpm_workspace.records import JobCounts, JobRecord, TaskEdge, TaskGraph, TaskNode

_COUNTED = {
    "DONE": "done",
    "ERROR": "failed",
    "RUNNING": "running",
    "SCHEDULED": "scheduled",
    "WAITING": "waiting",
    "READY": "waiting",
    "UNSCHEDULED": "unscheduled",
}


def count_states(states: Iterable[tuple[Any, ...]]) -> JobCounts:
    """Sum up pairs of a state and a number."""
    counts = dict.fromkeys(JobCounts.__struct_fields__, 0)
    for state, number in states:
        counts[_COUNTED.get(state, "unscheduled")] += number
        counts["total"] += number
    return JobCounts(**counts)


def task_graph_of(jobs: Iterable[JobRecord]) -> TaskGraph:
    """Return the graph of the tasks of jobs, for a monitor that has them all in memory."""
    states: dict[str, Counter[str]] = {}
    edges: Counter[tuple[str, str]] = Counter()
    for job in jobs:
        states.setdefault(job.task_id, Counter())[job.state.value] += 1
        edges.update((needed.partition("/")[0], job.task_id) for needed in job.depends_on)
    return TaskGraph(
        tasks=tuple(
            TaskNode(task_id=task, jobs=count_states(found.items())) for task, found in sorted(states.items())
        ),
        edges=tuple(
            TaskEdge(needed=needed, by=by, count=count) for (needed, by), count in sorted(edges.items())
        ),
    )
