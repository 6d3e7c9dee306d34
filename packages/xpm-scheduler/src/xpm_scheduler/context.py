"""`experiment`: the context manager in which tasks are submitted."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar

from xpm_git import DirtyGitAction, check_dirty
from xpm_scheduler.errors import FailedExperiment, GracefulExperimentExit, NoExperiment, WorkspaceFailed
from xpm_scheduler.events import KillRequested
from xpm_scheduler.intake import Intake
from xpm_scheduler.job import Job
from xpm_scheduler.launchers.base import Launcher
from xpm_scheduler.launchers.direct import DirectLauncher
from xpm_scheduler.log_tail import log_tail
from xpm_scheduler.provenance import ProvenanceCapture, installed_version
from xpm_scheduler.report import Reporter
from xpm_scheduler.resources import CounterToken
from xpm_scheduler.services import RunServices, S
from xpm_scheduler.session import Session
from xpm_scheduler.signals import SignalHandlers
from xpm_scheduler.web_monitor import WebMonitor
from xpm_scheduler.workspace import Workspace
from xpm_tasks.graphs import GraphWriter
from xpm_tasks.serialization import load, save
from xpm_tasks.submission import RunMode, Submission, pop_submitter, push_submitter
from xpm_workspace.informations import run_order
from xpm_workspace.lifecycle import FailureReason, JobState
from xpm_workspace.names import check_name

if TYPE_CHECKING:
    from xpm_tasks import Action, Config
    from xpm_workspace.settings import WorkspaceSettings

#: What the first task that is made and submitted imports.
_FIRST_TASK = ("xpm_tasks.making", "xpm_tasks.submitting", "xpm_tasks.frozen", "xpm_tasks.slots")
#: How many failed jobs have the last lines of their log shown.
_SHOWN_LOGS = 10

logger = logging.getLogger("xpm.scheduler")


class experiment:
    """Runs tasks: each one submitted inside the block runs once, whatever happens to this process.

        with experiment("results", "my-experiment") as xp:
            Learn.C(rate=0.1).submit()

    Leaving the block waits for all jobs.

    Raises:
        FailedExperiment: on leaving, some jobs did not end well.
        DirtyGitError: on entering, with `dirty_git=ERROR`; nothing was created.
    """

    _active: ClassVar[list[experiment]] = []

    def __init__(
        self,
        env: str | os.PathLike[str] | WorkspaceSettings | Workspace,
        name: str,
        *,
        host: str | None = None,
        port: int | None = None,
        token: str | None = None,
        run_mode: RunMode | str | None = None,
        launcher: Launcher | None = None,
        register_signals: bool = True,
        project_paths: Sequence[str | os.PathLike[str]] | None = None,
        dirty_git: DirtyGitAction | str = DirtyGitAction.WARN,
        environ: Mapping[str, str] | None = None,
        report: bool = True,
    ) -> None:
        """Describe an experiment; nothing happens before the block is entered.

        Args:
            env: the workspace, its settings, or the path of its folder.
            name: the experiment's id, a folder name.
            host: address that the web monitor listens on; by default, this machine only.
            port: port of the web monitor, 0 for any free one; by default, there is none.
            token: secret of the web monitor; by default, a new one, which its printed address holds.
            run_mode: `NORMAL` by default.
            launcher: where tasks run when they do not say; by default, this machine.
            register_signals: turn SIGTERM into a clean stop; only possible in the main thread.
            project_paths: folders whose git state is checked; by default, that of the running script.
            dirty_git: what to do when they have changes that are not committed.
            environ: environment variables for the jobs.
            report: tell what happens on standard error.
        """
        self.workspace = Workspace.of(env)
        self.name = name
        self.run_mode = RunMode.NORMAL if run_mode is None else RunMode(run_mode)
        self.layout = self.workspace.layout.experiment(name)
        self._web = WebMonitor(self.layout, host, port, token)
        self.dirty_git = DirtyGitAction(dirty_git)
        self.environ: dict[str, str] = dict(environ or {})
        self._project_paths = [Path(p) for p in project_paths or [_script_folder()]]
        self._signals = SignalHandlers() if register_signals else None
        self._reporter = Reporter(name) if report else None
        self._intake = Intake(
            self.workspace,
            launcher or DirectLauncher(),
            self.run_mode,
            run=self._run,
            reporter=self._reporter,
        )
        self._services = RunServices(None if self._reporter is None else self._reporter.say)
        self._session: Session | None = None
        self._provenance: ProvenanceCapture | None = None
        self._graph: GraphWriter | None = None
        self._actions = 0

    # --- What one can ask

    @property
    def launcher(self) -> Launcher:
        """Where tasks run when they do not say; another one counts for those submitted from then on."""
        return self._intake.launcher

    @launcher.setter
    def launcher(self, launcher: Launcher) -> None:
        self._intake.launcher = launcher

    @staticmethod
    def current() -> experiment:
        """Return the innermost experiment that is running in this process.

        Raises:
            NoExperiment: there is none.
        """
        if not experiment._active:
            raise NoExperiment("no experiment is running: use `with experiment(...):`")
        return experiment._active[-1]

    @property
    def workdir(self) -> Path:
        """The experiment's folder."""
        return self.layout.path

    @property
    def workspace_path(self) -> Path:
        """The workspace's folder."""
        return self.workspace.path

    @property
    def jobspath(self) -> Path:
        """Folder of links to the jobs of this run."""
        return self.layout.jobs_dir

    @property
    def resultspath(self) -> Path:
        """Folder for the user's own results of this run."""
        return self._running.run.layout.results

    @property
    def run_id(self) -> str:
        """Id of this run, `YYYYMMDD_HHMMSS`."""
        return self._running.run.run_id

    @property
    def hostname(self) -> str:
        """The machine this run was launched on."""
        return self._running.run.hostname

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs submitted so far."""
        return tuple(self._intake.jobs.values())

    @property
    def failed(self) -> bool:
        """Whether some job did not end well, so far."""
        return any(job.state is JobState.ERROR for job in self.jobs)

    @property
    def monitor_url(self) -> str | None:
        """Address of the web monitor, with its secret; absent when there is none."""
        return self._web.url

    @property
    def _running(self) -> Session:
        if self._session is None:
            raise NoExperiment(f"experiment {self.name} has no run: it was not entered, or runs nothing")
        return self._session

    # --- What one can do

    def setenv(self, name: str, value: str) -> None:
        """Set an environment variable for the jobs that start after this call."""
        self.environ[name] = str(value)

    def job_path(self, task_id: str, identifier: str) -> Path:
        """Where a task's folder is (`xpm_tasks.submission.Submitter`)."""
        return self.workspace.layout.job(task_id, identifier).path

    def submit(self, submission: Submission) -> Job:
        """Take a task in, without waiting for anything (`xpm_tasks.submission.Submitter`).

        Returns:
            The job; the same one when a task of the same identifier was submitted before.
        """
        return self._intake.submit(submission)

    def token(self, name: str, count: int) -> CounterToken:
        """Return a token of the workspace: all experiments together use at most `count` of it at once."""
        return CounterToken(name, count)

    def add_action(self, action: Action, name: str | None = None) -> Action:
        """Keep something that a person may do with the results later; return it.

        Args:
            action: a sealed or new `Action` configuration.
            name: how it is called in listings; by default, its class and a number.
        """
        self._actions += 1
        if self._graph is not None:
            action.seal()
            self._graph.add_action(name or f"{type(action).__xpmtype__.name}-{self._actions}", action)
        return action

    def add_service(self, service: S) -> S:
        """Have a service (TensorBoard...) beside the jobs; return it.

        Monitors show it, start it and stop it; it is stopped when the block is left. After that, a monitor
        can make it again and start it.

        Args:
            service: a `Service` of `experimaestro.scheduler.services`; it is not started by this.

        Raises:
            NoExperiment: outside the block.
            ValueError: another service has its id, or the id cannot be a folder name.
        """
        return self._services.add(service, self)

    def save(self, config: Config, name: str = "default") -> Path:
        """Save a configuration with the data of this run; return its folder."""
        folder = self._running.run.layout.data / check_name("data name", name)
        save(config, folder)
        return folder

    def load(
        self, name: str = "default", *, experiment_id: str | None = None, run_id: str | None = None
    ) -> Any:
        """Load what an experiment saved.

        Args:
            name: the name it was saved with.
            experiment_id: the experiment; by default, this one.
            run_id: the run; by default, the latest run that has it.

        Raises:
            FileNotFoundError: nothing was saved under this name.
        """
        layout = self.workspace.layout.experiment(experiment_id or self.name)
        runs = [run_id] if run_id else sorted(os.listdir(layout.runs_dir), key=run_order, reverse=True)
        folders = [layout.run(run).data / check_name("data name", name) for run in runs]
        for folder in folders:
            if folder.is_dir():
                return load(folder)
        raise FileNotFoundError(f"experiment {layout.experiment_id} saved nothing under the name {name!r}")

    def kill(self, job: Job) -> None:
        """Stop a job, or keep it from starting."""
        self._running.post(KillRequested(job_id=job.job_id))

    def wait(self) -> None:
        """Wait until all submitted jobs are done or failed. Raises nothing when some failed."""
        if self._session is not None:
            self._session.wait()

    def stop(self) -> None:
        """Start no further job; those that run go on."""
        self._running.stop()

    # --- The block

    def __enter__(self) -> experiment:
        if self.dirty_git is not DirtyGitAction.IGNORE:
            check_dirty(self._project_paths, self.dirty_git, ignore=[self.workspace.path])
        with ExitStack() as undo:
            # A signal that comes now must not leave the experiment's lock with this process.
            if self._signals is not None:
                undo.callback(self._signals.restore)
                self._signals.install()
            undo.callback(self._close_session)
            undo.callback(self._web.close)
            self._enter()
            undo.callback(pop_submitter, self)
            push_submitter(self)
            experiment._active.append(self)
            undo.callback(experiment._active.remove, self)
            if self._reporter is not None:
                self._reporter.started(self)
            undo.pop_all()
        return self

    def _enter(self) -> None:
        if self.run_mode is RunMode.NORMAL:
            session = Session(
                self.layout,
                parameters=self._intake.parameters,
                environ=lambda: (self.workspace.environ, self.environ),
                services=self._services,
                listeners=() if self._reporter is None else (self._reporter,),
            )
            session.start()
            self._session = session
            self._intake.waiter = session
            self._web.start(logger.info if self._reporter is None else self._reporter.say)
            self._graph = GraphWriter(
                session.run.layout.objects,
                workspace=self.workspace.path,
                experimaestro_version=installed_version(),
            )
            # What the first task would import is imported now, and this thread, which imports git, starts
            # last: a Ctrl+C is easily lost where two threads import, since they wait for each other.
            for module in _FIRST_TASK:
                importlib.import_module(module)
            self._provenance = ProvenanceCapture(
                self._project_paths, session.run.layout.environment, ignored=self.workspace.path
            )
            self._provenance.start()
        else:
            self._services.open(None)

    def _close_session(self) -> None:
        if self._graph is not None:
            self._graph.close()
        if self._session is not None:
            self._session.close("interrupted")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:  # not `bool`: checkers would take every block for one that may not reach its end
        if error is None:
            try:
                self.wait()
            except BaseException as stopped:
                error = stopped
                raise
            finally:
                self._leave(_status(error, failed=self.failed))
            if self.failed:
                raise self._failure()
            return None
        self._leave(_status(error, failed=True))
        return isinstance(error, GracefulExperimentExit)

    def _leave(self, status: str) -> None:
        """Leave; each step is taken even if one before it fails, or is cut short by a second Ctrl+C."""
        pop_submitter(self)
        experiment._active.remove(self)
        with ExitStack() as steps:
            if self._reporter is not None:
                steps.callback(self._reporter.ended, status, self.jobs)
            if self._signals is not None:
                steps.callback(self._signals.restore)
            if self._session is not None:
                steps.callback(self._session.close, status)
            steps.callback(self._services.close)
            steps.callback(self._web.close)
            if self._graph is not None:
                steps.callback(self._close_graph, self._graph, status)
            if self._provenance is not None and status in ("done", "failed"):
                steps.callback(self._provenance.join)
            if self._session is not None and status != "done":
                steps.callback(self._session.stop)
            if self._reporter is not None:
                steps.callback(self._reporter.leaves, status)

    def _close_graph(self, graph: GraphWriter, status: str) -> None:
        try:
            graph.close()
        except OSError as error:
            if status == "done":
                raise
            logger.warning("what the run is made of is not recorded: %s", error)

    def _failure(self) -> FailedExperiment:
        failures = [] if self._session is None else self._session.failures
        failed = [job for job in failures if job.state is JobState.ERROR]
        skipped = [job for job in self.jobs if job.status.reason is FailureReason.DEPENDENCY]
        tails = {job.job_id: log_tail(job.stderr) for job in failed[:_SHOWN_LOGS]}
        return FailedExperiment(self.name, failed, len(skipped), tails)

    def _run(self, job: Job) -> None:
        """Give a job to the scheduler, and write down what it is made of."""
        self._running.submit(job)
        if self._graph is None:
            return
        try:
            self._graph.add_job(job.job_id, job.config, dict(job.tags), list(job.plan.depends_on))
        except OSError as error:
            raise WorkspaceFailed.of(error, self.workspace.path) from error


def _status(error: BaseException | None, *, failed: bool) -> str:
    """How a run ends that is left with this error, or without one."""
    if isinstance(error, GracefulExperimentExit):
        return "detached"
    if isinstance(error, (KeyboardInterrupt, SystemExit)):
        return "interrupted"
    return "failed" if failed or error is not None else "done"


def _script_folder() -> Path:
    """Folder of the running script; where there is none (an interactive session), the current one."""
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    return Path.cwd() if file is None else Path(file).resolve().parent
