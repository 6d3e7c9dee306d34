"""Importing an experiment: python path, environment, pre-experiment, the module, in that order."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xpm_cli.user_code import UserCodeError, UserExperiment, load_experiment
from xpm_config import ConfigurationError, read


class Code:
    """A folder of the user's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, content: str = "") -> Path:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def load(self, yaml: str, environ: dict[str, str] | None = None) -> UserExperiment:
        """Import what a YAML file describes."""
        return load_experiment(read(self.write("user_main.yaml", yaml)).options, environ)


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Code]:
    """A folder with a strange name, and an interpreter that is left as it was."""
    folder = tmp_path / 'it\'s a "strange" pl àce'
    folder.mkdir()
    known, environ = set(sys.modules), dict(os.environ)
    monkeypatch.setattr(sys, "path", sys.path[:])
    yield Code(folder)
    for name in set(sys.modules) - known:
        if name.startswith(("user_", "__xpm")):
            del sys.modules[name]
    for variable in set(os.environ) - set(environ):
        del os.environ[variable]


def message(code: Code, yaml: str) -> str:
    with pytest.raises(UserCodeError) as caught:
        code.load(yaml)
    return str(caught.value)


def test_order(code: Code) -> None:
    code.write("user_steps.py", "steps = []")
    code.write("pre.py", "import os, user_steps\nuser_steps.steps.append(os.environ['XPM_TEST_A'])")
    code.write("user_exp.py", "import user_steps\nuser_steps.steps.append('exp')\ndef run(h, c): 0")
    user = code.load("id: x\nfile: user_exp\npre_experiment: pre.py\n", {"XPM_TEST_A": "env"})
    assert sys.modules["user_steps"].steps == ["env", "exp"]
    assert user.run is sys.modules["user_exp"].run and user.folder == code.folder


def test_python_path(code: Code) -> None:
    code.write("sub/user_exp.py", "def run(h, c): 0")
    code.write("one/x")
    sys.path.append(str(code.folder / "one"))
    before = sys.path[:-1]
    code.load("id: x\nfile: sub/user_exp\npythonpath: [one, .]\n")
    assert sys.path == [str(code.folder / "one"), str(code.folder), *before, str(code.folder / "sub")]


def test_missing_files(code: Code) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        code.load("id: x\nfile: user_exp\n")


def test_pre_experiment_as_a_module(code: Code) -> None:
    code.write("user_pre.py", "import os\nos.environ['XPM_TEST_A'] = 'pre'")
    code.write("user_exp.py", "def run(h, c): 0")
    code.load("id: x\nfile: user_exp\npre_experiment: user_pre\n")
    assert os.environ["XPM_TEST_A"] == "pre"
    found = message(code, "id: x\nfile: user_exp\npre_experiment: user_nope\n")
    assert found.startswith("the pre-experiment user_nope failed: ModuleNotFoundError: No module named")
    assert found.endswith(
        f"; it is not in {code.folder}, nor installed: correct the name, or set `pythonpath`"
    )


def test_a_module_that_lacks_in_a_package(code: Code) -> None:
    code.write("user_package/__init__.py")
    found = message(code, "id: x\nmodule: user_package.exp\npythonpath: [.]\n")
    assert f"; it is not in {code.folder / 'user_package'}: correct the name" in found


def test_a_module_that_imports_what_lacks(code: Code) -> None:
    code.write("user_exp.py", "import user_nope")
    assert message(code, "id: x\nmodule: user_exp\n").endswith(
        "No module named 'user_nope'; install it, or add the folder where it is to `pythonpath`"
    )


def test_a_file_of_a_package(code: Code) -> None:
    code.write("user_package/exp.py", "from . import other")
    found = message(code, "id: x\nfile: user_package/exp\n")
    assert found.endswith("in a package, set `module: user_package.exp` instead of `file`")


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("token.py", "def run(h, c): 0", "has the name of another module, 'token': rename the file"),
        ("click.py", "def run(h, c): 0", "has the name of another module, 'click': rename the file"),
        ("user.exp.py", "def run(h, c): 0", "its name has a dot: rename it"),
        ("user_exp.py", "", "has no function `run`: write `def run(helper, cfg): ...`"),
        ("user_exp.py", "run = 1", "is not a function: write `def run(helper, cfg): ...`"),
        ("user_exp.py", "x = (", "failed: SyntaxError"),
        ("user_exp.py", "import sys; sys.exit(3)", "called sys.exit(3)"),
    ],
)
def test_mistakes(code: Code, name: str, content: str, text: str) -> None:
    code.write(name, content)
    found = message(code, f"id: x\nfile: {name}\n")
    assert text in found and str(code.folder / name) in found


def test_a_file_that_is_not_python(code: Code) -> None:
    code.write("user_exp", "def run(h, c): 0")
    assert "its name must end in .py" in message(code, "id: x\nfile: user_exp\n")


HELPER = """
from xpm_cli.helper import ExperimentHelper
class Mine(ExperimentHelper):
    def __init__(self, callable, word):
        super().__init__(callable)
        self.word = word
"""


@pytest.mark.parametrize("decorator", ["@Mine.decorator('a')", "@ExperimentHelper.decorator(Mine, word='a')"])
def test_the_helper_of_a_decorator(code: Code, decorator: str) -> None:
    code.write("user_exp.py", f"{HELPER}{decorator}\ndef run(h, c: dict): 0")
    user = code.load("id: x\nfile: user_exp\n")
    helper: Any = user.make_helper()
    assert helper.word == "a" and user.schema is dict and helper.callable is user.run


@pytest.mark.parametrize("run", ["def run(h: Mine, c): 0", "@Mine.decorator\ndef run(h, c): 0"])
def test_a_helper_that_cannot_be_made(code: Code, run: str) -> None:
    code.write("user_exp.py", f"{HELPER}{run}")
    user = code.load("id: x\nfile: user_exp\n")
    with pytest.raises(UserCodeError, match=r"the helper Mine of `run` in .* missing 1 required"):
        user.make_helper()
