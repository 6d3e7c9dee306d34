"""Which runs of an experiment are kept, and the removal of the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xpm_workspace.errors import UnknownExperiment, WorkspaceError
from xpm_workspace.informations import RunInfo, change_informations, read_informations, run_order
from xpm_workspace.layout import ExperimentLayout
from xpm_workspace.locks import is_held
from xpm_workspace.removal import check_inside, remove_tree
from xpm_workspace.runs import ExperimentLock
from xpm_workspace.settings import HistorySettings

#: Status of runs that ended badly. A detached run has jobs that may still be running, so that it counts as
#: unknown.
_BAD = ("failed", "interrupted")


def superfluous_runs(
    runs: dict[str, RunInfo], history: HistorySettings, *, current_run: str | None = None
) -> list[str]:
    """Return the runs to remove, the oldest first. Pure.

    The latest `max_done` good runs are kept; of the bad ones, the latest `max_failed` after the last good
    one. Runs that go on, the current one, and those with any other status, are kept.
    """
    ordered = sorted(runs, key=run_order, reverse=True)
    good = [run for run in ordered if runs[run].status == "done"]
    latest_good = run_order(good[0]) if good else None
    bad = [run for run in ordered if runs[run].status in _BAD]
    kept_bad = [run for run in bad if latest_good is None or run_order(run) > latest_good][
        : history.max_failed
    ]
    removable = set(good[history.max_done :]) | (set(bad) - set(kept_bad))
    removable.discard(current_run or "")
    return [run for run in reversed(ordered) if run in removable]


def apply_history(
    experiment: ExperimentLayout, history: HistorySettings, *, perform: bool = False
) -> list[str]:
    """Remove the runs that need not be kept; their jobs stay.

    Args:
        experiment: whose runs.
        history: how many are kept.
        perform: remove them; otherwise only return which.
    """
    info = read_informations(experiment)
    runs = superfluous_runs(info.runs, history, current_run=info.current_run)
    if perform:
        remove_runs(experiment, runs)
    return runs


def remove_runs(experiment: ExperimentLayout, run_ids: Iterable[str]) -> None:
    """Remove runs: first from `informations.json`, then their folders; their jobs stay.

    Raises:
        WorkspaceError: one of them is being run.
    """
    run_ids = list(run_ids)
    info = read_informations(experiment)
    if info.current_run in run_ids and is_held(experiment.lock):
        what = f"run {info.current_run} of {experiment.experiment_id}"
        raise WorkspaceError(f"{what} is being run: wait for its end, or stop it")

    def change(content: dict[str, Any]) -> None:
        for run_id in run_ids:
            content["runs"].pop(run_id, None)
        if content.get("current_run") in run_ids:
            content["current_run"] = max(content["runs"], key=run_order, default=None)

    if not run_ids:
        return
    change_informations(experiment, change)
    for run_id in run_ids:
        remove_tree(experiment.workspace, experiment.run(run_id).path)


def delete_run(experiment: ExperimentLayout, run_id: str, *, perform: bool = False) -> str:
    """Remove one run; returns in words what was, or would be, done.

    Raises:
        UnknownExperiment: there is no such run.
        WorkspaceError: it is being run.
    """
    info = read_informations(experiment)
    if run_id not in info.runs:
        raise UnknownExperiment(f"{experiment.experiment_id} has no run {run_id!r}")
    if perform:
        remove_runs(experiment, [run_id])
    return f"remove {experiment.run(run_id).path}"


def delete_experiment(experiment: ExperimentLayout, *, perform: bool = False) -> str:
    """Remove an experiment with all its runs; its jobs stay, as orphans if no other run knows them.

    Returns:
        In words what was, or would be, done.

    Raises:
        UnknownExperiment: there is none.
        WorkspaceError: it is being run.
    """
    if not experiment.path.is_dir():
        raise UnknownExperiment(f"there is no experiment {experiment.experiment_id!r}")
    if is_held(experiment.lock):
        raise WorkspaceError(f"{experiment.experiment_id} is being run: wait for its end, or stop it")
    if perform:
        _remove_experiment(experiment)
    return f"remove {experiment.path}"


def _remove_experiment(experiment: ExperimentLayout) -> None:
    if experiment.path.is_symlink():  # only the link goes: what it leads to is not ours, nor is its lock
        remove_tree(experiment.workspace, experiment.path)
        return
    check_inside(experiment.workspace, experiment.path)
    lock = ExperimentLock(experiment)
    if not lock.acquire():
        raise WorkspaceError(
            f"{experiment.experiment_id} has just been started: wait for its end, or stop it"
        )
    try:
        remove_tree(experiment.workspace, experiment.path)
    finally:
        lock.release()
