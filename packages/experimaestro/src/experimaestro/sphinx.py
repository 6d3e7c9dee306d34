"""A Sphinx extension: `autodoc` tells the parameters of configuration classes.

In `conf.py`:

    extensions = ["sphinx.ext.autodoc", "experimaestro.sphinx"]

Then `.. autoclass:: my_library.Learn` has the docstring, and a list of the parameters with types, defaults
and help.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from experimaestro._documentation import ParameterDocumentation, describe
from xpm_tasks import Config
from xpm_tasks.naming import shown_name
from xpm_tasks.types.base import Type
from xpm_tasks.types.basic import EnumType, PathType
from xpm_tasks.types.configs import ConfigType
from xpm_tasks.types.containers import PartsType

#: The heading of the part of a docstring that speaks of attributes.
_ATTRIBUTES = re.compile(r"(Attributes|Args|Parameters)\s*:\s*$")
_ENTRY = re.compile(r"(\s+)(\w+)\s*(?:\([^)]*\))?\s*:")


def setup(app: Any) -> dict[str, Any]:
    """Called by Sphinx."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-signature", remove_signature)
    app.connect("autodoc-process-docstring", add_parameters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def remove_signature(app: Any, what: str, name: str, obj: Any, *others: Any) -> tuple[str, str] | None:
    """Configuration classes are not called: their parameters are told below (`autodoc-process-signature`)."""
    return ("", "") if isinstance(obj, type) and issubclass(obj, Config) else None


def add_parameters(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Add the parameters to the docstring of a configuration class (`autodoc-process-docstring`)."""
    if not (isinstance(obj, type) and issubclass(obj, Config)):
        return
    parameters = describe(obj).parameters
    if parameters:
        _remove_attributes(lines, {each.name for each in parameters})
        types = obj.__xpmtype__.arguments
        fields = (line for each in parameters for line in _field(each, _link(types[each.name].type)))
        lines += ["", *fields, ""]


def _remove_attributes(lines: list[str], names: set[str]) -> None:
    """Take the "Attributes:" part out of a docstring when it is about parameters: their list has its text."""
    start = next((at for at, line in enumerate(lines) if _ATTRIBUTES.match(line)), len(lines))
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or lines[end][0].isspace()):
        end += 1
    entries = [match for match in map(_ENTRY.match, lines[start + 1 : end]) if match]
    margin = min((len(entry[1]) for entry in entries), default=0)
    if all(entry[2] in names for entry in entries if len(entry[1]) == margin):
        del lines[start:end]


def _link(type_: Type) -> str:
    """Write a type so that Sphinx links the classes it names."""
    text = str(type_)
    for cls in _classes(type_):
        text = re.sub(
            rf"(?<![\w.]){re.escape(shown_name(cls))}\b", f"~{cls.__module__}.{cls.__qualname__}", text
        )
    return text


def _classes(type_: Type) -> set[type]:
    if isinstance(type_, PathType):
        return {Path}
    if isinstance(type_, EnumType):
        return {type_.enum}
    if isinstance(type_, ConfigType):
        return {type_.config_class}.union(*(_classes(each) for each in type_.arguments))
    if isinstance(type_, PartsType):
        return set().union(*(_classes(each) for each in type_.parts))
    return set()


def _field(parameter: ParameterDocumentation, type_: str) -> list[str]:
    text = " ".join(parameter.help.split())
    if parameter.generated:
        text = f"{text} (generated)".strip()
    elif parameter.default is not None:
        text = f"{text} (default: ``{parameter.default}``)".strip()
    return [f":param {parameter.name}: {text}".rstrip(), f":type {parameter.name}: {type_}"]


__all__ = ["add_parameters", "remove_signature", "setup"]
