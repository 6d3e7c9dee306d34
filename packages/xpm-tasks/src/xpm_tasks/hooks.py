"""Submit hooks: change the job of any task that holds a configuration of some class."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeVar

from xpm_tasks.errors import DeclarationError

ClassT = TypeVar("ClassT", bound=type)


class SubmitHook:
    """Derive from it, and use the result as a class decorator.

    Example:
        ```python
        class needs_java(SubmitHook):
            def __init__(self, version: int) -> None:
                self.version = version

            def spec(self) -> int:
                return self.version

            def process(self, job, launcher) -> None:
                job.environ["JAVA_HOME"] = f"/usr/lib/jvm/java-{self.version}"


        @needs_java(11)
        class Index(Config): ...
        ```
    """

    def spec(self) -> Hashable:
        """What makes two hooks of this class the same: each is applied once to a job."""
        raise NotImplementedError(f"{type(self).__qualname__}.spec")

    def process(self, job: Any, launcher: Any) -> None:
        """Change the job before it is launched.

        Args:
            job: What `xpm_tasks.submission.JobLike` says, with its ``environ``; annotate it with the class of
                your scheduler.
            launcher: What launches it.
        """
        raise NotImplementedError(f"{type(self).__qualname__}.process")

    def __call__(self, cls: ClassT) -> ClassT:
        info = cls.__dict__.get("__xpmtype__")
        if info is None:
            raise DeclarationError(f"{type(self).__qualname__} decorates configuration classes, not {cls!r}")
        info.hooks = (*info.hooks, self)
        return cls
