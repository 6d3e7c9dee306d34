"""Options made from parameters."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any, Literal

import click
import pytest
from click.testing import CliRunner

from experimaestro import Annotated, Choices, Config, Constant, Meta, Param, PathGenerator, field
from experimaestro.click import arguments, forwardoption


class Mode(Enum):
    FAST = 1
    GOOD = 2


class Model(Config):
    layers: Param[int]


class Learn(Config):
    """Learns.

    Attributes:
        learning_rate: How fast it goes
    """

    learning_rate: Param[float] = field(default=0.1)
    steps: Param[int]
    mode: Param[Mode] = field(default=Mode.GOOD)
    kind: Param[Literal["a", "b"]] = field(default="a")
    norm: Param[Annotated[str, Choices(["sum", "mean"])]] = field(default="sum")
    names: Param[list[str]] = field(default_factory=lambda: ["x"])
    sizes: Param[list[int] | None]
    data: Meta[Path | None]
    verbose: Meta[bool] = field(default=False)
    model: Param[Model | None]
    version: Constant[int] = 2
    out: Meta[Path] = field(default_factory=PathGenerator("out"))


def invoke(command: click.Command, *args: str) -> str:
    result = CliRunner().invoke(command, args, catch_exceptions=False)
    return result.output


def command(*decorators: Any) -> tuple[click.Command, dict[str, Any]]:
    got: dict[str, Any] = {}

    def main(**values: Any) -> None:
        got.clear()
        got.update(values)

    function: Any = main
    for decorate in reversed(decorators):
        function = decorate(function)
    return click.command(function), got


def test_all_that_a_text_can_give() -> None:
    main, got = command(arguments(Learn))
    assert invoke(main, "--steps", "3") == ""
    assert got == {
        "learning_rate": 0.1,
        "steps": 3,
        "mode": Mode.GOOD,
        "kind": "a",
        "norm": "sum",
        "names": ["x"],
        "sizes": None,
        "data": None,
        "verbose": False,
    }
    few: dict[str, Any] = {"steps": 3, "names": ["x"]}
    assert Learn.C(**got).__identifier__() == Learn.C(**few).__identifier__()


def test_values_are_converted() -> None:
    main, got = command(arguments(Learn))
    text = "--steps 3 --learning-rate 1 --mode fast --kind b --norm mean --names a --names b --sizes 1"
    invoke(main, *text.split(), "--data", "a b", "--verbose")
    assert got == {
        "learning_rate": 1.0,
        "steps": 3,
        "mode": Mode.FAST,
        "kind": "b",
        "norm": "mean",
        "names": ["a", "b"],
        "sizes": [1],
        "data": Path("a b"),
        "verbose": True,
    }


def test_help_and_mistakes() -> None:
    main, _ = command(arguments(Learn, "steps", "learning_rate", "mode"))
    shown = invoke(main, "--help")
    assert "How fast it goes" in shown and "0.1" in shown and "GOOD" in shown
    assert shown.index("--steps") < shown.index("--learning-rate")
    assert "Missing option '--steps'" in invoke(main)
    assert "is not a valid" in invoke(main, "--steps", "many")
    assert "is not one of" in invoke(main, "--steps", "1", "--mode", "odd")


def test_one_parameter_under_another_name() -> None:
    main, got = command(
        forwardoption.layers(Model, "--depth", "-d", default=4, required=False),
        forwardoption(Learn, "steps", help="How long"),
    )
    assert "How long" in invoke(main, "--help")
    invoke(main, "--steps", "1")
    assert got == {"layers": 4, "steps": 1}
    invoke(main, "--steps", "1", "-d", "7")
    assert got["layers"] == 7


@pytest.mark.parametrize(
    ("name", "message"), [("model", "cannot be given"), ("out", "cannot be given"), ("x", "no parameter")]
)
def test_what_cannot_be_an_option(name: str, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        command(forwardoption(Learn, name))
    with pytest.raises(AttributeError):
        forwardoption.__wrapped__  # noqa: B018
