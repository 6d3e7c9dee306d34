"""Names in a workspace: what can be one, and those of the files of a job.

Light: the job process imports it, and has no need of `Path` for its own files.
"""

from __future__ import annotations

import os

from xpm_workspace.errors import InvalidName, NotAWorkspace

#: Longest id in bytes: file names are made of it with a suffix, and file systems stop at 255.
MAX_NAME_BYTES = 200

JOBS_DIR = "jobs"
STATE_DIR = ".experimaestro"
JOURNAL = "journal.jsonl"


def check_name(kind: str, value: str) -> str:
    """Return `value` if it can be one folder name, refuse it otherwise.

    Raises:
        InvalidName: it is empty, hidden, too long, or has a separator or a control character.
    """
    if not isinstance(value, str) or not value:
        raise InvalidName(kind, value, "is empty")
    if value[0] == ".":
        raise InvalidName(kind, value, "starts with a dot")
    if "/" in value or "\\" in value:
        raise InvalidName(kind, value, "has a path separator")
    if not value.isprintable():
        raise InvalidName(kind, value, "has a character that cannot be printed")
    if len(value) > MAX_NAME_BYTES or len(value.encode()) > MAX_NAME_BYTES:
        raise InvalidName(kind, value, f"is longer than {MAX_NAME_BYTES} bytes")
    return value


def is_name(value: str) -> bool:
    """Whether `check_name` accepts it."""
    try:
        check_name("name", value)
    except InvalidName:
        return False
    return True


def is_job_id(value: str) -> bool:
    """Whether it has the form `task id/identifier`."""
    task_id, separator, identifier = value.partition("/")
    return bool(separator and task_name(task_id)) and is_name(task_id) and is_name(identifier)


def task_name(task_id: str) -> str:
    """Return the last part of a task id, which names the files of its jobs."""
    return task_id.rpartition(".")[2]


class JobFiles:
    """The files of a job as text, for loops and processes that cannot afford paths (`layout.JobLayout`)."""

    __slots__ = ("_folder", "_name", "path")

    def __init__(self, name: str, path: str = "") -> None:
        """Name the files.

        Args:
            name: last part of the task id.
            path: the job's folder; without it, the names are relative to it.
        """
        #: The job's folder.
        self.path = path
        self._name = name
        self._folder = path and f"{path}/"

    @property
    def done(self) -> str:
        """Present when the job ended well."""
        return f"{self._folder}{self._name}.done"

    @property
    def failed(self) -> str:
        """Present when the job ended badly."""
        return f"{self._folder}{self._name}.failed"

    @property
    def pid(self) -> str:
        """Which process runs it (`process.ProcessRecord`)."""
        return f"{self._folder}{self._name}.pid"

    @property
    def stdout(self) -> str:
        """What the job printed."""
        return f"{self._folder}{self._name}.out"

    @property
    def stderr(self) -> str:
        """What the job printed on its error stream."""
        return f"{self._folder}{self._name}.err"

    @property
    def script(self) -> str:
        """Shell script that runs the job, for launchers that need one."""
        return f"{self._folder}{self._name}.sh"

    @property
    def params(self) -> str:
        """The task and its parameters."""
        return f"{self._folder}params.json"

    @property
    def state_dir(self) -> str:
        """Our own files."""
        return f"{self._folder}{STATE_DIR}"

    @property
    def lock(self) -> str:
        """Held by the job process for as long as it runs."""
        return f"{self._folder}{STATE_DIR}/{self._name}.lock"

    @property
    def journal(self) -> str:
        """What the job process reports."""
        return f"{self._folder}{STATE_DIR}/{JOURNAL}"

    @property
    def task_outputs(self) -> str:
        """Outputs registered while the task runs."""
        return f"{self._folder}{STATE_DIR}/task-outputs.jsonl"

    @staticmethod
    def of_job(root: str | os.PathLike[str], task_id: str, identifier: str) -> JobFiles:
        """Return the files of a job.

        Args:
            root: the workspace's folder.
            task_id: lower-case dotted name of the task.
            identifier: what distinguishes the job from the others of its task.

        Raises:
            InvalidName: one of the two cannot be a folder's name, or the task id has no last part.
        """
        name = task_name(check_name("task id", task_id))
        if not name:
            raise InvalidName("task id", task_id, "ends with a dot")
        check_name("job identifier", identifier)
        return JobFiles(name, os.path.join(root, JOBS_DIR, task_id, identifier))

    @staticmethod
    def of_task(task_id: str) -> JobFiles:
        """Names for the jobs of a task, relative to their folders."""
        return JobFiles(task_name(task_id))

    @staticmethod
    def in_folder(path: str | os.PathLike[str]) -> JobFiles:
        """Return the files of the job whose folder (or a file directly in it) is `path`.

        Raises:
            NotAWorkspace: the path is not `WORKDIR/jobs/TASK/IDENTIFIER`.
            InvalidName: one of the parts cannot be a name.
        """
        return JobFiles.of_job(*job_at(path))

    @property
    def root(self) -> str:
        """The workspace's folder; not for relative names."""
        return job_at(self.path)[0]


def job_at(path: str | os.PathLike[str]) -> tuple[str, str, str]:
    """Return the workspace's folder, the task id and the identifier of the job whose folder is given.

    Args:
        path: the folder, or a file directly in it, such as `params.json`.

    Raises:
        NotAWorkspace: the path is not `WORKDIR/jobs/TASK/IDENTIFIER`.
    """
    folder = os.path.abspath(path)
    for candidate in (folder, os.path.dirname(folder)):
        task_folder, identifier = os.path.split(candidate)
        jobs_dir, task_id = os.path.split(task_folder)
        root, name = os.path.split(jobs_dir)
        if name == JOBS_DIR and task_id and identifier:
            return root, task_id, identifier
    raise NotAWorkspace(f"{folder} is not a job folder (WORKDIR/jobs/TASK/IDENTIFIER)")
