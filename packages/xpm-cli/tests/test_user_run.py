"""What the signature of `run` asks for."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import pytest

from xpm_cli.helper import ExperimentHelper
from xpm_cli.user_errors import UserCodeError
from xpm_cli.user_run import read_signature
from xpm_config import ConfigurationBase


class Helper(ExperimentHelper):
    """One of a library."""


@dataclass
class Schema:
    """A class."""


def defined(code: str) -> Any:
    import typing

    names = {"Helper": Helper, "Schema": Schema, "typing": typing, "functools": functools}
    exec(code, names)
    return names["run"]


@pytest.mark.parametrize(
    ("code", "helper", "schema"),
    [
        ("def run(h, c): 0", ExperimentHelper, ConfigurationBase),
        ("def run(*args): 0", ExperimentHelper, ConfigurationBase),
        ("def run(h, *args): 0", ExperimentHelper, ConfigurationBase),
        ("def run(h: Helper, c: Schema): 0", Helper, Schema),
        ("def run(h: 'Helper', c: 'Schema'): 0", Helper, Schema),
        ("from __future__ import annotations\ndef run(h: Helper, c: 'Schema'): 0", Helper, Schema),
        ("def run(h: int, c: Schema) -> 'Unknown': 0", ExperimentHelper, Schema),
        ("def run(h, c: Schema = None, d: 'Unknown' = 1): 0", ExperimentHelper, Schema),
        ("def run(h, c: dict): 0", ExperimentHelper, dict),
        ("def run(h, c: dict[str, int]): 0", ExperimentHelper, dict),
        ("def run(h, c: typing.Dict[str, int]): 0", ExperimentHelper, dict),
        ("def run(h, c: typing.Mapping[str, int]): 0", ExperimentHelper, dict),
        ("def run(h, c: typing.Any): 0", ExperimentHelper, dict),
        ("def some(a, h: Helper, c: Schema): 0\nrun = functools.partial(some, 1)", ExperimentHelper, None),
        ("def some(h: Helper, c: 'Schema', d): 0\nrun = functools.partial(some, d=1)", Helper, Schema),
        ("class Run:\n  def __call__(self, h: Helper, c: 'Schema'): 0\nrun = Run()", Helper, Schema),
        ("class Run:\n  def go(self, h: Helper, c: 'Schema'): 0\nrun = Run().go", Helper, Schema),
        ("class run:\n  def __init__(self, h: Helper, c: 'Schema'): 0", Helper, Schema),
        (
            "def deco(f):\n  @functools.wraps(f)\n  def g(*a, **k): 0\n  return g\n"
            "@deco\ndef run(h: Helper, c: 'Schema'): 0",
            Helper,
            Schema,
        ),
    ],
)
def test_signatures(code: str, helper: type, schema: type | None) -> None:
    found = read_signature(defined(code), "file.py")
    assert found == (helper if schema else Helper, schema or Schema)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def run(): 0", "takes 0 parameters instead of two"),
        ("def run(h): 0", "takes 1 parameter instead of two"),
        ("def run(h, c, d): 0", "takes 3 parameters instead of two"),
        ("def run(h, *, c): 0", "takes c by keyword instead of two parameters by position"),
        ("async def run(h, c): 0", "is an `async def`"),
        ("async def run(h, c): yield", "is an `async def`"),
        ("def run(h, c): yield", "has a `yield`"),
        ("run = dict", "is not a function"),
        (
            "def run(h, c: 'Unknown'): 0",
            "NameError: name 'Unknown' is not defined; define or import it in that file",
        ),
        ("def run(h: '1 +', c): 0", "cannot be read: SyntaxError"),
        ("def run(h, c: 3): 0", "the annotation of 'c' is not a configuration class"),
        ("def run(h, c: int): 0", "the annotation of 'c' is not a configuration class"),
        ("def run(h, c: list[int]): 0", "the annotation of 'c' is not a configuration class"),
        ("def run(h, c: Schema | None): 0", "the annotation of 'c' is not a configuration class"),
    ],
)
def test_mistakes(code: str, message: str) -> None:
    with pytest.raises(UserCodeError) as caught:
        read_signature(defined(code), "file.py")
    assert message in str(caught.value) and "file.py" in str(caught.value) and "\n" not in str(caught.value)
