"""`run(helper, cfg)` in all its forms, and what a user reads when it fails."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Here, Project

DATACLASS = "from dataclasses import dataclass\n@dataclass\nclass Mine:\n    rate: float = 1.0\n"
OURS = (
    "from experimaestro.experiments import ConfigurationBase, ExperimentHelper, configuration\n"
    "@configuration\nclass Mine(ConfigurationBase):\n    rate: float = 1.0\n"
)
NOT_BASE = OURS.replace("(ConfigurationBase)", "")
ATTRS = "import attrs\n@attrs.define\nclass Mine:\n    rate: float = 1.0\n"
HELPER = """
class MyHelper(ExperimentHelper):
    def __init__(self, callable, word="none", *, number=0):
        super().__init__(callable)
        self.word, self.number = word, number

    def run(self, args, configuration):
        self.args = args
        super().run([], configuration)

my_experiment = MyHelper.decorator
"""
BODY = ": print(type(helper).__name__, type(cfg).__name__, cfg.rate)\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (OURS + "def run(helper: ExperimentHelper, cfg: Mine)" + BODY, "ExperimentHelper Mine 0.5"),
        (OURS + "def run(helper: 'ExperimentHelper', cfg: 'Mine')" + BODY, "ExperimentHelper Mine 0.5"),
        (
            "from __future__ import annotations\n"
            + OURS
            + "def run(helper: ExperimentHelper, cfg: Mine)"
            + BODY,
            "ExperimentHelper Mine 0.5",
        ),
        (
            "from __future__ import annotations\n"
            + OURS
            + "def run(helper: X, cfg: 'Mine') -> Nothing"
            + BODY,
            None,
        ),
        (OURS + "def run(helper, cfg: Mine) -> 'NotImported'" + BODY, "ExperimentHelper Mine 0.5"),
        (
            OURS + "def run(helper, cfg: Mine, more=1, *rest, key=None, **keys)" + BODY,
            "ExperimentHelper Mine 0.5",
        ),
        (OURS + "def run(helper, cfg: Mine, /)" + BODY, "ExperimentHelper Mine 0.5"),
        (NOT_BASE + "def run(helper, cfg: Mine)" + BODY, "ExperimentHelper Mine 0.5"),
        (DATACLASS + "def run(helper, cfg: Mine)" + BODY, "ExperimentHelper Mine 0.5"),
        (OURS + HELPER + "def run(helper: MyHelper, cfg: Mine)" + BODY, "MyHelper Mine 0.5"),
        (OURS + HELPER + "def run(helper: 'MyHelper', cfg: Mine)" + BODY, "MyHelper Mine 0.5"),
        (
            DATACLASS
            + "import functools\ndef some(x, helper, cfg: Mine)"
            + BODY
            + "run = functools.partial(some, 1)",
            "ExperimentHelper Mine 0.5",
        ),
        (
            DATACLASS + "class Call:\n  def __call__(self, helper, cfg: 'Mine')" + BODY + "run = Call()",
            "ExperimentHelper Mine 0.5",
        ),
    ],
)
def test_annotations(project: Project, here: Here, code: str, expected: str | None) -> None:
    project.write("experiment.py", code)
    project.write("full.yaml", "id: x\ntitle: understood\nrate: 0.5\n")
    said = here.run("full.yaml", code=0 if expected else 2)
    if expected:
        assert said.stdout == f"{expected}\n"
    else:
        assert "the annotations of `run`" in said.error and "NameError: name 'X' is not defined" in said.error
        assert "TYPE_CHECKING" in said.error


def test_attrs(project: Project, here: Here) -> None:
    pytest.importorskip("attrs", reason="attrs is not installed")
    project.write("experiment.py", ATTRS + "def run(helper, cfg: Mine)" + BODY)
    project.write("full.yaml", "id: x\ntitle: understood\nrate: 0.5\n")
    assert here.run("full.yaml").stdout == "ExperimentHelper Mine 0.5\n"


@pytest.mark.parametrize(
    "annotation", ["dict", "'dict'", "dict[str, object]", "'typing.Any'", "typing.Mapping"]
)
def test_values_as_they_are(project: Project, here: Here, annotation: str) -> None:
    project.write(
        "experiment.py", f"import typing\ndef run(helper, cfg: {annotation}): print(cfg['rate'], cfg['id'])"
    )
    project.write("full.yaml", "id: x\nrate: 1e-4\nmore: {a: 1}\n")
    assert here.run("full.yaml").stdout == "0.0001 x\n"


def test_no_annotation(project: Project, here: Here) -> None:
    project.write("experiment.py", "def run(helper, cfg): print(type(helper).__name__, cfg.title)")
    project.write("full.yaml", "id: x\ntitle: Short\n")
    assert here.run("full.yaml").stdout == "ExperimentHelper Short\n"


@pytest.mark.parametrize(
    ("decorator", "expected"),
    [
        ("@my_experiment", "none 0"),
        ("@my_experiment()", "none 0"),
        ("@my_experiment('word')", "word 0"),
        ("@my_experiment('word', number=2)", "word 2"),
        ("@my_experiment(number=2)", "none 2"),
        ("@MyHelper.decorator(number=2)", "none 2"),
        ("@ExperimentHelper.decorator(MyHelper)", "none 0"),
        ("@ExperimentHelper.decorator(MyHelper, 'word', number=2)", "word 2"),
        ("@my_experiment('outer')\n@my_experiment('inner')", "outer 0"),
    ],
)
def test_decorators(project: Project, here: Here, decorator: str, expected: str) -> None:
    show = "print(type(helper).__name__, helper.word, helper.number, cfg.rate)"
    run = f"def run(helper: MyHelper, cfg: Mine): {show}"
    project.write("experiment.py", f"{OURS}{HELPER}{decorator}\n{run}\n")
    project.write("full.yaml", "id: x\nrate: 0.5\n")
    assert here.run("full.yaml").stdout == f"MyHelper {expected} 0.5\n"


def test_the_base_helper_as_a_decorator(project: Project, here: Here) -> None:
    project.write("experiment.py", f"{OURS}@ExperimentHelper.decorator\ndef run(helper, cfg: Mine){BODY}")
    project.write("full.yaml", "id: x\nrate: 0.5\n")
    assert here.run("full.yaml").stdout == "ExperimentHelper Mine 0.5\n"


def test_a_decorator_with_wrong_arguments(project: Project, here: Here) -> None:
    project.write("experiment.py", f"{OURS}{HELPER}@my_experiment(size=1)\ndef run(helper, cfg: Mine){BODY}")
    project.write("full.yaml", "id: x\n")
    error = here.run("full.yaml", code=2).error
    assert (
        error.startswith("error: the helper MyHelper of ") and "unexpected keyword argument 'size'" in error
    )
    assert not project.workdir.exists()


def test_arguments_for_the_helper(project: Project, here: Here) -> None:
    project.write("experiment.py", f"{OURS}{HELPER}def run(helper: MyHelper, cfg): print(helper.args)")
    project.write("full.yaml", "id: x\n")
    assert here.run("full.yaml").stdout == "[]\n"
    assert here.run("full.yaml", "one", "two words").stdout == "['one', 'two words']\n"
    assert here.run("full.yaml", "--", "--size", "3").stdout == "['--size', '3']\n"


def test_arguments_that_nobody_understands(project: Project, here: Here) -> None:
    project.write("experiment.py", "def run(helper, cfg): print('ran')")
    project.write("full.yaml", "id: x\n")
    said = here.run("full.yaml", "rate=1", code=2)
    assert said.stdout == "" and said.stderr == (
        "error: unexpected arguments after the YAML file: rate=1; "
        "to change the configuration, use -c KEY=VALUE\n"
    )
    assert not project.workdir.exists()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("async def run(helper, cfg): pass", "is an `async def`: write `def run(helper, cfg): ...`"),
        ("def run(helper, cfg): yield", "has a `yield`, so that calling it runs nothing"),
        ("def run(helper): pass", "takes 1 parameter instead of two"),
        ("run = 3", "is not a function"),
        (
            "def run(helper, cfg: int): pass",
            "the annotation of 'cfg' is not a configuration class; use a class with @configuration",
        ),
    ],
)
def test_runs_that_cannot_be_called(project: Project, here: Here, code: str, message: str) -> None:
    project.write("experiment.py", code)
    project.write("full.yaml", "id: x\n")
    said = here.run("full.yaml", code=2)
    assert message in said.error and said.stderr.count("\n") == 1
    assert not project.workdir.exists()


DEEP = """
from experimaestro import Param, Task
import helping

class Learn(Task):
    rate: Param[float]

def run(helper, cfg):
    helping.deep()
"""


def frames(stderr: str) -> list[str]:
    return re.findall(r'^  File ".*/(.*)", line \d+', stderr, re.MULTILINE)


@pytest.mark.parametrize(
    ("helping", "message", "files"),
    [
        ("def deep():\n    1 / 0\n", "ZeroDivisionError: division by zero", ["experiment.py", "helping.py"]),
        ("def deep():\n    assert 0\n", "failed: AssertionError", ["experiment.py", "helping.py"]),
        (
            "def deep():\n    raise ValueError('two\\nlines')\n",
            "ValueError: two lines",
            ["experiment.py", "helping.py"],
        ),
        (
            "def deep():\n    import experiment\n    experiment.Learn.C(rate='fast').submit()\n",
            "rate",
            ["experiment.py", "helping.py"],
        ),
        (
            "def deep():\n    try: {}['a']\n    except KeyError as e: raise OSError('no a') from e\n",
            "OSError: no a, because of KeyError: 'a'",
            ["experiment.py", "helping.py"],
        ),
    ],
)
def test_run_raises(project: Project, here: Here, helping: str, message: str, files: list[str]) -> None:
    project.write("helping.py", helping)
    project.write("experiment.py", DEEP)
    project.write("full.yaml", "id: my-experiment\n")
    said = here.run("full.yaml", code=1)
    assert said.error.startswith("error: `run` of my-experiment failed: ") and message in said.error
    assert frames(said.stderr) == files, "the user's own frames only"


def test_an_import_fails_two_modules_down(project: Project, here: Here) -> None:
    project.write("helping.py", "import not_there_at_all\n")
    project.write("experiment.py", DEEP)
    project.write("full.yaml", "id: x\n")
    said = here.run("full.yaml", code=2)
    assert "experiment.py failed: ModuleNotFoundError: No module named 'not_there_at_all'" in said.error
    assert frames(said.stderr) == ["experiment.py", "helping.py"]
    assert not project.workdir.exists()


def test_a_pre_experiment_fails(project: Project, here: Here) -> None:
    project.write("experiment.py", "print('not imported')")
    project.write("pre.py", "def f():\n    raise RuntimeError('no')\nf()\n")
    project.write("full.yaml", "id: x\npre_experiment: pre.py\n")
    said = here.run("full.yaml", code=2)
    assert said.stdout == "" and frames(said.stderr) == ["pre.py", "pre.py"]
    assert said.error.endswith("pre.py failed: RuntimeError: no")


def test_a_relative_import_in_a_file(project: Project, here: Here) -> None:
    project.write("package/__init__.py", "")
    project.write("package/tasks.py", "")
    project.write("package/experiment.py", "from . import tasks\ndef run(helper, cfg): print('ran')")
    project.write("package/full.yaml", "id: x\n")
    error = here.run("package/full.yaml", code=2).error
    assert error.endswith("in a package, set `module: package.experiment` instead of `file`")
    assert here.run("package/full.yaml", "--module-name", "package.experiment").stdout == "ran\n"


def test_a_module_in_a_package_of_the_same_name(project: Project, here: Here) -> None:
    """`xpm_config` is installed: the message says that this is where the module is missing."""
    project.write("full.yaml", "id: x\nmodule: xpm_config.experiment\n")
    error = here.run("full.yaml", code=2).error
    assert "No module named 'xpm_config.experiment'; it is not in " in error
    assert str(sys.modules["xpm_config"].__path__[0]) in error and error.endswith("or set `pythonpath`")


def test_run_leaves(project: Project, here: Here) -> None:
    project.write(
        "experiment.py",
        "from experimaestro import GracefulExperimentExit\n"
        "def run(helper, cfg): raise GracefulExperimentExit()",
    )
    project.write("full.yaml", "id: x\n")
    here.run("full.yaml")
    project.write("experiment.py", "import sys\ndef run(helper, cfg): sys.exit(5)")
    here.run("full.yaml", code=5)
