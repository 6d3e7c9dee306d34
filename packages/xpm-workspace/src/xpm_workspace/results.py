"""The jobs of an experiment as a table: tags, outcome, times, and where the files are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.records import JobRecord

if TYPE_CHECKING:
    import pandas  # type: ignore[import-not-found,import-untyped,unused-ignore]

#: Columns of every row; those of tags come after, in order of appearance.
COLUMNS = (
    "job",
    "task",
    "state",
    "reason",
    "started_at",
    "ended_at",
    "duration_s",
    "peak_memory_bytes",
    "path",
)


def results(monitor: LocalMonitor, experiment_id: str, *, run_id: str | None = None) -> list[dict[str, Any]]:
    """Return one row a job, in order of submission.

    Args:
        monitor: of the workspace.
        experiment_id: the experiment.
        run_id: one of its runs; by default the current one.

    Returns:
        Rows with `COLUMNS` and a column per tag; a tag whose name is a column is called `tag:NAME`.

    Raises:
        UnknownExperiment: no such experiment or run.
    """
    page = monitor.jobs(experiment_id=experiment_id, run_id=run_id, order="submitted", limit=None)
    return [_row(monitor, job) for job in page.jobs]


def to_dataframe(rows: Iterable[dict[str, Any]]) -> pandas.DataFrame:
    """Return rows as a pandas DataFrame.

    Raises:
        ImportError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise ImportError("a DataFrame needs pandas: pip install pandas") from None
    return pandas.DataFrame(list(rows))


def to_csv(rows: Iterable[dict[str, Any]]) -> str:
    """Return rows as comma-separated values, with a line of column names."""
    rows = list(rows)
    columns = list(dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(monitor: LocalMonitor, job: JobRecord) -> dict[str, Any]:
    row: dict[str, Any] = {
        "job": job.job_id,
        "task": job.task_id,
        "state": job.status.state.value,
        "reason": job.status.reason.value if job.status.reason else None,
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "ended_at": job.ended_at.isoformat() if job.ended_at else None,
        "duration_s": job.duration_s,
        "peak_memory_bytes": job.peak_memory_bytes,
        "path": str(monitor.job_layout(job.job_id).path),
    }
    for name, value in job.tags.items():
        row[f"tag:{name}" if name in COLUMNS else name] = value
    return row
