"""YAML configurations for experiments: typed, inherited, merged, overridden."""

from __future__ import annotations

from xpm_config.__about__ import __version__

TYPE_CHECKING = False  # `typing` is most of the time of `import xpm_config`
if TYPE_CHECKING:
    from typing import Any

    from xpm_config.base import ConfigurationBase, DirtyGitAction, configuration
    from xpm_config.errors import (
        ConfigurationError,
        GridError,
        InheritanceError,
        InterpolationError,
        MissingKeyError,
        OptionError,
        OverrideError,
        ReadError,
        SchemaError,
        UnknownKeyError,
    )
    from xpm_config.files import find_yaml
    from xpm_config.grid_search import GenericParams, GridSearch, discover_grid_params, generate_grid, grid
    from xpm_config.loading import Loaded, origin_of
    from xpm_config.merged import MergedConfiguration, read
    from xpm_config.options import BASE_OPTIONS, BaseOptions
    from xpm_config.origins import Origin
    from xpm_config.paths import default_pythonpath, is_python_file, resolve_python_file

__all__ = [
    "BASE_OPTIONS",
    "BaseOptions",
    "ConfigurationBase",
    "ConfigurationError",
    "DirtyGitAction",
    "GenericParams",
    "GridError",
    "GridSearch",
    "InheritanceError",
    "InterpolationError",
    "Loaded",
    "MergedConfiguration",
    "MissingKeyError",
    "OptionError",
    "Origin",
    "OverrideError",
    "ReadError",
    "SchemaError",
    "UnknownKeyError",
    "__version__",
    "configuration",
    "default_pythonpath",
    "discover_grid_params",
    "find_yaml",
    "generate_grid",
    "grid",
    "is_python_file",
    "origin_of",
    "read",
    "resolve_python_file",
]

_HOMES = {
    "base": "ConfigurationBase DirtyGitAction configuration",
    "errors": "ConfigurationError GridError InheritanceError InterpolationError MissingKeyError OptionError "
    "OverrideError ReadError SchemaError UnknownKeyError",
    "files": "find_yaml",
    "grid_search": "GenericParams GridSearch discover_grid_params generate_grid grid",
    "loading": "Loaded origin_of",
    "merged": "MergedConfiguration read",
    "options": "BASE_OPTIONS BaseOptions",
    "origins": "Origin",
    "paths": "default_pythonpath is_python_file resolve_python_file",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names.split():
            value = getattr(import_module(f"{__name__}.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
