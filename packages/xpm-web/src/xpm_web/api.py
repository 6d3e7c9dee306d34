"""The operations of the API: plain functions from what is asked to what is answered.

They may wait (for a disk, for another machine), and run in threads; they know nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from xpm_web import asks
from xpm_web.__about__ import __version__
from xpm_web.answers import (
    GraphAnswer,
    JobAnswer,
    JobBrief,
    Membership,
    OrphansAnswer,
    ParametersAnswer,
    ServiceAnswer,
    WorkspaceAnswer,
)
from xpm_web.graph import graph_of_run
from xpm_web.parameter_tree import parameter_tree
from xpm_web.site import Site
from xpm_workspace.controller import Outcome
from xpm_workspace.errors import UnknownJob
from xpm_workspace.records import ExperimentRecord, JobPage, LogPart, RunRecord, ServiceRecord

#: Most neighbours of a job, and most orphans, that are listed.
_MAX_LISTED = 500


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation: how it is called, what it takes and gives."""

    #: What it is called in the document and in the page.
    name: str
    #: `GET`, or `POST` for what changes something.
    method: str
    #: Below the root of the API, fields of `ask` in braces.
    path: str
    #: One line for people.
    summary: str
    #: Type of what is asked.
    ask: type[asks.Ask]
    #: Type of what is answered.
    answer: Any
    #: Does it.
    call: Callable[..., Any]
    #: Type of the body, for `POST`.
    body: type[asks.ActBody] | None = None


def workspace(site: Site, ask: asks.Ask) -> WorkspaceAnswer:
    """Return what is shown."""
    return WorkspaceAnswer(
        title=site.target.title,
        experiment_id=site.target.experiment_id,
        position=site.position(),
        version=__version__,
    )


def experiments(site: Site, ask: asks.Ask) -> list[ExperimentRecord]:
    """Return all experiments."""
    return site.monitor.experiments()


def runs(site: Site, ask: asks.ExperimentAsk) -> list[RunRecord]:
    """Return the runs of an experiment."""
    return site.monitor.runs(ask.experiment_id)


def graph(site: Site, ask: asks.GraphAsk) -> GraphAnswer:
    """Return what to draw of a run."""
    return graph_of_run(site.monitor, ask)


def jobs(site: Site, ask: asks.JobsAsk) -> JobPage:
    """Return a page of jobs."""
    return site.monitor.jobs(
        ask.filter or None,
        experiment_id=ask.experiment_id,
        run_id=ask.run_id,
        order=ask.order,
        offset=ask.offset,
        limit=ask.limit,
        total=ask.total,
    )


def job(site: Site, ask: asks.JobAsk) -> JobAnswer:
    """Return all about a job, but its parameters."""
    record = site.monitor.job(ask.job_id)
    dependents = site.monitor.dependents(ask.job_id)
    return JobAnswer(
        job=record,
        folder=site.monitor.folder(ask.job_id),
        needs=_briefs(site, record.depends_on[:_MAX_LISTED]),
        needed_by=_briefs(site, dependents[:_MAX_LISTED]),
        needed_by_count=len(dependents),
        runs=tuple(Membership(experiment_id=e, run_id=r) for e, r in site.monitor.memberships(ask.job_id)),
    )


def parameters(site: Site, ask: asks.JobAsk) -> ParametersAnswer:
    """Return the parameters of a job."""
    site.monitor.job(ask.job_id)
    return parameter_tree(site.monitor.parameters(ask.job_id))


def log(site: Site, ask: asks.LogAsk) -> LogPart:
    """Return a part of a log."""
    site.monitor.job(ask.job_id)
    return site.monitor.log(ask.job_id, ask.stream, ask.offset, ask.limit)


def orphans(site: Site, ask: asks.Ask) -> OrphansAnswer:
    """Return the job folders that no kept run refers to."""
    found = site.monitor.orphans()
    return OrphansAnswer(total=len(found), job_ids=tuple(found[:_MAX_LISTED]))


def services(site: Site, ask: asks.Ask) -> list[ServiceAnswer]:
    """Return the services of the current runs."""
    return [_service(site, record) for record in site.monitor.services()]


def kill(site: Site, ask: asks.Ask, body: asks.ActBody) -> list[Outcome]:
    """Stop jobs."""
    return site.controller.kill(body.job_ids, perform=body.perform)


def clean(site: Site, ask: asks.Ask, body: asks.ActBody) -> list[Outcome]:
    """Remove the folders of jobs."""
    return site.controller.clean(body.job_ids, perform=body.perform)


def retry(site: Site, ask: asks.Ask, body: asks.ActBody) -> list[Outcome]:
    """Have jobs run again."""
    return site.controller.retry(body.job_ids, perform=body.perform)


def start_service(site: Site, ask: asks.ServiceAsk) -> Outcome:
    """Start a service."""
    return site.controller.start_service(ask.experiment_id, ask.service_id)


def stop_service(site: Site, ask: asks.ServiceAsk) -> Outcome:
    """Stop a service."""
    return site.controller.stop_service(ask.experiment_id, ask.service_id)


def _briefs(site: Site, job_ids: Iterable[str]) -> tuple[JobBrief, ...]:
    return tuple(_brief(site, job_id) for job_id in job_ids)


def _brief(site: Site, job_id: str) -> JobBrief:
    try:
        return JobBrief(job_id=job_id, state=site.monitor.job(job_id).state)
    except UnknownJob:
        return JobBrief(job_id=job_id)


def _service(site: Site, record: ServiceRecord) -> ServiceAnswer:
    return ServiceAnswer(
        experiment_id=record.experiment_id,
        run_id=record.run_id,
        service_id=record.service_id,
        state=record.state.value,
        description=record.description,
        link=site.link(record),
        host=record.host,
        error=record.error,
    )


#: All of them, but for the events, which have no end.
OPERATIONS = (
    Operation(
        name="getWorkspace",
        method="GET",
        path="/workspace",
        summary="What is shown, and from where on to ask for events.",
        ask=asks.Ask,
        answer=WorkspaceAnswer,
        call=workspace,
    ),
    Operation(
        name="listExperiments",
        method="GET",
        path="/experiments",
        summary="All experiments by id, each with its current run.",
        ask=asks.Ask,
        answer=list[ExperimentRecord],
        call=experiments,
    ),
    Operation(
        name="listRuns",
        method="GET",
        path="/experiments/{experiment_id}/runs",
        summary="The runs of an experiment, the latest first.",
        ask=asks.ExperimentAsk,
        answer=list[RunRecord],
        call=runs,
    ),
    Operation(
        name="getGraph",
        method="GET",
        path="/experiments/{experiment_id}/graph",
        summary="How the jobs of a run depend on each other.",
        ask=asks.GraphAsk,
        answer=GraphAnswer,
        call=graph,
    ),
    Operation(
        name="listJobs",
        method="GET",
        path="/jobs",
        summary="A page of jobs.",
        ask=asks.JobsAsk,
        answer=JobPage,
        call=jobs,
    ),
    Operation(
        name="getJob",
        method="GET",
        path="/jobs/{task_id}/{identifier}",
        summary="All about a job, but its parameters.",
        ask=asks.JobAsk,
        answer=JobAnswer,
        call=job,
    ),
    Operation(
        name="getParameters",
        method="GET",
        path="/jobs/{task_id}/{identifier}/parameters",
        summary="The parameters of a job, as a tree.",
        ask=asks.JobAsk,
        answer=ParametersAnswer,
        call=parameters,
    ),
    Operation(
        name="readLog",
        method="GET",
        path="/jobs/{task_id}/{identifier}/log",
        summary="A part of a log, as it is in the file; `X-Log-Offset` and `X-Log-Size` say which part.",
        ask=asks.LogAsk,
        answer=LogPart,
        call=log,
    ),
    Operation(
        name="listOrphans",
        method="GET",
        path="/orphans",
        summary="The job folders that no kept run refers to.",
        ask=asks.Ask,
        answer=OrphansAnswer,
        call=orphans,
    ),
    Operation(
        name="listServices",
        method="GET",
        path="/services",
        summary="The services of the current runs.",
        ask=asks.Ask,
        answer=list[ServiceAnswer],
        call=services,
    ),
    Operation(
        name="killJobs",
        method="POST",
        path="/actions/kill",
        summary="Stop jobs that run, and withdraw those that wait.",
        ask=asks.Ask,
        answer=list[Outcome],
        call=kill,
        body=asks.ActBody,
    ),
    Operation(
        name="cleanJobs",
        method="POST",
        path="/actions/clean",
        summary="Remove the folders of jobs that do not run.",
        ask=asks.Ask,
        answer=list[Outcome],
        call=clean,
        body=asks.ActBody,
    ),
    Operation(
        name="retryJobs",
        method="POST",
        path="/actions/retry",
        summary="Have failed jobs run again.",
        ask=asks.Ask,
        answer=list[Outcome],
        call=retry,
        body=asks.ActBody,
    ),
    Operation(
        name="startService",
        method="POST",
        path="/experiments/{experiment_id}/services/{service_id}/start",
        summary="Start a service of an experiment.",
        ask=asks.ServiceAsk,
        answer=Outcome,
        call=start_service,
    ),
    Operation(
        name="stopService",
        method="POST",
        path="/experiments/{experiment_id}/services/{service_id}/stop",
        summary="Stop a service of an experiment.",
        ask=asks.ServiceAsk,
        answer=Outcome,
        call=stop_service,
    ),
)
