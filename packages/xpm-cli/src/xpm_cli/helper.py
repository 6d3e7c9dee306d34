"""`ExperimentHelper`: what `run(helper, cfg)` gets as its first argument."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Protocol, overload

if TYPE_CHECKING:
    from xpm_scheduler import experiment


class ExperimentCallable(Protocol):
    """The function that describes an experiment."""

    def __call__(self, helper: Any, cfg: Any, /) -> Any:
        """Submit the tasks."""


class ExperimentHelper:
    """Helps the function that describes an experiment; libraries derive their own.

    The command line makes one (the class is read from the annotation of `run`, or from the decorator), sets
    `xp`, then calls `run` with what the command line has left over.
    """

    #: The experiment that runs.
    xp: experiment
    #: Its options, such as `title` and `paper`.
    options: Any = None

    def __init__(self, callable: ExperimentCallable) -> None:
        """Make a helper for a function.

        Args:
            callable: the function that describes the experiment.
        """
        self.callable = callable

    def run(self, args: list[str], configuration: Any) -> None:
        """Call the function. A subclass that understands further command-line arguments overrides this.

        Args:
            args: what follows the YAML file on the command line.
            configuration: the object made from the YAML file.

        Raises:
            UnexpectedArguments: there are arguments, and this class understands none.
        """
        if args:
            raise UnexpectedArguments(args)
        self.callable(self, configuration)

    @overload
    @classmethod
    def decorator(cls, function: ExperimentCallable, /) -> DecoratedRun: ...
    @overload
    @classmethod
    def decorator(cls, *args: Any, **kwargs: Any) -> Callable[[ExperimentCallable], DecoratedRun]: ...
    @classmethod
    def decorator(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a decorator for functions that want this helper.

        All of these work, for a class `MyHelper` derived from this one:

            @MyHelper.decorator
            @MyHelper.decorator()
            @MyHelper.decorator(option=1)
            @ExperimentHelper.decorator(MyHelper, option=1)
            def run(helper: MyHelper, cfg: Configuration): ...

        Args:
            args: given to the helper's constructor after the function.
            kwargs: given to the helper's constructor.
        """
        if args and isinstance(args[0], type) and issubclass(args[0], ExperimentHelper):
            return args[0].decorator(*args[1:], **kwargs)
        if len(args) == 1 and not kwargs and callable(args[0]) and not isinstance(args[0], type):
            return DecoratedRun(args[0], cls, (), {})  # used without parentheses

        def decorate(function: ExperimentCallable) -> DecoratedRun:
            return DecoratedRun(function, cls, args, kwargs)

        return decorate


class DecoratedRun:
    """A `run` function with the helper that it wants; called, it is the function."""

    def __init__(
        self,
        function: ExperimentCallable,
        helper_class: type[ExperimentHelper],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        if isinstance(function, DecoratedRun):  # decorated twice: the last decorator decides
            function = function.function
        self.helper_class = helper_class
        self.function: Callable[..., Any] = function
        self.make_helper: Callable[[], ExperimentHelper] = lambda: helper_class(function, *args, **kwargs)
        update_wrapper(self, function, updated=())

    def __call__(self, helper: Any, cfg: Any, /) -> Any:
        return self.function(helper, cfg)


def check_arguments(helper: ExperimentHelper, args: list[str]) -> None:
    """Refuse arguments that nothing will understand, before the experiment starts.

    Args:
        helper: whose class says whether there may be some: it has its own `run`.
        args: what follows the YAML file on the command line.

    Raises:
        UnexpectedArguments: there are arguments, and the class understands none.
    """
    if args and type(helper).run is ExperimentHelper.run:
        raise UnexpectedArguments(args)


class UnexpectedArguments(Exception):
    """The command line has arguments that the experiment's helper does not understand."""

    def __init__(self, args: list[str]) -> None:
        super().__init__(
            f"unexpected arguments after the YAML file: {' '.join(args)}; to change the configuration, "
            "use -c KEY=VALUE"
        )
