"""The only owner of file names in a workspace: all others ask here.

Light: the job process imports it. The formats are described in `docs/disk-format.md`.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from xpm_workspace.errors import InvalidName, NotAWorkspace

#: Longest id in bytes: file names are made of it with a suffix, and file systems stop at 255.
MAX_NAME_BYTES = 200

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


class JobFileNames:
    """Names of the files of a job inside its folder, relative to it, for loops that cannot afford paths."""

    __slots__ = ("done", "err", "failed", "journal", "lock", "out", "pid", "script")

    def __init__(self, name: str) -> None:
        self.done = f"{name}.done"
        self.failed = f"{name}.failed"
        self.pid = f"{name}.pid"
        self.out = f"{name}.out"
        self.err = f"{name}.err"
        self.script = f"{name}.sh"
        self.lock = f"{STATE_DIR}/{name}.lock"
        self.journal = f"{STATE_DIR}/{JOURNAL}"

    @staticmethod
    def of_task(task_id: str) -> JobFileNames:
        """Names for the jobs of a task."""
        return JobFileNames(task_name(task_id))


def task_name(task_id: str) -> str:
    """Return the last part of a task id, which names the files of its jobs."""
    return task_id.rpartition(".")[2]


class JobLayout:
    """Where the files of one job are. Each path is made once, when first asked for."""

    def __init__(self, workspace: WorkspaceLayout, task_id: str, identifier: str) -> None:
        #: The workspace it belongs to.
        self.workspace = workspace
        #: Lower-case dotted name of the task.
        self.task_id = check_name("task id", task_id)
        #: What distinguishes this job from the others of its task (64 hexadecimal digits).
        self.identifier = check_name("job identifier", identifier)
        #: Last part of the task id; the files are named after it.
        self.name = task_name(task_id)
        if not self.name:
            raise InvalidName("task id", task_id, "ends with a dot")
        #: The job's folder.
        self.path = Path(f"{workspace.jobs_dir}/{task_id}/{identifier}")

    @classmethod
    def from_path(cls, path: str | os.PathLike[str]) -> JobLayout:
        """Return the job whose folder (or a file directly in it, such as `params.json`) is `path`.

        Raises:
            NotAWorkspace: the path is not `WORKDIR/jobs/TASK/IDENTIFIER`.
        """
        folder = os.path.abspath(path)
        for candidate in (folder, os.path.dirname(folder)):
            task_folder, identifier = os.path.split(candidate)
            jobs_dir, task_id = os.path.split(task_folder)
            root, name = os.path.split(jobs_dir)
            if name == "jobs" and task_id and identifier:
                return cls(WorkspaceLayout(root), task_id, identifier)
        raise NotAWorkspace(f"{folder} is not a job folder (WORKDIR/jobs/TASK/IDENTIFIER)")

    @property
    def job_id(self) -> str:
        """`task id/identifier`, unique in the workspace."""
        return f"{self.task_id}/{self.identifier}"

    @property
    def names(self) -> JobFileNames:
        """The file names, relative to the folder."""
        return JobFileNames(self.name)

    @cached_property
    def params(self) -> Path:
        """The task and its parameters."""
        return self.path / "params.json"

    @cached_property
    def stdout(self) -> Path:
        """What the job printed."""
        return self.path / f"{self.name}.out"

    @cached_property
    def stderr(self) -> Path:
        """What the job printed on its error stream."""
        return self.path / f"{self.name}.err"

    @cached_property
    def pid(self) -> Path:
        """Which process runs it (`process.ProcessRecord`)."""
        return self.path / f"{self.name}.pid"

    @cached_property
    def done(self) -> Path:
        """Present when the job ended well."""
        return self.path / f"{self.name}.done"

    @cached_property
    def failed(self) -> Path:
        """Present when the job ended badly."""
        return self.path / f"{self.name}.failed"

    @cached_property
    def script(self) -> Path:
        """Shell script that runs the job, for launchers that need one."""
        return self.path / f"{self.name}.sh"

    @cached_property
    def state_dir(self) -> Path:
        """Our own files."""
        return self.path / STATE_DIR

    @cached_property
    def lock(self) -> Path:
        """Held by the job process for as long as it runs."""
        return self.state_dir / f"{self.name}.lock"

    @cached_property
    def journal(self) -> Path:
        """What the job process reports."""
        return self.state_dir / JOURNAL

    @cached_property
    def task_outputs(self) -> Path:
        """Outputs registered while the task runs."""
        return self.state_dir / "task-outputs.jsonl"

    def create(self) -> None:
        """Make the folders."""
        for folder in (self.path, self.state_dir):
            try:
                os.mkdir(folder)
            except FileNotFoundError:  # the first job of its task
                os.makedirs(folder, exist_ok=True)
            except FileExistsError:
                if not os.path.isdir(folder):
                    raise

    def __repr__(self) -> str:
        return f"JobLayout({self.job_id!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JobLayout) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)


class RunLayout:
    """Where the files of one run of an experiment are."""

    __slots__ = ("experiment", "path", "run_id")

    def __init__(self, experiment: ExperimentLayout, run_id: str) -> None:
        #: The experiment it is a run of.
        self.experiment = experiment
        #: `YYYYMMDD_HHMMSS`, with `.1`, `.2` on a collision.
        self.run_id = check_name("run id", run_id)
        #: The run's folder.
        self.path = experiment.runs_dir / run_id

    @property
    def journal(self) -> Path:
        """What the scheduler decided."""
        return self.path / JOURNAL

    @property
    def jobs(self) -> Path:
        """One line per submitted job."""
        return self.path / "jobs.jsonl"

    @property
    def environment(self) -> Path:
        """Python, packages and repositories of the run."""
        return self.path / "environment.json"

    @property
    def objects(self) -> Path:
        """The submitted configurations."""
        return self.path / "objects.jsonl"

    @property
    def services(self) -> Path:
        """Services that the experiment declared."""
        return self.path / "services.json"

    def service_dir(self, service_id: str) -> Path:
        """Return the folder for the logs of a service.

        Raises:
            InvalidName: the id cannot be a folder name.
        """
        return self.path / "services" / check_name("service id", service_id)

    @property
    def requests(self) -> Path:
        """What monitors ask of the scheduler of this run, one file per request."""
        return self.path / "requests"

    @property
    def results(self) -> Path:
        """For the user's own results."""
        return self.path / "results"

    @property
    def data(self) -> Path:
        """What `xp.save` wrote."""
        return self.path / "data"

    def __repr__(self) -> str:
        return f"RunLayout({self.experiment.experiment_id!r}, {self.run_id!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunLayout) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)


class ExperimentLayout:
    """Where the files of one experiment are."""

    __slots__ = ("experiment_id", "path", "workspace")

    def __init__(self, workspace: WorkspaceLayout, experiment_id: str) -> None:
        #: The workspace it belongs to.
        self.workspace = workspace
        #: Its name.
        self.experiment_id = check_name("experiment id", experiment_id)
        #: Its folder.
        self.path = workspace.experiments_dir / experiment_id

    @property
    def informations(self) -> Path:
        """Its runs and their hosts."""
        return self.path / "informations.json"

    @property
    def informations_lock(self) -> Path:
        """Held for the moment of a change of `informations`."""
        return self.path / "informations.lock"

    @property
    def lock(self) -> Path:
        """Held by the scheduler that runs it."""
        return self.path / "lock"

    @property
    def jobs_dir(self) -> Path:
        """Symbolic links to the jobs of the current run."""
        return self.path / "jobs"

    @property
    def runs_dir(self) -> Path:
        """One folder per run."""
        return self.path / "runs"

    def link(self, job: JobLayout) -> Path:
        """Return the symbolic link that stands for `job`."""
        return self.jobs_dir / job.task_id / job.identifier

    def link_target(self, job: JobLayout) -> str:
        """Return what the link holds: a relative path, so that a workspace can be moved."""
        return os.path.join("..", "..", "..", "..", "jobs", job.task_id, job.identifier)

    def run(self, run_id: str) -> RunLayout:
        """Return the layout of one run."""
        return RunLayout(self, run_id)

    def __repr__(self) -> str:
        return f"ExperimentLayout({self.experiment_id!r})"


class WorkspaceLayout:
    """Where everything is under one root folder."""

    __slots__ = ("jobs_dir", "root")

    def __init__(self, root: str | os.PathLike[str]) -> None:
        #: Absolute path of the workspace.
        self.root = Path(os.path.abspath(root))
        #: One folder per task, and in it one per job.
        self.jobs_dir = self.root / "jobs"

    @property
    def marker(self) -> Path:
        """Says that this folder is a workspace."""
        return self.root / ".__experimaestro__"

    @property
    def state_dir(self) -> Path:
        """Our own files."""
        return self.root / STATE_DIR

    @property
    def database(self) -> Path:
        """The index, on a local disk; see `index.location` for network file systems."""
        return self.state_dir / "workspace.db"

    @property
    def indexer_lock(self) -> Path:
        """Lease of the one indexer."""
        return self.state_dir / "indexer.lock"

    @property
    def actions(self) -> Path:
        """What people did through controllers."""
        return self.state_dir / "actions.jsonl"

    @property
    def actions_lock(self) -> Path:
        """Held for the moment of a line in `actions`."""
        return self.state_dir / "actions.lock"

    @property
    def tokens_dir(self) -> Path:
        """Claims on shared tokens, one folder per token."""
        return self.state_dir / "tokens"

    @property
    def experiments_dir(self) -> Path:
        """One folder per experiment."""
        return self.root / "xp"

    @property
    def old_experiments_dir(self) -> Path:
        """Where experimaestro 2.x kept its experiments; only read."""
        return self.root / "experiments"

    @property
    def partials_dir(self) -> Path:
        """Folders shared by tasks that have a part of their parameters in common."""
        return self.root / "partials"

    @property
    def config_dir(self) -> Path:
        """Cached values of configurations."""
        return self.root / "config"

    def job(self, task_id: str, identifier: str) -> JobLayout:
        """Return the layout of one job."""
        return JobLayout(self, task_id, identifier)

    def job_from_id(self, job_id: str) -> JobLayout:
        """Return the layout of the job `task id/identifier`.

        Raises:
            InvalidName: it has not exactly two parts, or one of them cannot be a name.
        """
        task_id, separator, identifier = job_id.partition("/")
        if not separator:
            raise InvalidName("job id", job_id, "is not TASK/IDENTIFIER")
        return JobLayout(self, task_id, identifier)

    def experiment(self, experiment_id: str) -> ExperimentLayout:
        """Return the layout of one experiment."""
        return ExperimentLayout(self, experiment_id)

    def exists(self) -> bool:
        """Whether this folder holds a workspace, of this version or of 2.x."""
        return self.marker.exists() or self.experiments_dir.is_dir() or self.jobs_dir.is_dir()

    def create(self) -> None:
        """Make the folders and the marker; nothing that exists is touched."""
        for folder in (self.root, self.state_dir, self.jobs_dir, self.experiments_dir):
            folder.mkdir(parents=True, exist_ok=True)
        self.marker.touch()

    def require(self) -> WorkspaceLayout:
        """Return itself if the workspace is there.

        Raises:
            NotAWorkspace: it is not.
        """
        if not self.root.is_dir():
            raise NotAWorkspace(f"{self.root} does not exist")
        if not self.exists():
            raise NotAWorkspace(f"{self.root} is not an experimaestro workspace")
        return self

    def __repr__(self) -> str:
        return f"WorkspaceLayout({str(self.root)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WorkspaceLayout) and self.root == other.root

    def __hash__(self) -> int:
        return hash(self.root)
