"""Inheritance, several YAML files, `-c` and `--show`, as the user's document describes them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Here, Project

EXPERIMENT = """
import json
from dataclasses import field
from experimaestro.experiments import ExperimentHelper, configuration, ConfigurationBase

@configuration
class Model:
    hidden_size: int = 16
    num_layers: int = 1

@configuration
class Transform:
    name: str
    size: int = 3

@configuration
class Data:
    transforms: list[Transform] = field(default_factory=list)

@configuration
class Configuration(ConfigurationBase):
    learning_rate: float = 1.0
    batch_size: int = 1
    model: Model = field(default_factory=Model)
    data: Data = field(default_factory=Data)

def run(helper: ExperimentHelper, cfg: Configuration):
    print(json.dumps([helper.xp.name, cfg.learning_rate, cfg.batch_size, vars(cfg.model),
                      [vars(t) for t in cfg.data.transforms]]))
"""
MODEL = {"hidden_size": 16, "num_layers": 1}

BASE = """# base.yaml
id: base-experiment
learning_rate: 1e-3
batch_size: 32
"""
CHILD = """# experiment.yaml
parent: base.yaml
id: my-experiment
learning_rate: 1e-4  # Override parent value
"""
TRANSFORMS = "id: x\ndata:\n  transforms:\n    - name: crop\n      size: 5\n    - name: flip\n"


@pytest.fixture(autouse=True)
def experiment(project: Project) -> None:
    project.write("experiment.py", EXPERIMENT)


def result(here: Here, *arguments: str) -> list[Any]:
    values: list[Any] = json.loads(here.run(*arguments).stdout)
    return values


def shown(here: Here, *arguments: str) -> Any:
    said = here.command("run-experiment", "--show", *arguments)
    assert said.stderr == ""
    return json.loads(said.stdout)


def test_inheritance(project: Project, here: Here) -> None:
    project.write("base.yaml", BASE)
    project.write("experiment.yaml", CHILD)
    assert result(here, "experiment.yaml")[:3] == ["my-experiment", 1e-4, 32]
    assert result(here, "base.yaml")[:3] == ["base-experiment", 1e-3, 32]


def test_several_yaml_files(project: Project, here: Here) -> None:
    project.write(
        "defaults.yaml", "learning_rate: 1\nbatch_size: 1\nmodel: {hidden_size: 1, num_layers: 9}\n"
    )
    project.write("defaults2.yaml", "learning_rate: 2\nbatch_size: 2\n")
    project.write("main.yaml", "id: main\nlearning_rate: 3\nmodel: {hidden_size: 3}\n")
    project.write("overrides.yaml", "id: main2\nlearning_rate: 4\n")
    project.write("overrides2.yaml", "id: last\n")
    one = ["--pre-yaml", "defaults.yaml", "--post-yaml", "overrides.yaml", "main.yaml"]
    assert result(here, *one) == ["main2", 4, 1, {"hidden_size": 3, "num_layers": 9}, []]
    two = ["--pre-yaml", "defaults.yaml", "--pre-yaml", "defaults2.yaml"]
    two += ["--post-yaml", "overrides.yaml", "--post-yaml", "overrides2.yaml", "main.yaml"]
    assert result(here, *two) == ["last", 4, 2, {"hidden_size": 3, "num_layers": 9}, []]


def test_simple_values(project: Project, here: Here) -> None:
    project.write("experiment.yaml", "id: x\nlearning_rate: 1\n")
    values = result(here, "-c", "learning_rate=1e-5", "-c", "batch_size=64", "experiment.yaml")
    assert values[1:3] == [1e-5, 64]


def test_nested_values(project: Project, here: Here) -> None:
    project.write("experiment.yaml", "id: x\n")
    values = result(here, "-c", "model.hidden_size=512", "-c", "model.num_layers=6", "experiment.yaml")
    assert values[3] == {"hidden_size": 512, "num_layers": 6}


def test_list_items_by_index(project: Project, here: Here) -> None:
    project.write("experiment.yaml", TRANSFORMS)
    values = result(here, "-c", "data.transforms.0.name=resize", "experiment.yaml")
    assert values[4] == [{"name": "resize", "size": 5}, {"name": "flip", "size": 3}]
    error = here.run("-c", "data.transforms.2.name=resize", "experiment.yaml", code=2).error
    assert error.startswith("error: -c data.transforms.2.name=resize: ") and "2" in error


def test_overrides_come_last(project: Project, here: Here) -> None:
    project.write("main.yaml", "id: x\n")
    project.write("post.yaml", "batch_size: 7\n")
    assert result(here, "--post-yaml", "post.yaml", "-c", "batch_size=8", "main.yaml")[2] == 8


def test_show(project: Project, here: Here) -> None:
    project.write("base.yaml", BASE)
    project.write("experiment.yaml", CHILD)
    assert shown(here, "experiment.yaml") == {
        "id": "my-experiment",
        "learning_rate": 1e-4,
        "batch_size": 32,
    }
    both = shown(here, "-c", "learning_rate=1e-5", "--pre-yaml", "base.yaml", "experiment.yaml")
    assert both == {"id": "my-experiment", "learning_rate": 1e-5, "batch_size": 32}
    assert not project.workdir.exists()


def test_show_with_origin(project: Project, here: Here) -> None:
    project.write("base.yaml", BASE)
    project.write("experiment.yaml", CHILD)
    assert shown(here, "--origin", "-c", "model.hidden_size=1", "experiment.yaml") == {
        "id": {"value": "my-experiment", "origin": "experiment.yaml:3"},
        "learning_rate": {"value": 1e-4, "origin": "experiment.yaml:4"},
        "batch_size": {"value": 32, "origin": "base.yaml:4"},
        "model": {"hidden_size": {"value": 1, "origin": "-c model.hidden_size=1"}},
    }


#: Reports each file of the project that is opened, whoever opens it.
WATCHED = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from xpm_cli.main import main
try:
    main(sys.argv[2:])
finally:
    print(*sorted({name for name in opened if name.startswith(sys.argv[1])}), sep="\\n", file=sys.stderr)
"""


def test_show_imports_nothing_of_the_users(project: Project) -> None:
    trap = "open('imported', 'w').close(); raise SystemExit('imported')"
    for name in ("experiment.py", "pre.py", "package/__init__.py", "package/experiment.py"):
        project.write(name, trap)
    yamls = [
        project.write("file.yaml", "id: x\npre_experiment: pre.py\nkey: [1, {a: é}]\n"),
        project.write("module.yaml", "id: x\npre_experiment: package.pre\nmodule: package.experiment\n"),
    ]
    for yaml in yamls:
        for options in (["--show"], ["--show", "--origin"]):
            done = subprocess.run(
                [sys.executable, "-c", WATCHED, str(project.folder), "run-experiment", *options, str(yaml)],
                cwd=project.folder,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            assert done.stderr.splitlines() == [str(yaml)], "only the YAML file is opened"
            json.loads(done.stdout)  # one document, and nothing else
    assert {path.name for path in project.folder.iterdir()} == {
        "experiment.py",
        "pre.py",
        "package",
        "file.yaml",
        "module.yaml",
    }


def test_show_needs_neither_an_id_nor_a_workspace(project: Project, here: Here) -> None:
    project.write("part.yaml", "learning_rate: 1\nfile: not_there\n")
    assert shown(here, "part.yaml") == {"learning_rate": 1, "file": "not_there"}
