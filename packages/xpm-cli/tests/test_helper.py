"""Helpers, and the decorators that they make."""

from __future__ import annotations

from typing import Any

import pytest

from xpm_cli.helper import DecoratedRun, ExperimentHelper, UnexpectedArguments, check_arguments


class Mine(ExperimentHelper):
    """Takes options, and arguments of the command line."""

    def __init__(self, callable: Any, *options: Any, **more: Any) -> None:
        super().__init__(callable)
        self.given = (options, more)

    def run(self, args: list[str], configuration: Any) -> None:
        super().run(args[1:], configuration)


def run(helper: Any, cfg: Any) -> tuple[Any, Any]:
    """Describe nothing."""
    return helper, cfg


@pytest.mark.parametrize(
    ("decorator", "given"),
    [
        (Mine.decorator, ((), {})),
        (Mine.decorator(), ((), {})),
        (Mine.decorator(1), ((1,), {})),
        (Mine.decorator(int), ((int,), {})),
        (Mine.decorator(1, a=2), ((1,), {"a": 2})),
        (ExperimentHelper.decorator(Mine), ((), {})),
        (ExperimentHelper.decorator(Mine, 1, a=2), ((1,), {"a": 2})),
    ],
)
def test_decorators(decorator: Any, given: Any) -> None:
    decorated = decorator(run)
    helper = decorated.make_helper()
    assert type(helper) is Mine and helper.given == given
    assert helper.callable is run
    assert decorated(1, 2) == (1, 2)
    assert (decorated.__doc__, decorated.__name__) == (run.__doc__, "run")


def test_the_outer_decorator_decides() -> None:
    decorated = Mine.decorator("outer")(Mine.decorator("inner")(run))
    assert isinstance(decorated, DecoratedRun) and decorated.function is run
    assert decorated.make_helper().given == (("outer",), {})  # type: ignore[attr-defined]


def test_the_base_class_understands_no_argument() -> None:
    called: list[Any] = []
    helper = ExperimentHelper(lambda helper, cfg: called.append(cfg))
    helper.run([], "cfg")
    assert called == ["cfg"]
    with pytest.raises(UnexpectedArguments, match="a b; to change the configuration, use -c KEY=VALUE"):
        helper.run(["a", "b"], "cfg")
    with pytest.raises(UnexpectedArguments):
        check_arguments(helper, ["a"])
    check_arguments(helper, [])


def test_what_a_helper_leaves_over_is_refused() -> None:
    helper = Mine(run)
    check_arguments(helper, ["mine", "nobody's"])
    helper.run(["mine"], None)
    with pytest.raises(UnexpectedArguments, match="nobody's"):
        helper.run(["mine", "nobody's"], None)
