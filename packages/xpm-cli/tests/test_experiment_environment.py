"""Environment variables: settings, workspace, command line, and what the pre-experiment makes of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import click
import pytest

from xpm_cli.experiment_environment import ExperimentEnvironment
from xpm_config import BaseOptions, read
from xpm_workspace.errors import SettingsError

NOW = datetime(2000, 1, 2, 3, 4)
SETTINGS = """
env: {XPM_TEST_A: settings, XPM_TEST_B: settings, XPM_TEST_C: settings}
workspaces:
  - {id: other, path: /other, env: {XPM_TEST_B: other}}
  - {id: main, path: /main, triggers: ["x-2000*"], env: {XPM_TEST_B: main, XPM_TEST_C: main}}
"""


@pytest.fixture(autouse=True)
def context() -> Iterator[click.Context]:
    """A running command, and an environment that is left as it was."""
    before = dict(os.environ)
    with click.Context(click.Command("run-experiment")) as ctx:
        yield ctx
    for name in set(os.environ) - set(before):
        del os.environ[name]


def options(folder: Path, yaml: str) -> BaseOptions:
    (folder / "full.yaml").write_text(yaml)
    return read(folder / "full.yaml").options


def test_later_wins(tmp_path: Path, settings: Callable[[str], Path]) -> None:
    settings(SETTINGS)
    environment = ExperimentEnvironment({"XPM_TEST_C": "given"})
    found = environment.before_import(options(tmp_path, "id: x\nadd_timestamp: true\n"), NOW)
    assert found == {"XPM_TEST_A": "settings", "XPM_TEST_B": "main", "XPM_TEST_C": "given"}
    os.environ.update(found)
    workspace = environment.workspace("x-20000102-0304")
    assert workspace.id == "main"
    assert workspace.environ == found
    assert environment.for_jobs() == {"XPM_TEST_C": "given"}


def test_the_pre_experiment_has_the_last_word(tmp_path: Path, settings: Callable[[str], Path]) -> None:
    settings(SETTINGS)
    environment = ExperimentEnvironment({"XPM_TEST_C": "given", "XPM_TEST_D": "given"})
    os.environ.update(environment.before_import(options(tmp_path, "id: y\n"), NOW))
    os.environ["XPM_TEST_A"] = os.environ["XPM_TEST_C"] = "pre"
    del os.environ["XPM_TEST_D"]
    assert environment.workspace("y").environ == {
        "XPM_TEST_A": "pre",
        "XPM_TEST_B": "other",
        "XPM_TEST_C": "pre",
    }
    assert environment.for_jobs() == {"XPM_TEST_C": "pre"}


def test_the_schema_has_the_id(tmp_path: Path, settings: Callable[[str], Path]) -> None:
    """Which workspace it is shows later; what it sets that nobody has touched is set then."""
    settings(SETTINGS)
    environment = ExperimentEnvironment({})
    os.environ.update(environment.before_import(options(tmp_path, "title: no id\n"), NOW))
    assert (os.environ["XPM_TEST_B"], os.environ["XPM_TEST_C"]) == ("settings", "settings")
    os.environ["XPM_TEST_C"] = "pre"
    workspace = environment.workspace("x-2000")
    assert (os.environ["XPM_TEST_B"], os.environ["XPM_TEST_C"]) == ("main", "pre")
    assert workspace.environ == {
        "XPM_TEST_A": "settings",
        "XPM_TEST_B": "main",
        "XPM_TEST_C": "pre",
    }


def test_a_named_workspace_is_known_before_the_id(
    tmp_path: Path, settings: Callable[[str], Path], context: click.Context
) -> None:
    settings(SETTINGS)
    context.meta["xpm.workspace"] = "main"
    found = ExperimentEnvironment({}).before_import(options(tmp_path, "title: no id\n"), NOW)
    assert found["XPM_TEST_B"] == "main"


def test_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no workspace"):
        ExperimentEnvironment({}).before_import(options(tmp_path, "id: x\n"), NOW)
