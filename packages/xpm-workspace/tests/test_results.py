from __future__ import annotations

import csv
import importlib.util
import io

import pytest

from xpm_workspace.errors import UnknownExperiment
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.results import COLUMNS, results, to_csv, to_dataframe
from xpm_workspace.runs import create_run
from xpm_workspace.testing import make_job


def test_a_table(workspace: WorkspaceLayout) -> None:
    run = create_run(workspace, "xp")
    first, second = (
        make_job(workspace, "t.a", "1" * 64),
        make_job(workspace, "t.b", "2" * 64, marker="MEMORY"),
    )
    run.record_jobs([{"job": first.job_id, "tags": {"lr": 0.1, "state": "odd"}}])
    run.record_jobs([{"job": second.job_id, "tags": {"model": 'a, "b"\n'}}])
    run.end("failed")
    with LocalMonitor(workspace) as monitor:
        rows = results(monitor, "xp")
        assert [(row["job"], row["state"], row["reason"]) for row in rows] == [
            (first.job_id, "DONE", None),
            (second.job_id, "ERROR", "MEMORY"),
        ]
        assert (rows[0]["lr"], rows[0]["tag:state"], rows[0]["path"]) == (0.1, "odd", str(first.path))
        assert results(monitor, "xp", run_id=run.run_id) == rows
        with pytest.raises(UnknownExperiment):
            results(monitor, "other")
    read = list(csv.DictReader(io.StringIO(to_csv(rows))))
    assert list(read[0]) == [*COLUMNS, "lr", "tag:state", "model"]
    assert read[1]["model"] == 'a, "b"\n'
    assert to_csv([]).strip() == ",".join(COLUMNS)


@pytest.mark.skipif(importlib.util.find_spec("pandas") is not None, reason="pandas is installed")
def test_without_pandas() -> None:
    with pytest.raises(ImportError, match="pip install pandas"):
        to_dataframe([])


def test_with_pandas() -> None:
    pytest.importorskip("pandas")
    assert list(to_dataframe([{"a": 1}]).columns) == ["a"]
