"""`tools/xpm demo`: the experiment of `examples/digits`, as a person runs it."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from xpm_tools.commands import call, environ
from xpm_tools.environment import ensure_examples
from xpm_tools.errors import ToolError
from xpm_tools.narration import say, step
from xpm_tools.paths import EXAMPLE, STATE, VENV, program, shown

#: Where the demo runs unless it is told otherwise.
WORKSPACE = STATE / "demo-workspace"

#: A cold demo, once installed, has to end within this time.
LIMIT_S = 60.0

#: What a file of a job folder was at some time: when it was written, and its size.
Snapshot = dict[Path, tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run of the demo did."""

    code: int
    duration_s: float
    #: Folders of the jobs that the run changed: those that were executed.
    executed: list[Path]
    #: Folders of all jobs.
    jobs: list[Path]


def demo(workdir: Path | None, *, fresh: bool) -> int:
    """Run the demo and tell where its results are.

    Args:
        workdir: The workspace; `.xpm/demo-workspace` when None.
        fresh: Forget what earlier runs of the demo did.

    Returns:
        The exit code of the experiment.
    """
    workspace = (workdir or WORKSPACE).absolute()
    ensure_examples()
    if fresh:
        _forget(workspace)
    run = execute(workspace)
    if run.code:
        say(f"the experiment ended with code {run.code}: it says why above")
        return run.code
    _tell(run, workspace)
    return 0


def execute(workspace: Path) -> Run:
    """Run the experiment once in a workspace."""
    command = [program(VENV, "experimaestro"), "run-experiment", "--workdir", str(workspace)]
    command.append(shown(EXAMPLE / "full.yaml"))
    before = snapshot(workspace)
    say(" ".join(command))
    started = time.monotonic()
    # Matplotlib would put its cache of fonts into the home folder.
    code = call(command, env=environ(MPLCONFIGDIR=str(STATE / "matplotlib")))
    duration_s = time.monotonic() - started
    after = snapshot(workspace)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    return Run(
        code=code,
        duration_s=duration_s,
        executed=sorted({_job(path, workspace) for path in changed}),
        jobs=sorted({_job(path, workspace) for path in after}),
    )


def snapshot(workspace: Path) -> Snapshot:
    """Remember the state of all files in the job folders of a workspace."""
    files = (path for path in (workspace / "jobs").rglob("*") if path.is_file())
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in files}


def results(workspace: Path) -> list[Path]:
    """Give the plot and the table of the last run, if they are there."""
    runs = sorted((workspace / "xp" / "digits" / "runs").glob("*/results"))
    names = ("comparison.png", "comparison.md")
    return [runs[-1] / name for name in names if (runs[-1] / name).exists()] if runs else []


def check() -> tuple[float, float]:
    """Run the demo twice in a new workspace, as a test.

    Returns:
        How long the first and the second run took, in seconds.

    Raises:
        ToolError: When a run failed, left no results or took too long, or when the second executed a job.
    """
    ensure_examples()
    with tempfile.TemporaryDirectory(prefix="xpm demo's ") as folder:
        workspace = Path(folder).resolve()
        first, second = execute(workspace), execute(workspace)
        for run in (first, second):
            if run.code:
                raise ToolError(f"the demo ended with code {run.code}")
        if len(results(workspace)) != 2:
            raise ToolError("the demo left no plot or no table")
        if first.executed != first.jobs or not first.jobs:
            raise ToolError(f"the first run executed {len(first.executed)} jobs of {len(first.jobs)}")
        if second.executed:
            raise ToolError(f"the second run executed again: {', '.join(map(str, second.executed))}")
    if first.duration_s > LIMIT_S:
        raise ToolError(f"the demo took {first.duration_s:.0f} s, more than {LIMIT_S:.0f} s")
    return first.duration_s, second.duration_s


def _job(path: Path, workspace: Path) -> Path:
    """Give the folder of the job that a file belongs to: `jobs/<task>/<identifier>`."""
    return workspace.joinpath(*path.relative_to(workspace).parts[:3])


def _forget(workspace: Path) -> None:
    """Remove a workspace, and nothing that is not one.

    Raises:
        ToolError: When the folder holds something else.
    """
    if workspace.exists() and any(workspace.iterdir()):
        if not (workspace / ".__experimaestro__").exists():
            raise ToolError(f"{workspace} is no workspace of experimaestro: --fresh leaves it alone")
        with step(f"removing {shown(workspace)}"):
            shutil.rmtree(workspace)


def _tell(run: Run, workspace: Path) -> None:
    """Tell what a run did and where things are: the paths go to stdout."""
    if run.executed:
        say(f"executed {len(run.executed)} of {len(run.jobs)} jobs in {run.duration_s:.1f} s")
    else:
        say(f"executed nothing in {run.duration_s:.1f} s: all {len(run.jobs)} jobs were done before")
    for path in results(workspace):
        print(f"{'plot' if path.suffix == '.png' else 'table'}  {path}")
    print(f"logs  {workspace / 'jobs'}/*/*/*.out and *.err", flush=True)
