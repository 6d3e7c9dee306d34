"""What a workspace in memory shows, for tests and for the pictures of the documentation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from xpm_tui.testing import NOW, SampleController, SampleMonitor
from xpm_workspace.fold import ProgressLevel
from xpm_workspace.frontends import Target
from xpm_workspace.lifecycle import FailureReason, JobState, Status
from xpm_workspace.records import JobCounts, JobRecord, RunRecord, ServiceRecord
from xpm_workspace.services import ServiceState


def sample_target(experiment_id: str | None = None) -> tuple[Target, SampleMonitor, SampleController]:
    """Return a workspace with a bit of everything."""
    monitor = SampleMonitor()
    _fill(monitor)
    controller = SampleController(monitor)
    target = Target(
        monitor=monitor, controller=controller, title="/data/experiments", experiment_id=experiment_id
    )
    return target, monitor, controller


def job(task: str, number: int, state: str = "DONE", **fields: Any) -> JobRecord:
    """Return a job of the sample.

    Args:
        task: its task.
        number: makes its identifier.
        state: its state, or the reason for which it failed.
        fields: of the record.
    """
    known = state in JobState.__members__
    status = Status(
        state=JobState[state] if known else JobState.ERROR, reason=None if known else FailureReason[state]
    )
    identifier = hashlib.sha256(str(number).encode()).hexdigest()
    record = JobRecord(
        job_id=f"{task}/{identifier}", task_id=task, identifier=identifier, status=status, launcher="direct"
    )
    return msgspec.structs.replace(record, **fields)


def _fill(monitor: SampleMonitor) -> None:
    monitor.runs_by_experiment = {
        "ablation-encoder": [
            _run("ablation-encoder", hours=50, status="failed", host="gpu-07.cluster", took_h=9.2),
            _run("ablation-encoder", hours=80, status="interrupted", host="gpu-07.cluster", done=3),
        ],
        "msmarco-ranking": [_run("msmarco-ranking", hours=2.1, status="running", host="gpu-12.cluster")],
        "toy": [_run("toy", hours=700, status="done", host="laptop", took_h=0.004)],
        "été": [],
    }
    jobs = [*_ranking_jobs(), *_ablation_jobs()]
    jobs.append(_of("toy", job("demo.hello", 900, **_times(42000, 4, 4.2), tags={"name": 'a "b"'})))
    orphan = job("old.experiment.learn", 990, "FAILED", ended_at=NOW - timedelta(days=400))
    jobs.append(orphan)
    monitor.orphans_ = [orphan.job_id]
    monitor.jobs_by_id = {record.job_id: record for record in jobs}
    running = next(record for record in jobs if record.state is JobState.RUNNING)
    lines = [f"epoch {n // 20 + 1:2}  step {n:4}  loss {2.5 / (n + 1) ** 0.3:.4f}" for n in range(480)]
    monitor.logs[running.job_id, "out"] = ("\n".join(lines) + "\n").encode()
    monitor.logs[running.job_id, "err"] = (
        b"\x1b[33mwarning\x1b[0m: 3 queries have no relevant passage\n"
        b"  0%|          | 0/24\r 50%|#####     | 12/24\nnext line\n"
    )
    monitor.services_ = [
        ServiceRecord(
            experiment_id="msmarco-ranking",
            run_id="20260314_130326",
            service_id="tensorboard",
            state=ServiceState.RUNNING,
            description="TensorBoard of all runs",
            url="http://gpu-12.cluster:6006/",
            host="gpu-12.cluster",
        ),
        ServiceRecord(
            experiment_id="msmarco-ranking",
            run_id="20260314_130326",
            service_id="search-demo",
            state=ServiceState.ERROR,
            description="Search page over the best model",
            error="port 8080 is taken by process 1234\nTraceback",
            host="gpu-12.cluster",
        ),
        ServiceRecord(
            experiment_id="ablation-encoder",
            run_id="20260312_130926",
            service_id="notebook",
            state=ServiceState.STOPPED,
            description="Jupyter",
        ),
    ]
    monitor.document = _DOCUMENT


def _run(
    experiment_id: str, *, hours: float, status: str, host: str, took_h: float | None = None, done: int = 0
) -> RunRecord:
    start = NOW - timedelta(hours=hours)
    return RunRecord(
        experiment_id=experiment_id,
        run_id=f"{start:%Y%m%d_%H%M%S}",
        hostname=host,
        started_at=start,
        ended_at=None if took_h is None else start + timedelta(hours=took_h),
        status=status,
        pid=4242,
        jobs=JobCounts(total=done * 2, done=done),
    )


def _times(minutes_ago: float, wait_s: float, took_s: float | None = None) -> dict[str, Any]:
    submitted = NOW - timedelta(minutes=minutes_ago)
    start = submitted + timedelta(seconds=wait_s)
    end = None if took_s is None else start + timedelta(seconds=took_s)
    return {"submitted_at": submitted, "started_at": start, "ended_at": end, "attempts": 1, "host": "gpu-12"}


def _of(experiment_id: str, record: JobRecord) -> JobRecord:
    return msgspec.structs.replace(record, experiment_id=experiment_id, run_id="20260314_130326")


def _ranking_jobs() -> Iterator[JobRecord]:
    index = job("ir.index.build", 1, tags={"corpus": "msmarco"}, **_times(126, 2, 1504))
    yield _of("msmarco-ranking", msgspec.structs.replace(index, peak_memory_bytes=12_400_000_000))
    number = 2
    for model in ("bm25", "monobert", "splade", "colbert"):
        for rate in ("1e-05", "0.0001", "0.001"):
            tags = {"model": model, "lr": float(rate)}
            yield _of("msmarco-ranking", _learn(number, tags, index.job_id))
            number += 1


def _learn(number: int, tags: dict[str, Any], needs: str) -> JobRecord:
    submitted = NOW - timedelta(minutes=126 - number)
    fields: dict[str, Any] = {"tags": tags, "depends_on": (needs,), "submitted_at": submitted}
    if number < 6:
        times = _times(126 - number, 60 * (25 + number), 1800.0 + 97 * number)
        return job(
            "ir.rank.learn", number, **{**fields, **times, "peak_memory_bytes": number * 2_100_000_000}
        )
    if number == 6:
        message = "ValueError: loss is not a number at step 1200"
        times = _times(120, 60 * 20, 733)
        more = {"message": message, "exit_code": 1, "peak_memory_bytes": 21_000_000_000}
        return job("ir.rank.learn", number, "FAILED", **{**fields, **times, **more})
    if number < 10:
        levels = (
            ProgressLevel(level=0, value=0.9 - 0.17 * (number - 6), desc="epochs"),
            ProgressLevel(level=1, value=0.31 * (number - 6), desc="steps"),
        )
        times = _times(126 - number, 60 * (40 + 13 * (number - 7)))
        more = {"progress": levels, "peak_memory_bytes": 18_300_000_000, "attempts": number - 6}
        return job("ir.rank.learn", number, "RUNNING", **{**fields, **times, **more})
    states = {10: "SCHEDULED", 11: "READY", 12: "WAITING"}
    return job("ir.rank.learn", number, states.get(number, "UNSCHEDULED"), **fields)


def _ablation_jobs() -> Iterator[JobRecord]:
    for number in range(20, 29):
        state = ("DONE", "DONE", "MEMORY", "DEPENDENCY")[number % 4]
        message = {"MEMORY": "killed: more than 32 GiB", "DEPENDENCY": "ir.rank.learn failed"}.get(state)
        times = _times(3000 - number, 5, 3600.0 * (number - 18)) if state != "DEPENDENCY" else {}
        tags = {"layers": number - 18, "pretrained": number % 2 == 0}
        yield _of("ablation-encoder", job("ir.ablate", number, state, tags=tags, message=message, **times))


_DOCUMENT: dict[str, Any] = {
    "version": 3,
    "objects": [
        {
            "id": 1,
            "typename": "ir.models.Splade",
            "identifier": "ab" * 32,
            "fields": {"layers": 12, "pooling": {"type": "enum", "enum": "ir.Pooling", "value": "MAX"}},
        },
        {
            "id": 2,
            "typename": "ir.data.Collection",
            "identifier": "cd" * 32,
            "fields": {"name": "msmarco-passage", "path": {"type": "path", "value": "/data/msmarco"}},
        },
        {
            "id": 3,
            "typename": "ir.rank.Learn",
            "identifier": "ef" * 32,
            "fields": {
                "model": {"type": "python", "value": 1},
                "data": [{"type": "python", "value": 2}],
                "lr": 0.0001,
                "epochs": 24,
                "name": "splade-base",
                "seeds": [1, 2, 3],
                "checkpoint": None,
            },
        },
    ],
}
