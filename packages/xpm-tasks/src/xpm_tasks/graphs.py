"""The configurations of a run, kept in its ``objects.jsonl``: what was submitted, with shared parts shared.

One JSON object a line: a header, then the description of each configuration before it is first referred to,
the jobs, and the actions. The file only grows, so that it can be read while the experiment runs.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from xpm_tasks.errors import LoadError
from xpm_tasks.loading import check_document
from xpm_tasks.reading import Source
from xpm_tasks.walk import children

if TYPE_CHECKING:
    from types import TracebackType

    from xpm_tasks.config import Config

#: The name of the file in the folder of a run.
FILE = "objects.jsonl"


class GraphWriter:
    """Appends jobs and actions to the file of a run.

    Args:
        path: The file.
        workspace: The folder of the workspace: paths inside it are written relative to it.
        experimaestro_version: Written in the file, for people.
    """

    def __init__(self, path: Path, *, workspace: Path, experimaestro_version: str) -> None:
        from xpm_tasks.dump import VERSION, Bases, Dumper

        self._dumper = Dumper(Bases(workspace=workspace), marks=False)
        #: The task that was said to make each configuration, by id.
        self._makers: dict[int, Any] = {}
        #: One thread at a time.
        self._turn = RLock()
        self._file = path.open("ab", buffering=0)
        #: What is certain to be in the file: how many configurations, and how many bytes.
        self._sure = (0, os.fstat(self._file.fileno()).st_size)
        self._write({"version": VERSION, "experimaestro": experimaestro_version, "workspace": str(workspace)})

    def add_job(self, job_id: str, task: Config, tags: dict[str, Any], depends_on: list[str]) -> None:
        """Write a job.

        Args:
            job_id: ``task id/identifier``.
            task: The task, sealed.
            tags: Its tags.
            depends_on: The ids of the jobs it needs.
        """
        with self._turn:
            lines, number = self._describe(task)
            self._write(*lines, {"job": job_id, "object": number, "tags": tags, "depends_on": depends_on})

    def add_action(self, name: str, action: Config) -> None:
        """Write an action."""
        with self._turn:
            lines, number = self._describe(action)
            self._write(*lines, {"action": name, "object": number})

    def _describe(self, root: Config) -> tuple[list[dict[str, Any]], int]:
        """The lines that describe a configuration, and its number.

        A part that was written before may have been marked since, as the output of a task.
        """
        self._forget_the_unsure()
        written = self._dumper.written
        position = len(written)
        lines = self._dumper.objects(root)
        while position < len(written):  # writing a maker writes more
            position += 1
            for _, part in children(written[position - 1]):
                maker = part.__xpm__.output_of
                if maker is not None and self._makers.get(id(part)) is not maker:
                    self._makers[id(part)] = maker
                    lines.extend(self._dumper.objects(maker))
                    lines.append({"output": self._dumper.ids[id(part)], "task": self._dumper.ids[id(maker)]})
        return lines, self._dumper.ids[id(root)]

    def _write(self, *items: dict[str, Any]) -> None:
        left = memoryview("".join(f"{json.dumps(item)}\n" for item in items).encode())
        size = self._sure[1] + len(left)
        while left:
            left = left[self._file.write(left) :]
        self._sure = (len(self._dumper.written), size)

    def _forget_the_unsure(self) -> None:
        """Take back what a full disk, or a signal's exception, may have cut short the last time."""
        count, size = self._sure
        if os.fstat(self._file.fileno()).st_size > size:
            self._file.truncate(size)
        if len(self._dumper.written) > count:
            self._dumper.forget(count)
            self._makers.clear()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> GraphWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class ExperimentInfo:
    """The configurations of a run."""

    def __init__(self) -> None:
        #: Tasks by job id (``task id/identifier``), in order of submission.
        self.jobs: dict[str, Any] = {}
        #: Actions by name.
        self.actions: dict[str, Any] = {}
        #: Tags by job id.
        self.tags: dict[str, dict[str, Any]] = {}
        #: The ids of the jobs that each job needs.
        self.dependencies: dict[str, list[str]] = {}
        #: The folder of the workspace.
        self.workspace: Path | None = None

    def to_dataframe(self) -> Any:
        """One row a job: its id, task, identifier, folder and tags. Needs pandas."""
        try:
            import pandas  # type: ignore[import-not-found,import-untyped,unused-ignore]
        except ImportError:
            raise ImportError("to_dataframe() needs pandas: pip install pandas") from None
        return pandas.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """The same, as dictionaries."""
        rows = []
        for job_id in self.jobs:
            task_id, _, identifier = job_id.partition("/")
            row = {"job": job_id, "task": task_id, "identifier": identifier}
            if self.workspace is not None:
                row["path"] = str(self.workspace / "jobs" / task_id / identifier)
            rows.append({**row, **self.tags.get(job_id, {})})
        return rows


def load_xp_info(run_directory: Path | str) -> ExperimentInfo:
    """Load the configurations of a run; what jobs shared is shared again.

    Args:
        run_directory: The folder of the run, or its ``objects.jsonl``; or that of an experiment, for its last
            run (`xp.workdir`).

    Raises:
        LoadError: there is no such file, or a line is wrong. (A last line cut short is ignored.)
    """
    from xpm_tasks.rebuilding import Rebuilder

    file = _find(Path(run_directory))
    lines = _read_lines(file)
    header = next((line for line in lines if "version" in line), {})
    objects = [line for line in lines if "module" in line]
    info = ExperimentInfo()
    if isinstance(header.get("workspace"), str):
        info.workspace = Path(header["workspace"])
    if not objects:
        return info
    rebuilder = Rebuilder(Source(file, workspace=info.workspace))
    rebuilder.add(check_document({**header, "objects": objects}, file))
    for line in lines:
        if "output" in line:
            rebuilder.mark(line["output"], line.get("task"))
    rebuilder.close(objects)
    for line in lines:
        _read_entry(line, info, rebuilder, file)
    return info


def _find(path: Path) -> Path:
    if not path.is_dir():
        return path
    if not (path / FILE).exists():
        # Runs are named after the time when they began.
        runs = sorted(path.glob(f"*/*/{FILE}"), key=lambda file: file.parent.name)
        if runs:
            return runs[-1]
    return path / FILE


def _read_entry(line: dict[str, Any], info: ExperimentInfo, rebuilder: Any, file: Path) -> None:
    name = line.get("job", line.get("action"))
    if name is None:
        return
    if not isinstance(name, str):
        raise LoadError(f"{file}: a name was expected, not {name!r}")
    made = rebuilder.value({"type": "python", "value": line.get("object")}, name)
    if "action" in line:
        info.actions[name] = made
        return
    info.jobs[name] = made
    tags, needed = line.get("tags"), line.get("depends_on")
    info.tags[name] = tags if isinstance(tags, dict) else {}
    info.dependencies[name] = needed if isinstance(needed, list) else []


def _read_lines(file: Path) -> list[dict[str, Any]]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise LoadError(f"{file}: {error.strerror or error}") from None
    lines = content.split(b"\n")
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == len(lines):
                break  # being written, or cut by a crash
            raise LoadError(f"{file}, line {number}: it is not JSON: {error}") from None
        if not isinstance(item, dict):
            raise LoadError(f"{file}, line {number}: an object was expected")
        found.append(item)
    return found


def load_configs(run_directory: Path | str) -> dict[str, Any]:
    """Load the tasks of a run: job id -> configuration."""
    return load_xp_info(run_directory).jobs
