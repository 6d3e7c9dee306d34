"""Values that exist only once the place of a task is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xpm_tasks.errors import ConfigurationError, DeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xpm_tasks.config import Config
    from xpm_tasks.partials import Partial


class Generator:
    """A `default_factory` that needs the context of a task. Its values are never part of the identifier."""

    def generate(self, context: GenerationContext, config: Config) -> Any:
        """Give the value."""
        raise NotImplementedError

    def __call__(self) -> Any:
        raise ConfigurationError(f"{self!r} gives its value when the configuration is sealed")


class GenerationContext:
    """Where the values of one sealing go.

    Attributes:
        path: The folder of the task, or None when there is none.
        workspace: The folder of the workspace, or None.
        config_path: The path of the parameter that holds the configuration: ``("model", "encoder")``; empty
            for the task itself.
    """

    def __init__(self, path: Path | None = None, workspace: Path | None = None) -> None:
        self.path = path
        self.workspace = workspace
        self.config_path: tuple[str, ...] = ()
        #: The configuration that is being sealed.
        self.root: Any = None
        #: The partial folders that were given.
        self.partial_folders: list[Path] = []

    def folder(self) -> Path:
        """The folder of the task.

        Raises:
            ConfigurationError: there is none.
        """
        if self.path is None:
            raise ConfigurationError(
                "a generated path needs a folder: submit the task, or give DirectoryContext(path) to "
                "instance() or seal()"
            )
        return self.path

    def currentpath(self) -> Path:
        """The folder of the configuration: the task's own, or one below it for a nested one."""
        folder = self.folder()
        return folder.joinpath("out", *self.config_path) if self.config_path else folder


class DirectoryContext(GenerationContext):
    """Generated paths go into a folder of your choice."""

    def __init__(self, path: Path | str) -> None:
        from pathlib import Path

        super().__init__(Path(path))


class EmptyContext(GenerationContext):
    """There is no folder: a configuration with generated paths cannot be sealed."""


class PathGenerator(Generator):
    """A path in the folder of the task: ``field(default_factory=PathGenerator("model.pt"))``.

    It is directly in the folder for a parameter of the task itself, else in ``out/<parameter path>``; with
    `partial`, in the partial folder shared by all tasks that agree on the parameters of the partial.

    Args:
        path: Its name, or a function of the context and of the configuration that gives its path.
        partial: The partial whose folder holds it.
    """

    def __init__(
        self,
        path: str | Path | Callable[[GenerationContext, Any], Path] = "",
        *,
        partial: Partial | None = None,
    ) -> None:
        from pathlib import PurePath

        if not callable(path) and (PurePath(path).is_absolute() or ".." in PurePath(path).parts):
            raise DeclarationError(
                f"PathGenerator({str(path)!r}): the name must stay inside the folder of the task"
            )
        self.path = path
        self.partial = partial

    def __call__(self) -> Path:
        """Type checkers take it for a function that gives a path."""
        result: Path = super().__call__()
        return result

    def generate(self, context: GenerationContext, config: Config) -> Path:
        if callable(self.path):
            from pathlib import Path

            return Path(self.path(context, config))
        if self.partial is not None:
            from xpm_tasks.partials import partial_folder

            return partial_folder(self.partial, config, context) / self.path
        return context.currentpath() / self.path

    def __repr__(self) -> str:
        shown = "..." if callable(self.path) else repr(str(self.path))
        return f"PathGenerator({shown})"


def pathgenerator(name: str) -> PathGenerator:
    """The old annotation form: ``path: Annotated[Path, pathgenerator("name")]``."""
    return PathGenerator(name)


class _Stream(Generator):
    """The file that holds one standard stream of the task."""

    def __init__(self, suffix: str) -> None:
        self.suffix = suffix

    def __call__(self) -> Path:
        result: Path = super().__call__()
        return result

    def generate(self, context: GenerationContext, config: Config) -> Path:
        name = type(config).__xpmtype__.identifier.rpartition(".")[2]
        return context.folder() / f"{name}.{self.suffix}"

    def __repr__(self) -> str:
        return f"STD{self.suffix.upper()}"


#: The standard output of the task: ``log: Meta[Path] = field(default_factory=STDOUT)``.
STDOUT = _Stream("out")
#: Its standard error.
STDERR = _Stream("err")
