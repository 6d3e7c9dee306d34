"""The only owner of file names in a workspace, with `names`: all others ask here.

The formats are described in `docs/disk-format.md`.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from xpm_workspace.errors import InvalidName, NotAWorkspace
from xpm_workspace.names import (
    JOBS_DIR,
    JOURNAL,
    STATE_DIR,
    JobFiles,
    check_name,
    job_at,
    task_name,
)


class JobLayout:
    """Where the files of one job are. Each path is made once, when first asked for."""

    def __init__(self, workspace: WorkspaceLayout, task_id: str, identifier: str) -> None:
        #: Its files, as text.
        self.files = JobFiles.of_job(workspace.root, task_id, identifier)
        #: The workspace it belongs to.
        self.workspace = workspace
        #: Lower-case dotted name of the task.
        self.task_id = task_id
        #: What distinguishes this job from the others of its task (64 hexadecimal digits).
        self.identifier = identifier
        #: Last part of the task id; the files are named after it.
        self.name = task_name(task_id)

    @classmethod
    def from_path(cls, path: str | os.PathLike[str]) -> JobLayout:
        """Return the job whose folder (or a file directly in it, such as `params.json`) is `path`.

        Raises:
            NotAWorkspace: the path is not `WORKDIR/jobs/TASK/IDENTIFIER`.
            InvalidName: one of the parts cannot be a name.
        """
        root, task_id, identifier = job_at(path)
        return cls(WorkspaceLayout(root), task_id, identifier)

    @property
    def job_id(self) -> str:
        """`task id/identifier`, unique in the workspace."""
        return f"{self.task_id}/{self.identifier}"

    @cached_property
    def path(self) -> Path:
        """The job's folder."""
        return Path(self.files.path)

    @cached_property
    def params(self) -> Path:
        """See `JobFiles.params`."""
        return Path(self.files.params)

    @cached_property
    def stdout(self) -> Path:
        """See `JobFiles.stdout`."""
        return Path(self.files.stdout)

    @cached_property
    def stderr(self) -> Path:
        """See `JobFiles.stderr`."""
        return Path(self.files.stderr)

    @cached_property
    def pid(self) -> Path:
        """See `JobFiles.pid`."""
        return Path(self.files.pid)

    @cached_property
    def done(self) -> Path:
        """See `JobFiles.done`."""
        return Path(self.files.done)

    @cached_property
    def failed(self) -> Path:
        """See `JobFiles.failed`."""
        return Path(self.files.failed)

    @cached_property
    def script(self) -> Path:
        """See `JobFiles.script`."""
        return Path(self.files.script)

    @cached_property
    def state_dir(self) -> Path:
        """See `JobFiles.state_dir`."""
        return Path(self.files.state_dir)

    @cached_property
    def lock(self) -> Path:
        """See `JobFiles.lock`."""
        return Path(self.files.lock)

    @cached_property
    def journal(self) -> Path:
        """See `JobFiles.journal`."""
        return Path(self.files.journal)

    @cached_property
    def task_outputs(self) -> Path:
        """See `JobFiles.task_outputs`."""
        return Path(self.files.task_outputs)

    def create(self) -> None:
        """Make the folders."""
        for folder in (self.files.path, self.files.state_dir):
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
        return isinstance(other, JobLayout) and self.files.path == other.files.path

    def __hash__(self) -> int:
        return hash(self.files.path)


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
        self.jobs_dir = self.root / JOBS_DIR

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
