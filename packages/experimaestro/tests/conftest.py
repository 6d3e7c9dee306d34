"""What the tests share: a workspace in a strange place, and tasks that job processes can import."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

TASKS = '''
from pathlib import Path
from experimaestro import Config, Meta, Param, PathGenerator, ResumableTask, Task, field, tag
from experimaestro.taskglobals import Env


class Model(Config):
    """A model."""
    layers: Param[int] = field(default=2, help="How deep it is")


class Learn(Task):
    """Learns.

    Attributes:
        rate: The learning rate
    """
    model: Param[Model]
    rate: Param[float] = field(default=0.1)
    out: Meta[Path] = field(default_factory=PathGenerator("model.txt"))

    def execute(self):
        assert Env.instance().taskpath == Path.cwd() == self.__taskdir__
        self.out.write_text(str(Env.instance().wspath))
        if self.rate > 1:
            raise ValueError("too large")


class Checkpoint(Config):
    def at(self, dep, *, step):
        return dep(Model.C(layers=step))


class LongLearn(ResumableTask):
    checkpoint: Param[Checkpoint]

    def execute(self):
        print("learning", flush=True)
        self.register_task_output(self.checkpoint.at, step=7)


class Evaluate(Task):
    learned: Param[Learn]

    def execute(self):
        print(self.learned.out.read_text())


class Resumes(ResumableTask):
    def execute(self):
        pass
'''


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    """The folder of a workspace, with spaces, quotes and an accent in its name."""
    folder = tmp_path / 'it\'s a "strange" pl àce'
    folder.mkdir()
    return folder


@pytest.fixture
def make_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModuleType]]:
    """Write a module and import it; it is forgotten at the end. Writing it again replaces it."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    names = []

    def make(name: str, code: str) -> ModuleType:
        path = folder / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)
        names.append(name)
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield make
    for name in [n for n in sys.modules if any(n == m or m.startswith(f"{n}.") for m in names)]:
        del sys.modules[name]


@pytest.fixture
def tasks(make_module: Callable[..., ModuleType]) -> ModuleType:
    """The module `xpm_old_names`, which job processes can import as well."""
    return make_module("xpm_old_names", TASKS)
