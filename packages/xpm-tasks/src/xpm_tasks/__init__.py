"""Typed configurations and tasks with stable identifiers.

Names are loaded when first used: importing the package costs little, whatever it holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Annotated, Any

    from xpm_tasks.__about__ import __version__
    from xpm_tasks.actions import Action, CLIInteraction, Interaction
    from xpm_tasks.annotations import (
        Array,
        Choices,
        Constant,
        DataPath,
        Meta,
        Option,
        OptionalDataPath,
        Param,
        help,
    )
    from xpm_tasks.caching import cache, config_only, initializer
    from xpm_tasks.config import Config, InstanceConfig, LightweightTask, Prepare
    from xpm_tasks.copying import clone, copyconfig, sealed_set, setmeta
    from xpm_tasks.deprecation import deprecate
    from xpm_tasks.errors import (
        ConfigurationError,
        DeclarationError,
        GracefulTimeout,
        IdentifierError,
        LoadError,
        SubmissionError,
        TaskCancelled,
        XpmTasksError,
    )
    from xpm_tasks.fields import field
    from xpm_tasks.generators import (
        STDERR,
        STDOUT,
        DirectoryContext,
        EmptyContext,
        Generator,
        PathGenerator,
        pathgenerator,
    )
    from xpm_tasks.graphs import ExperimentInfo, load_configs, load_xp_info
    from xpm_tasks.hooks import SubmitHook
    from xpm_tasks.identifier import ObjectIdentifier
    from xpm_tasks.information import ConfigInformation
    from xpm_tasks.instance import ObjectStore
    from xpm_tasks.making import ConfigMixin
    from xpm_tasks.naming import Identifier
    from xpm_tasks.parameters import load_task, run_task
    from xpm_tasks.partials import ParameterGroup, Partial, param_group, partial
    from xpm_tasks.reporting import LevelInformation, progress, tqdm
    from xpm_tasks.serialization import (
        PathSerializationLWTask,
        SerializationContext,
        SerializationLWTask,
        SerializedPath,
        deserialize,
        from_state_dict,
        from_task_dir,
        load,
        save,
        serialize,
        state_dict,
    )
    from xpm_tasks.submission import DependentMarker, RunMode, Submission, TransientMode
    from xpm_tasks.tagging import TagDict, stop_tags, tag, tags, tagspath
    from xpm_tasks.tasks import ResumableTask, Task

__all__ = [
    "__version__",
    "Action",
    "Annotated",
    "Any",
    "Array",
    "cache",
    "Choices",
    "CLIInteraction",
    "clone",
    "Config",
    "config_only",
    "ConfigInformation",
    "ConfigMixin",
    "ConfigurationError",
    "Constant",
    "copyconfig",
    "DataPath",
    "DeclarationError",
    "DependentMarker",
    "deprecate",
    "deserialize",
    "DirectoryContext",
    "EmptyContext",
    "ExperimentInfo",
    "field",
    "from_state_dict",
    "from_task_dir",
    "Generator",
    "GracefulTimeout",
    "help",
    "Identifier",
    "IdentifierError",
    "initializer",
    "InstanceConfig",
    "Interaction",
    "LevelInformation",
    "LightweightTask",
    "load",
    "load_configs",
    "load_task",
    "load_xp_info",
    "LoadError",
    "Meta",
    "ObjectIdentifier",
    "ObjectStore",
    "Option",
    "OptionalDataPath",
    "Param",
    "param_group",
    "ParameterGroup",
    "Partial",
    "partial",
    "Path",
    "PathGenerator",
    "pathgenerator",
    "PathSerializationLWTask",
    "Prepare",
    "progress",
    "ResumableTask",
    "run_task",
    "RunMode",
    "save",
    "sealed_set",
    "SerializationContext",
    "SerializationLWTask",
    "serialize",
    "SerializedPath",
    "setmeta",
    "state_dict",
    "STDERR",
    "STDOUT",
    "stop_tags",
    "Submission",
    "SubmissionError",
    "SubmitHook",
    "tag",
    "TagDict",
    "tags",
    "tagspath",
    "Task",
    "TaskCancelled",
    "tqdm",
    "TransientMode",
    "XpmTasksError",
]

#: Where each name is defined.
_HOMES = {
    "xpm_tasks.__about__": ("__version__",),
    "pathlib": ("Path",),
    "typing": ("Annotated", "Any"),
    "xpm_tasks.actions": (
        "Action",
        "CLIInteraction",
        "Interaction",
    ),
    "xpm_tasks.annotations": (
        "Array",
        "Choices",
        "Constant",
        "DataPath",
        "Meta",
        "Option",
        "OptionalDataPath",
        "Param",
        "help",
    ),
    "xpm_tasks.caching": (
        "cache",
        "config_only",
        "initializer",
    ),
    "xpm_tasks.config": (
        "Config",
        "InstanceConfig",
        "LightweightTask",
        "Prepare",
    ),
    "xpm_tasks.copying": (
        "clone",
        "copyconfig",
        "sealed_set",
        "setmeta",
    ),
    "xpm_tasks.deprecation": ("deprecate",),
    "xpm_tasks.errors": (
        "ConfigurationError",
        "DeclarationError",
        "GracefulTimeout",
        "IdentifierError",
        "LoadError",
        "SubmissionError",
        "TaskCancelled",
        "XpmTasksError",
    ),
    "xpm_tasks.fields": ("field",),
    "xpm_tasks.generators": (
        "DirectoryContext",
        "EmptyContext",
        "Generator",
        "PathGenerator",
        "STDERR",
        "STDOUT",
        "pathgenerator",
    ),
    "xpm_tasks.graphs": (
        "ExperimentInfo",
        "load_configs",
        "load_xp_info",
    ),
    "xpm_tasks.hooks": ("SubmitHook",),
    "xpm_tasks.identifier": ("ObjectIdentifier",),
    "xpm_tasks.information": ("ConfigInformation",),
    "xpm_tasks.instance": ("ObjectStore",),
    "xpm_tasks.making": ("ConfigMixin",),
    "xpm_tasks.naming": ("Identifier",),
    "xpm_tasks.parameters": (
        "load_task",
        "run_task",
    ),
    "xpm_tasks.partials": (
        "ParameterGroup",
        "Partial",
        "param_group",
        "partial",
    ),
    "xpm_tasks.reporting": (
        "LevelInformation",
        "progress",
        "tqdm",
    ),
    "xpm_tasks.serialization": (
        "PathSerializationLWTask",
        "SerializationContext",
        "SerializationLWTask",
        "SerializedPath",
        "deserialize",
        "from_state_dict",
        "from_task_dir",
        "load",
        "save",
        "serialize",
        "state_dict",
    ),
    "xpm_tasks.submission": (
        "DependentMarker",
        "RunMode",
        "Submission",
        "TransientMode",
    ),
    "xpm_tasks.tasks": (
        "ResumableTask",
        "Task",
    ),
    "xpm_tasks.tagging": (
        "TagDict",
        "stop_tags",
        "tag",
        "tags",
        "tagspath",
    ),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    module = _HOME_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'xpm_tasks' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
