"""Every public path is imported alone, in a fresh interpreter, and gives the names that it promises."""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
import subprocess
import sys

import pytest

import experimaestro

#: Public modules of 2.x that come with packages of their own, later. Whoever adds one takes it from here.
NOT_YET = {
    "experimaestro.launchers.slurm": "SlurmLauncher SlurmOptions",
}

#: Public module to its names.
PUBLIC = {
    "experimaestro": "Config Task ResumableTask LightweightTask InstanceConfig Prepare Action Interaction "
    "CLIInteraction Param Option Meta DataPath OptionalDataPath Annotated Constant field help Any SubmitHook "
    "Identifier Array TagDict tag tags tagspath stop_tags STDOUT STDERR deprecate initializer config_only "
    "cache Choices partial param_group Partial ParameterGroup PathGenerator pathgenerator copyconfig setmeta "
    "sealed_set DependentMarker ObjectStore load load_configs load_xp_info ExperimentInfo save serialize "
    "deserialize state_dict from_state_dict from_task_dir SerializationContext SerializationLWTask "
    "PathSerializationLWTask DirectoryContext Scheduler experiment FailedExperiment DirtyGitError "
    "DirtyGitAction GracefulExperimentExit GracefulTimeout TaskCancelled Workspace RunMode TransientMode Job "
    "set_launcher Launcher LauncherRegistry progress tqdm documentation Path __version__",
    "experimaestro.annotations": "TagDict cache config_only deprecate help initializer stop_tags tag tags "
    "tagspath",
    "experimaestro.checkers": "Choices",
    "experimaestro.click": "arguments forwardoption",
    "experimaestro.connectors": "Connector Process ProcessState Redirect",
    "experimaestro.connectors.local": "LocalConnector LocalProcessBuilder",
    "experimaestro.copy_experiment": "CopyResult copy_experiment list_experiments list_runs",
    "experimaestro.core": "",
    "experimaestro.core.arguments": "Argument Meta Param",
    "experimaestro.core.context": "SerializationContext SerializedPath",
    "experimaestro.core.identifier": "IdentifierComputer",
    "experimaestro.core.objects": "Config ConfigInformation ConfigMixin Task setmeta",
    "experimaestro.core.objects.config": "Config ConfigInformation ConfigMixin Task clone setmeta",
    "experimaestro.core.serialization": "from_state_dict load save state_dict",
    "experimaestro.core.serializers": "PathSerializationLWTask SerializationLWTask",
    "experimaestro.core.types": "Any ObjectType SubmitHook Type",
    "experimaestro.exceptions": "GracefulTimeout HandledException TaskCancelled",
    "experimaestro.experiments": "configuration ConfigurationBase DirtyGitAction ExperimentHelper "
    "mock_modules FakeModuleFinder noop_decorator GridSearch generate_grid",
    "experimaestro.experiments.cli": "ExperimentHelper ExperimentCallable experiments_cli",
    "experimaestro.experiments.configuration": "configuration ConfigurationBase DirtyGitAction",
    "experimaestro.experiments.grid": "GridSearch GenericParams generate_grid discover_grid_params",
    "experimaestro.experiments.mockmodule": "mock_modules FakeModuleFinder FakeModule noop_decorator",
    "experimaestro.generators": "PathGenerator pathgenerator",
    "experimaestro.huggingface": "ExperimaestroHFHub",
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
    "experimaestro.mkdocs": "",
    "experimaestro.mkdocs.metaloader": "Module",
    "experimaestro.mypy": "plugin",
    "experimaestro.notifications": "LevelInformation progress tqdm",
    "experimaestro.rpyc": "",
    "experimaestro.scheduler": "experiment Scheduler Job JobState JobFailureStatus JobContext Listener "
    "RunMode Workspace FailedExperiment DirtyGitError",
    "experimaestro.scheduler.base": "Scheduler",
    "experimaestro.scheduler.experiment": "experiment",
    "experimaestro.scheduler.interfaces": "JobState",
    "experimaestro.scheduler.jobs": "Job JobDependency JobStateError",
    "experimaestro.scheduler.services": "Service WebService ServiceListener ServiceState ProcessWebService "
    "resolve_service",
    "experimaestro.scheduler.workspace": "RunMode Workspace",
    "experimaestro.settings": "HistorySettings SSHSettings Settings WorkspaceSettings find_workspace "
    "get_settings get_workspace",
    "experimaestro.sphinx": "setup",
    "experimaestro.taskglobals": "Env",
    "experimaestro.tokens": "CounterToken",
    "experimaestro.tools": "",
    "experimaestro.tools.documentation": "DocumentationAnalyzer",
    "experimaestro.tools.jobs": "fix_deprecated load_job",
    "experimaestro.tui": "ExperimentTUI",
    "experimaestro.utils": "cleanupdir logger",
    "experimaestro.utils.config": "validate_attrs",
    "experimaestro.utils.settings": "JsonSettings",
    "experimaestro.xpmutils": "DirectoryContext EmptyContext",
}


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.parametrize("module", PUBLIC)
def test_each_path_gives_its_names_in_a_fresh_interpreter(module: str) -> None:
    run(
        f"import importlib; m = importlib.import_module({module!r})\n"
        f"missing = [n for n in {PUBLIC[module].split()!r} if not hasattr(m, n)]\n"
        "assert not missing, missing"
    )


@pytest.mark.parametrize("module", NOT_YET)
def test_what_is_said_to_be_missing_is_missing(module: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(module)


def test_every_module_is_listed() -> None:
    modules = {
        m.name
        for m in pkgutil.walk_packages(experimaestro.__path__, "experimaestro.")
        if not m.name.rpartition(".")[2].startswith("_")
    }
    assert {"experimaestro", *modules} == set(PUBLIC)


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
