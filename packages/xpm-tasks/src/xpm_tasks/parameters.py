"""``params.json``: what the process of a job reads to make its task."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from xpm_tasks.loading import check_document, load_instances, read_json, source_of

if TYPE_CHECKING:
    from pathlib import Path

    from xpm_tasks.tasks import Task


def dump_parameters(
    task: Task, *, workspace: Path, experimaestro_version: str, job_path: Path | None = None
) -> bytes:
    """Give the content of ``params.json``; the same task gives the same bytes.

    Args:
        task: The task, sealed.
        workspace: The folder of the workspace.
        experimaestro_version: Written in the file, for people.
        job_path: The folder of the job; by default, the one it was submitted with.

    Raises:
        ConfigurationError: a value cannot be written.
    """
    from xpm_tasks.documents import document, task_lines
    from xpm_tasks.dump import VERSION, Bases

    if job_path is None and task.__xpm__.job is not None:
        job_path = task.__xpm__.job.path
    lines = task_lines(task, Bases(job_path, workspace))
    return document(lines, workspace=str(workspace), version=VERSION, experimaestro=experimaestro_version)


def write_parameters(task: Task, path: Path, *, workspace: Path, experimaestro_version: str) -> None:
    """Write ``params.json``, whole or not at all.

    Args:
        task: The task, sealed.
        path: The file, in the folder of the job.
        workspace: The folder of the workspace.
        experimaestro_version: Written in the file, for people.
    """
    content = dump_parameters(
        task, workspace=workspace, experimaestro_version=experimaestro_version, job_path=path.parent
    )
    write_whole(path, content)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees a part of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load_task(path: Path | str) -> Any:
    """Make the task of a job from its ``params.json``.

    Returns:
        The instance of the task, ready to be executed (see `run_task`).

    Raises:
        LoadError: the file cannot be loaded.
    """
    document = read_json(path)
    objects = check_document(document, path)
    task, init_tasks = load_instances(objects, source_of(document, path))
    object.__setattr__(task, "__xpm_init_tasks__", init_tasks)
    return task


def run_task(task: Any) -> None:
    """Run the init tasks of a task loaded by `load_task`, then the task."""
    for init_task in getattr(task, "__xpm_init_tasks__", ()):
        init_task.execute()
    task.execute()
