"""What to draw of a run: its jobs, or its tasks when there are too many jobs."""

from __future__ import annotations

from collections.abc import Iterator

from xpm_web.answers import GraphAnswer, GraphEdge, GraphNode
from xpm_web.asks import GraphAsk
from xpm_workspace.monitor import Monitor
from xpm_workspace.records import JobRecord

#: More jobs than this are not drawn one by one, whatever is asked for.
MAX_JOBS = 2000
#: More jobs than this are drawn one by one only when asked for.
AUTO_JOBS = 250
#: So many at once, so that others get their turn.
_PAGE = 500


def graph_of_run(monitor: Monitor, ask: GraphAsk) -> GraphAnswer:
    """Return the graph that is asked for, or one with fewer nodes.

    Raises:
        UnknownExperiment: no such experiment or run.
    """
    total = (
        monitor.jobs(
            experiment_id=ask.experiment_id, run_id=ask.run_id, limit=1, total=True, order="id"
        ).total
        or 0
    )
    if ask.detail == "tasks" or total > (MAX_JOBS if ask.detail == "jobs" else AUTO_JOBS):
        return _of_tasks(monitor, ask, total)
    return _of_jobs(list(_all_jobs(monitor, ask, total)), total)


def _all_jobs(monitor: Monitor, ask: GraphAsk, total: int) -> Iterator[JobRecord]:
    for offset in range(0, total, _PAGE):
        page = monitor.jobs(
            experiment_id=ask.experiment_id, run_id=ask.run_id, order="id", offset=offset, limit=_PAGE
        )
        yield from page.jobs


def _of_jobs(jobs: list[JobRecord], total: int) -> GraphAnswer:
    known = {job.job_id: job for job in jobs}
    return GraphAnswer(
        detail="jobs",
        total=total,
        jobs_possible=True,
        nodes=tuple(
            GraphNode(id=job.job_id, task_id=job.task_id, state=job.state, tags=job.tags)
            for job in known.values()
        ),
        edges=tuple(
            GraphEdge(needed=needed, by=job.job_id)
            for job in known.values()
            for needed in job.depends_on
            if needed in known
        ),
    )


def _of_tasks(monitor: Monitor, ask: GraphAsk, total: int) -> GraphAnswer:
    found = monitor.task_graph(ask.experiment_id, ask.run_id)
    known = {node.task_id for node in found.tasks}
    return GraphAnswer(
        detail="tasks",
        total=total,
        jobs_possible=total <= MAX_JOBS,
        nodes=tuple(GraphNode(id=n.task_id, task_id=n.task_id, jobs=n.jobs) for n in found.tasks),
        edges=tuple(
            GraphEdge(needed=edge.needed, by=edge.by, count=edge.count)
            for edge in found.edges
            if edge.needed in known
        ),
    )
