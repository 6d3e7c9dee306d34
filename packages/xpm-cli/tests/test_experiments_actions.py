"""`experiments actions`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Command

ACTIONS = """
from xpm_tasks import Action, Param

class Publish(Action):
    \"\"\"Publish a model.\"\"\"

    title: Param[str]

    def describe(self):
        return f"Publish {self.title}"

    def execute(self, interaction):
        if not interaction.checkbox("sure", "Really?"):
            raise ValueError("not sure")
        return "published as " + interaction.text("name", "Name")
"""
RUN = """
import sys
from xpm_scheduler import experiment
from xpm_cli_actions import Publish
xp = experiment(sys.argv[1], "xp", report=False, dirty_git="IGNORE", register_signals=False)
with xp:
    xp.add_action(Publish.C(title="digits"), "publish")
    xp.add_action(Publish.C(title="letters"))
with experiment(sys.argv[1], "quiet", report=False, dirty_git="IGNORE", register_signals=False):
    pass
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose experiment has two actions; tests only look at it."""
    folder = tmp_path_factory.mktemp("l'été")
    (folder / "xpm_cli_actions").mkdir()
    (folder / "xpm_cli_actions" / "__init__.py").write_text(ACTIONS)
    command = [sys.executable, "-c", RUN, str(folder / "work")]
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    subprocess.run(command, cwd=folder, env=environ, check=True, timeout=120)
    return folder


def test_the_list(project: Path, process: Command) -> None:
    words = ["experiments", "--workdir", project / "work", "actions", "list"]
    result = process(*words, "xp", cwd=project)
    assert result.code == 0 and result.rows[0] == ["publish", "Publish digits"]
    assert result.rows[1] == ["Publish-2", "Publish letters"]
    [record, _] = process(*words, "xp", "--json", cwd=project).json
    assert record["action"] == "publish" and record["type"] == "xpm_cli_actions.publish"
    assert process(*words, "quiet", cwd=project) == (0, "", "quiet has no actions\n")
    assert process(*words, "quiet", "--json", cwd=project).json == []


def test_doing_one(project: Path, process: Command) -> None:
    words = ["experiments", "actions", "run", "--workdir", project / "work", "xp", "publish"]
    sure = ["--answer", "sure", "yes"]
    result = process(*words, *sure, "--answer", "name", "best", cwd=project)
    assert (result.code, result.out) == (0, "published as best\n")
    result = process(*words, *sure, cwd=project)
    assert result.code == 1 and result.out == "" and "Traceback" not in result.err
    assert "no answer to: Name; answer beforehand with --answer KEY VALUE" in result.err
    result = process(*words, "--answer", "sure", "no", cwd=project)
    assert result.code == 1
    assert result.err.endswith("error: the action publish failed: ValueError: not sure\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["xp", "publsh"], "xp has no action 'publsh'; did you mean 'publish'?"),
        (["nothing", "publish"], "there is no experiment 'nothing'"),
        (["xp", "publish", "--run", "20200101_000000"], "there is no run '20200101_000000' of 'xp'"),
        (["../xp", "publish"], "experiment id"),
    ],
)
def test_mistakes(project: Path, process: Command, words: list[str], message: str) -> None:
    result = process("experiments", "actions", "run", "--workdir", project / "work", *words, cwd=project)
    assert result.code == 2 and result.out == ""
    assert result.err.startswith("error: ") and message in result.err


def test_classes_that_are_not_found(project: Path, process: Command, tmp_path: Path) -> None:
    result = process("experiments", "actions", "list", "--workdir", project / "work", "xp", cwd=tmp_path)
    assert result.code == 2 and result.err.startswith("error: ") and "PYTHONPATH" in result.err


def test_completion(project: Path, process: Command) -> None:
    words = f"experimaestro experiments actions run --workdir {project / 'work'!s} xp pub"
    environ = {
        **os.environ,
        "_EXPERIMAESTRO_COMPLETE": "bash_complete",
        "COMP_WORDS": words.replace("'", "\\'"),
        "COMP_CWORD": "7",
    }
    assert process(env=environ, cwd=project).out == "plain,publish\n"
