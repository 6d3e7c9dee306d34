"""Each mistake gives one readable line that says where it is and what to do."""

from __future__ import annotations

import argparse
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import xpm_config

Write = Callable[[dict[str, str | bytes]], None]

_TABLE = runpy.run_path(str(Path(__file__).with_name("bad_configurations.py")))
CASES: list[tuple[str, dict[str, str | bytes], list[str], list[str]]] = _TABLE["CASES"]


def run(arguments: list[str]) -> Any:
    """Do what the command line does up to the configuration object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("yaml")
    parser.add_argument("-c", action="append", default=[])
    parser.add_argument("--pre-yaml", action="append", default=[])
    parser.add_argument("--post-yaml", action="append", default=[])
    parser.add_argument("--file")
    parser.add_argument("--module-name")
    given = parser.parse_args(arguments)
    merged = xpm_config.read(
        given.yaml,
        pre_yaml=given.pre_yaml,
        post_yaml=given.post_yaml,
        overrides=given.c,
        file=given.file,
        module=given.module_name,
    )
    merged.options.check_files()
    assert merged.options.file is not None
    schema = runpy.run_path(str(merged.options.file))["Configuration"]
    return merged.to(schema)


@pytest.mark.parametrize(("name", "files", "arguments", "parts"), CASES, ids=[case[0] for case in CASES])
def test_message(
    write: Write, name: str, files: dict[str, str | bytes], arguments: list[str], parts: list[str]
) -> None:
    write({"experiment.py": _TABLE["EXPERIMENT"], **files})
    with pytest.raises(xpm_config.ConfigurationError) as caught:
        run(arguments)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 500
    assert message.isprintable()
    for part in parts:
        assert part in message


def test_names_are_unique() -> None:
    names = [case[0] for case in CASES]
    assert len(names) == len(set(names)) >= 60


def test_the_common_schema_is_right(write: Write) -> None:
    write({"main.yaml": "id: x\n", "experiment.py": _TABLE["EXPERIMENT"]})
    assert run(["main"]).id == "x"
