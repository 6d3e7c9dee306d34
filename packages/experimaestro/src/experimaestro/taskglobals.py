"""What a task can ask about the job that it runs in, from anywhere in its code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xpm_tasks.runtime import current_runtime, require_runtime
from xpm_tasks.submission import current_submitter


class Env:
    """The job that this process runs. In new code, a task has `self.__taskdir__`."""

    def __init__(self) -> None:
        """See `instance`."""
        self._taskpath: Path | None = None
        self._wspath: Path | None = None

    @staticmethod
    def instance() -> Env:
        """Return the one of this process."""
        return _instance()

    @property
    def taskpath(self) -> Path:
        """The folder of the job. It can be set, for code that runs without a job: tests, notebooks.

        Raises:
            NotAnInstanceError: this is not a job.
        """
        return self._taskpath or require_runtime("Env.taskpath").taskdir

    @taskpath.setter
    def taskpath(self, path: Path | None) -> None:
        self._taskpath = path

    @property
    def wspath(self) -> Path:
        """The folder of the workspace: that of the job, or of the experiment that is running. It can be set.

        Raises:
            NotAnInstanceError: this is neither a job nor an experiment.
        """
        if self._wspath is not None:
            return self._wspath
        submitter = current_submitter()
        if current_runtime() is None and submitter is not None:
            return submitter.workspace_path
        return require_runtime("Env.wspath").workspace

    @wspath.setter
    def wspath(self, path: Path | None) -> None:
        self._wspath = path


@cache
def _instance() -> Env:
    return Env()


__all__ = ["Env"]
