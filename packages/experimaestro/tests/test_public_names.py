"""Every public path is imported alone, in a fresh interpreter, and gives the names that it promises."""

from __future__ import annotations

import importlib.metadata
import pkgutil
import subprocess
import sys

import pytest

import experimaestro

#: Public module to its names.
PUBLIC = {
    "experimaestro.annotations": "TagDict cache config_only deprecate help initializer stop_tags tag tags "
    "tagspath",
    "experimaestro.checkers": "Choices",
    "experimaestro.copy_experiment": "CopyResult copy_experiment",
    "experimaestro.core": "",
    "experimaestro.core.arguments": "Argument Meta Param",
    "experimaestro.core.context": "SerializationContext SerializedPath",
    "experimaestro.core.objects": "Config ConfigInformation ConfigMixin Task setmeta",
    "experimaestro.core.objects.config": "Config ConfigInformation ConfigMixin Task clone setmeta",
    "experimaestro.core.serialization": "from_state_dict load save state_dict",
    "experimaestro.core.serializers": "PathSerializationLWTask SerializationLWTask",
    "experimaestro.core.types": "Any ObjectType SubmitHook Type",
    "experimaestro.exceptions": "GracefulTimeout TaskCancelled",
    "experimaestro.experiments": "configuration ConfigurationBase DirtyGitAction ExperimentHelper "
    "mock_modules FakeModuleFinder noop_decorator GridSearch generate_grid",
    "experimaestro.experiments.cli": "ExperimentHelper ExperimentCallable experiments_cli",
    "experimaestro.experiments.configuration": "configuration ConfigurationBase DirtyGitAction",
    "experimaestro.experiments.grid": "GridSearch GenericParams generate_grid discover_grid_params",
    "experimaestro.experiments.mockmodule": "mock_modules FakeModuleFinder FakeModule noop_decorator",
    "experimaestro.generators": "PathGenerator pathgenerator",
    "experimaestro.launcherfinder": "AcceleratorSpecification CPUSpecification CudaSpecification "
    "HostRequirement HostSimpleRequirement HostSpecification LauncherRegistry MPSSpecification "
    "find_launcher parse",
    "experimaestro.launcherfinder.parser": "parse",
    "experimaestro.launcherfinder.registry": "LauncherRegistry find_launcher",
    "experimaestro.launcherfinder.specs": "AcceleratorSpecification CPUSpecification CudaSpecification "
    "HostRequirement HostSimpleRequirement HostSpecification MPSSpecification RequirementUnion cpu "
    "cuda_gpu gpu mps_gpu",
    "experimaestro.launchers": "DynamicLauncher Launcher",
    "experimaestro.launchers.direct": "DirectLauncher",
    "experimaestro.notifications": "LevelInformation progress tqdm",
    "experimaestro.scheduler": "experiment Job JobState RunMode Workspace FailedExperiment DirtyGitError",
    "experimaestro.scheduler.experiment": "experiment",
    "experimaestro.scheduler.interfaces": "JobState",
    "experimaestro.scheduler.jobs": "Job",
    "experimaestro.scheduler.workspace": "RunMode Workspace",
    "experimaestro.settings": "HistorySettings SSHSettings Settings WorkspaceSettings find_workspace "
    "get_settings",
    "experimaestro.tokens": "CounterToken",
    "experimaestro.xpmutils": "DirectoryContext EmptyContext",
}


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.parametrize("module", [*PUBLIC, "experimaestro"])
def test_each_path_gives_its_names_in_a_fresh_interpreter(module: str) -> None:
    expected = PUBLIC.get(module, " ".join(experimaestro.__all__))
    run(
        f"import importlib; m = importlib.import_module({module!r})\n"
        f"missing = [n for n in {expected.split()!r} if not hasattr(m, n)]\n"
        "assert not missing, missing"
    )


def test_every_module_is_listed() -> None:
    modules = {
        m.name
        for m in pkgutil.walk_packages(experimaestro.__path__, "experimaestro.")
        if not m.name.rpartition(".")[2].startswith("_")
    }
    assert modules == set(PUBLIC)


def test_all_agrees_with_what_is_passed_on() -> None:
    assert sorted(experimaestro.__all__) == sorted(["__version__", *experimaestro._names])


def test_a_class_wins_over_the_module_of_its_name() -> None:
    code = (
        "import experimaestro.scheduler.experiment as module\n"
        "from experimaestro.scheduler import experiment\n"
        "assert isinstance(experiment, type), experiment\n"
        "import sys; assert sys.modules['experimaestro.scheduler.experiment'].experiment is experiment"
    )
    run(code)


def test_the_decorator_wins_over_the_module_of_its_name() -> None:
    run(
        "from experimaestro.experiments.configuration import ConfigurationBase\n"
        "import experimaestro.experiments.configuration\n"
        "from experimaestro.experiments import configuration\n"
        "assert isinstance(configuration(type('C', (), {})), type)"
    )


def test_importing_it_loads_no_third_party() -> None:
    loaded = run(
        "import sys; import experimaestro; from experimaestro import Task, Param, tag, progress\n"
        "print(*sorted({m.split('.')[0] for m in sys.modules}))"
    )
    unwanted = {"click", "rich", "omegaconf", "yaml", "git", "msgspec", "sqlite3", "asyncio", "aiohttp"}
    assert not unwanted & set(loaded.split())


def test_version() -> None:
    assert experimaestro.__version__ == importlib.metadata.version("experimaestro")
