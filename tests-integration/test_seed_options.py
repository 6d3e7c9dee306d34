"""Every option of the YAML reference does what the table says, through the command."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Here, Project, Said

#: Prints what reaches `run`.
EXPERIMENT = """
import json
from dataclasses import asdict
from experimaestro.experiments import ExperimentHelper, configuration, ConfigurationBase

@configuration
class Configuration(ConfigurationBase):
    learning_rate: float = 1e-3

def run(helper: ExperimentHelper, cfg: Configuration):
    print(json.dumps({"name": helper.xp.name, "from": __name__, **asdict(cfg)}, default=str))
"""


def printed(said: Said) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(said.stdout)
    return values


def experiments(project: Project) -> list[str]:
    return sorted(path.name for path in project.workdir.glob("xp/*"))


def test_id_names_the_experiment(project: Project, here: Here) -> None:
    project.write("experiment.py", EXPERIMENT)
    project.write("full.yaml", "id: my experiment é\n")
    assert printed(here.run("full.yaml"))["name"] == "my experiment é"
    assert experiments(project) == ["my experiment é"]


def test_id_is_required(project: Project, here: Here) -> None:
    """The first example of the user's document has none: the message says what to add."""
    project.write("experiment.py", EXPERIMENT)
    project.write("full.yaml", "    file: experiment\n    learning_rate: 1e-4\n")
    assert here.run("full.yaml", code=2).error == (
        "error: full.yaml: id: the identifier of the experiment is missing; add `id: full`"
    )
    assert printed(here.run("full.yaml", "-c", "id=first"))["learning_rate"] == 1e-4
    assert experiments(project) == ["first"]


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("", "experiment.py"),
        ("file: experiment", "experiment.py"),
        ("file: experiment.py", "experiment.py"),
        ("file: other", "other.py"),
        ("file: sub/other", "sub/other.py"),
        ("file: ../beside/other.py", "../beside/other.py"),
    ],
)
def test_file(project: Project, here: Here, line: str, file: str) -> None:
    project.write(file, EXPERIMENT)
    project.write("full.yaml", f"id: x\n{line}\n")
    assert printed(here.run("full.yaml"))["from"] == file.rpartition("/")[2].removesuffix(".py")


def test_file_is_relative_to_its_yaml(project: Project, here: Here) -> None:
    project.write("deep/er/experiment.py", EXPERIMENT)
    project.write("deep/er/full.yaml", "id: x\nfile: experiment\n")
    assert printed(here.run("deep/er/full"))["from"] == "experiment"


@pytest.mark.parametrize("module", ["first_stage.experiment", "first_stage.sub.experiment"])
def test_module_without_pythonpath(project: Project, here: Here, module: str) -> None:
    *packages, name = module.split(".")
    for depth in range(len(packages)):
        project.write("/".join([*packages[: depth + 1], "__init__.py"]), "")
    folder = "/".join(packages)
    project.write(f"{folder}/{name}.py", "from . import __name__ as package\n" + EXPERIMENT)
    project.write(f"{folder}/full.yaml", f"id: x\nmodule: {module}\n")
    assert printed(here.run(f"{folder}/full.yaml"))["from"] == module


def test_module_and_file_exclude_each_other(project: Project, here: Here) -> None:
    project.write("full.yaml", "id: x\nmodule: experiment\nfile: experiment\n")
    assert "both `file`" in here.run("full.yaml", code=2).error


def test_pythonpath(project: Project, here: Here) -> None:
    project.write("one/which.py", "WHICH = 1")
    project.write("two/which.py", "WHICH = 2")
    project.write("two/also.py", "")
    project.write("yamls/experiment.py", "import sys, which, also\ndef run(h, c): print(which.WHICH)")
    project.write("yamls/full.yaml", "id: x\npythonpath:\n    - ../one\n    - ../two\n")
    assert here.run("yamls/full.yaml").stdout == "1\n"


def test_tasks_of_the_file_run_although_pythonpath_leaves_its_folder_out(
    project: Project, here: Here
) -> None:
    project.write("lib/words.py", "WORD = 'found'")
    project.write(
        "sub/experiment.py",
        """
import words
from experimaestro import Task

class Say(Task):
    def execute(self):
        print(words.WORD)

def run(helper, cfg):
    Say.C().submit()
""",
    )
    project.write("full.yaml", "id: x\nfile: sub/experiment\npythonpath: [lib]\n")
    assert "1 of 1 jobs done" in here.run("full.yaml").stderr
    [stdout] = project.workdir.glob("jobs/*/*/say.out")
    assert stdout.read_text() == "found\n"


def test_parent(project: Project, here: Here) -> None:
    project.write("base/experiment.py", EXPERIMENT)
    project.write("base/base.yaml", "id: base\nlearning_rate: 0.1\nfile: experiment\ntitle: kept\n")
    project.write("sub/child.yaml", "parent: ../base/base.yaml\nid: child\n")
    values = printed(here.run("sub/child.yaml"))
    assert (values["name"], values["learning_rate"], values["title"]) == ("child", 0.1, "kept")


@pytest.mark.parametrize("name", ["pre_setup.py", "sub/pre_setup.py", "package.pre_setup"])
def test_pre_experiment(project: Project, here: Here, name: str) -> None:
    project.write("package/__init__.py", "")
    file = name if name.endswith(".py") else name.replace(".", "/") + ".py"
    project.write(file, "import builtins\nprint('before')\n")
    project.write("experiment.py", "print('import')\ndef run(helper, cfg): print('run')\n")
    project.write("full.yaml", f"id: x\npre_experiment: {name}\n")
    assert here.run("full.yaml").stdout.split() == ["before", "import", "run"]


def test_texts_about_the_experiment(project: Project, here: Here) -> None:
    texts = {
        "title": "Short",
        "subtitle": "More: with a colon",
        "description": "Two\nlines, and an é",
        "paper": "https://example.org/a?b=c#d",
    }
    project.write("experiment.py", EXPERIMENT)
    project.write("full.yaml", f"id: x\n{json.dumps(texts)[1:-1]}\n".replace('", "', '"\n"'))
    values = printed(here.run("full.yaml"))
    assert {name: values[name] for name in texts} == texts
    project.write("none.yaml", "id: x\n")
    assert {printed(here.run("none.yaml"))[name] for name in texts} == {""}


def test_texts_reach_a_helper_whose_configuration_does_not_have_them(project: Project, here: Here) -> None:
    project.write(
        "experiment.py",
        "from dataclasses import dataclass\n"
        "@dataclass\nclass Mine:\n    size: int\n"
        "def run(helper, cfg: Mine): print(cfg.size, helper.options.title, helper.options.paper)\n",
    )
    project.write("full.yaml", "id: x\ntitle: Short\npaper: Doe\nsize: 3\n")
    assert here.run("full.yaml").stdout == "3 Short Doe\n"


@pytest.mark.parametrize("value", ["true", "yes", "on", "false", None])
def test_add_timestamp(project: Project, here: Here, value: str | None) -> None:
    project.write("experiment.py", EXPERIMENT)
    project.write("full.yaml", "id: x\n" + (f"add_timestamp: {value}\n" if value else ""))
    name = printed(here.run("full.yaml"))["name"]
    assert re.fullmatch(r"x-\d{8}-\d{4}" if value in ("true", "yes", "on") else "x", name)
    assert experiments(project) == [name]


def test_a_class_may_change_the_defaults(project: Project, here: Here) -> None:
    project.write(
        "experiment.py", EXPERIMENT.replace("learning_rate", "id: str = 'mine'\n    learning_rate", 1)
    )
    project.write("full.yaml", "title: no id here\n")
    assert printed(here.run("full.yaml"))["name"] == "mine"


def test_the_command_as_it_is_installed(project: Project) -> None:
    command = Path(sys.executable).with_name("experimaestro")
    if not command.exists():
        pytest.skip("the command is not next to this interpreter")
    project.write("experiment.py", EXPERIMENT)
    project.write("full.yaml", "    id: x\n    file: experiment\n    learning_rate: 1e-4\n")
    arguments = ["run-experiment", "--run-mode", "NORMAL", "--workdir", "work dir", "full.yaml"]
    done = subprocess.run([command, *arguments], cwd=project.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["learning_rate"] == 1e-4
