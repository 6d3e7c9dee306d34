"""The pre-experiments of the user's document, copied as they are; the job processes never see the mocks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Here, Project

MAGIC_MOCK = """
import os
import sys
from unittest.mock import MagicMock

# Reduce torch compile threads
os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"

# Make torch.compile a no-op decorator
class MockCompile:
    def __call__(self, fn=None, **kwargs):
        if fn is not None:
            return fn
        def decorator(func):
            return func
        return decorator

# Mock torch module with no-op compile
class TorchMock(MagicMock):
    compile = MockCompile()

sys.modules['torch'] = TorchMock()
sys.modules['torch.nn'] = MagicMock()
sys.modules['torch.nn.functional'] = MagicMock()
sys.modules['torch.optim'] = MagicMock()
"""

ENVIRONMENT = """
# pre_env.py
import os

# Control threading behavior
os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "4"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
"""

MOCK_MODULES = """
# pre_experiment.py
from experimaestro.experiments import mock_modules

# Mock PyTorch and related modules
mock_modules(
    # Modules to mock (submodules are automatically included)
    ['torch', 'pytorch_lightning', 'transformers', 'huggingface_hub'],
    # Decorators to make no-ops
    decorators=[
        'torch.compile',
        'torch.jit.script',
        'torch.jit.unused',
        'torch.jit.export',
        'torch.jit.ignore',
        'torch.no_grad',
        'torch.inference_mode',
    ]
)
"""

#: Uses torch as the examples do, at import time and in a task; says which torch it has.
EXPERIMENT = """
import os
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim import Adam
from experimaestro import Param, Task
from experimaestro.experiments import ExperimentHelper, configuration, ConfigurationBase

@torch.compile
def compiled(x: int) -> int:
    return x + 1

@torch.compile(mode="max-autotune")
def compiled_too(x: int) -> int:
    return x + 2

class Learn(Task):
    rate: Param[float]

    def execute(self):
        print("job", torch.__doc__, nn.relu(-1), F.relu(-2), Adam.name, compiled(1), compiled_too(1))
        print("threads", os.environ.get("TORCHINDUCTOR_COMPILE_THREADS"), os.environ.get("OMP_NUM_THREADS"))

@configuration
class Configuration(ConfigurationBase):
    rate: float = 0.1

def run(helper: ExperimentHelper, cfg: Configuration):
    print(torch.__doc__ == "the real torch", compiled(1), compiled_too(1))
    Learn.C(rate=cfg.rate).submit()
"""

#: What a model looks like when its classes derive from mocked ones.
MODEL = """
from typing import List, Optional
import pytorch_lightning as pl
import torch
from torch import Tensor
from transformers import AutoModel, PreTrainedModel
from huggingface_hub import ModelHubMixin

class Encoder(torch.nn.Module):
    def __init__(self, size: int, layers: Optional[List[Tensor]] = None):
        super().__init__()
        self.size = size

    @torch.no_grad()
    def predict(self, x: "Tensor[int]") -> int:
        return self.size * x

    @torch.inference_mode()
    @torch.jit.export
    def score(self, x: int) -> int:
        return self.size + x

class Both(Encoder, pl.LightningModule, ModelHubMixin):
    pass

@torch.jit.script
def scripted(x):
    return x * 3

MODELS = Both(2).predict(3), Both(2).score(3), scripted(1)
"""


def write_real_torch(project: Project) -> None:
    """Put a small library in the place of the real one, where the experiment finds it."""
    head = "def compile(fn=None, **kwargs):\n    return fn or (lambda fn: fn)\n"
    project.write("lib/torch/__init__.py", f'"""the real torch"""\n{head}')
    project.write("lib/torch/nn/__init__.py", "def relu(x): return max(x, 0)")
    project.write("lib/torch/nn/functional.py", "from torch.nn import relu")
    project.write("lib/torch/optim.py", "class Adam: name = 'real Adam'")


def job_output(project: Project) -> str:
    [stdout] = project.workdir.glob("jobs/*/*/learn.out")
    return stdout.read_text()


@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize("mocks", [MAGIC_MOCK, MOCK_MODULES], ids=["MagicMock", "mock_modules"])
def test_the_job_gets_the_real_library(project: Project, mocks: str, warm: bool) -> None:
    write_real_torch(project)
    project.write("pre_setup.py", mocks)
    code = EXPERIMENT
    if not warm:  # each job is a process of its own, instead of a fork of a warm one
        code = "from experimaestro import DirectLauncher\n" + code
        code = code.replace(".submit()", ".submit(launcher=DirectLauncher(preload=None))")
    project.write("experiment.py", code)
    project.write(
        "full.yaml",
        "id: my-experiment\npre_experiment: pre_setup.py\nfile: experiment\npythonpath: [lib]\n",
    )
    assert project.run("full.yaml").stdout == "False 2 3\n"
    assert job_output(project).startswith("job the real torch 0 0 real Adam 2 3\n")


def test_environment_variables_reach_the_jobs(project: Project, here: Here) -> None:
    write_real_torch(project)
    project.write("pre_env.py", ENVIRONMENT)
    project.write("experiment.py", EXPERIMENT)
    project.write(
        "full.yaml",
        "id: my-experiment\npre_experiment: pre_env.py\nfile: experiment\npythonpath: [lib]\n",
    )
    assert here.run("full.yaml").stdout == "True 2 3\n"
    assert job_output(project).endswith("threads 1 4\n")


def test_mocked_classes_and_decorators(project: Project, here: Here) -> None:
    """Nothing of that is installed: without the mocks, the import fails."""
    project.write("pre_experiment.py", MOCK_MODULES)
    project.write("model.py", MODEL)
    project.write("experiment.py", "from model import MODELS\ndef run(helper, cfg): print(MODELS)\n")
    project.write("full.yaml", "id: my-experiment\npre_experiment: pre_experiment.py\nfile: experiment\n")
    assert here.run("full.yaml").stdout == "(6, 5, 3)\n"
    said = here.run("full.yaml", "-c", "pre_experiment=null", code=2)
    assert "failed: ModuleNotFoundError: No module named 'pytorch_lightning'" in said.error
    assert "model.py" in said.stderr


def test_a_module_name(project: Project, here: Here) -> None:
    project.write("mypackage/__init__.py", "")
    project.write(
        "mypackage/pre_experiment.py",
        "from experimaestro.experiments import FakeModuleFinder\nFakeModuleFinder(['torch']).install()\n",
    )
    project.write("mypackage/experiment.py", "import torch\ndef run(helper, cfg): print(torch.Tensor)\n")
    project.write(
        "mypackage/full.yaml",
        "id: my-experiment\npre_experiment: mypackage.pre_experiment\nmodule: mypackage.experiment\n",
    )
    assert "torch.Tensor" in here.run("mypackage/full.yaml").stdout
    # From elsewhere, the python path has to be said: the message tells where it looked.
    project.write("full.yaml", "id: x\npre_experiment: mypackage.pre_experiment\nfile: other/experiment\n")
    project.write("other/experiment.py", "def run(helper, cfg): pass")
    error = here.run("full.yaml", code=2).error
    assert "the pre-experiment mypackage.pre_experiment failed: ModuleNotFoundError" in error
    assert str(project.folder / "other") in error and error.endswith("or set `pythonpath`")


#: Configurations and tasks that derive from classes of a heavy library.
DERIVED = """
from __future__ import annotations
import torch
import torch.nn as nn
from experimaestro import Config, Param, Task, field

class Model(Config, nn.Module):
    size: Param[int] = field(default=3)

class Deep(nn.Module, Config):
    model: Param[Model]

class Learn(nn.Module, Task):
    model: Param[Deep]

    @torch.compile
    def execute(self):
        print(torch.__doc__, self.model.model.relu(-1), self.model.relu(2))

def run(helper, cfg):
    Learn.C(model=Deep.C(model=Model.C())).submit()
"""


def test_configurations_that_derive_from_mocked_classes(project: Project, here: Here) -> None:
    write_real_torch(project)
    project.write("lib/torch/nn/__init__.py", "class Module:\n    def relu(self, x): return max(x, 0)")
    project.write("pre_experiment.py", MOCK_MODULES)
    project.write("experiment.py", DERIVED)
    yaml = "id: my-experiment\npre_experiment: pre_experiment.py\npythonpath: [lib]\n"
    project.write("full.yaml", yaml)
    here.run("full.yaml")
    assert job_output(project) == "the real torch 0 2\n"
    # The mocks change no identifier: the same tasks without them are done already.
    assert "nothing was executed" in here.run("full.yaml", "-c", "pre_experiment=null").stderr


def test_logging_is_for_the_pre_experiment_to_configure(project: Project) -> None:
    configure = "import logging\nlogging.basicConfig(level=logging.INFO, format='mine: %(message)s')\n"
    project.write("pre.py", configure)
    project.write(
        "experiment.py",
        "import logging\n"
        "def run(helper, cfg):\n    log = logging.getLogger('any')\n    log.info('seen')\n"
        "    log.warning('warned')\n",
    )
    project.write("full.yaml", "id: x\npre_experiment: pre.py\n")
    said = project.run("full.yaml").stderr.splitlines()
    assert "mine: seen" in said and "mine: warned" in said
    said = project.run("full.yaml", "-c", "pre_experiment=null").stderr.splitlines()
    assert "WARNING any: warned" in said and not any("seen" in line for line in said)


#: Prints the variables of the experiment, at import time and in a job.
SEES = """
import os
from experimaestro import Task

def seen():
    return " ".join(os.environ.get(name, "-") for name in ("A", "B", "C", "D"))

class Learn(Task):
    def execute(self):
        print("job", seen())

print("import", seen())

def run(helper, cfg):
    Learn.C().submit()
"""

SETTINGS = """
env: {A: settings, B: settings, C: settings}
workspaces:
  - id: other
    path: other
  - id: main
    path: %s
    triggers: ["x*"]
    env: {B: workspace, C: workspace}
"""


def test_the_environment_is_set_before_the_pre_experiment(
    project: Project, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ABCD":
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("A", "outside")
    project.write("settings.yaml", SETTINGS % json.dumps(str(project.workdir)))
    project.write("pre.py", SEES.partition("class")[0] + "print('pre', seen())\n")
    project.write("experiment.py", SEES)
    project.write("full.yaml", "id: xyz\npre_experiment: pre.py\n")
    options = ["--xpm-config-dir", ".", "--env", "C", "given", "--env", "D", "an é"]
    said = here.command("run-experiment", *options, "full.yaml")
    seen = "settings workspace given an é"
    assert said.stdout.splitlines() == [f"pre {seen}", f"import {seen}"]
    assert job_output(project).splitlines()[-1] == f"job {seen}"


def test_interpolations_see_the_variables_of_the_command_line(
    project: Project, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A", "outside")
    project.write("experiment.py", "def run(helper, cfg: dict): print(cfg['key'])")
    project.write("full.yaml", "id: x\nkey: ${oc.env:A}\n")
    assert here.run("full.yaml", "--env", "A", "given").stdout == "given\n"
    shown = here.command("run-experiment", "--show", "--env", "A", "given", "full.yaml").stdout
    assert json.loads(shown) == {"id": "x", "key": "given"}


def test_what_the_pre_experiment_sets_wins_for_the_jobs_too(
    project: Project, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ABCD":
        monkeypatch.delenv(name, raising=False)
    project.write("settings.yaml", "env: {A: settings, B: settings}")
    project.write(
        "pre.py", "import os\nos.environ['A'] = 'pre'\ndel os.environ['B']\nos.environ['C'] = 'pre'"
    )
    project.write("experiment.py", SEES)
    project.write("full.yaml", "id: xyz\npre_experiment: pre.py\n")
    said = here.run("full.yaml", "--xpm-config-dir", ".", "--env", "C", "given")
    assert said.stdout == "import pre - pre -\n"
    assert job_output(project).splitlines()[-1] == "job pre - pre -"


def test_variables_of_a_workspace_that_only_the_schema_chooses(
    project: Project, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The `id` is in the class: what the workspace sets comes after the import, in time for `run`."""
    for name in "ABCD":
        monkeypatch.delenv(name, raising=False)
    project.write("settings.yaml", SETTINGS % json.dumps(str(project.workdir)))
    project.write(
        "experiment.py",
        "from experimaestro.experiments import ConfigurationBase, configuration\n"
        "@configuration\nclass Mine(ConfigurationBase):\n    id: str = 'xyz'\n"
        + SEES.replace("cfg)", "cfg: Mine)")
        + "    print('run', seen())\n",
    )
    project.write("full.yaml", "title: no id\n")
    said = here.command("run-experiment", "--xpm-config-dir", ".", "--env", "C", "given", "full.yaml")
    assert said.stdout.splitlines() == [
        "import settings settings given -",
        "run settings workspace given -",
    ]
    assert job_output(project).splitlines()[-1] == "job settings workspace given -"


def test_no_workspace_is_told_before_anything_of_the_users_runs(project: Project, here: Here) -> None:
    project.write("pre.py", "print('too early')")
    project.write("experiment.py", "def run(helper, cfg): pass")
    project.write("full.yaml", "id: x\npre_experiment: pre.py\n")
    said = here.command("run-experiment", "full.yaml", code=2)
    assert said.stdout == ""
    assert "error: no workspace: give --workdir FOLDER" in said.stderr
