"""A Sphinx extension: `autodoc` tells the parameters of configuration classes.

In `conf.py`:

    extensions = ["sphinx.ext.autodoc", "experimaestro.sphinx"]

Then `.. autoclass:: my_library.Learn` has the docstring, and a list of the parameters with types, defaults
and help.
"""

from __future__ import annotations

from typing import Any

from experimaestro._documentation import ParameterDocumentation, describe
from xpm_tasks import Config


def setup(app: Any) -> dict[str, Any]:
    """Called by Sphinx."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", add_parameters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_parameters(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Add the parameters to the docstring of a configuration class (`autodoc-process-docstring`)."""
    if not (isinstance(obj, type) and issubclass(obj, Config)):
        return
    parameters = describe(obj).parameters
    if parameters:
        lines += ["", *(line for parameter in parameters for line in _field(parameter)), ""]


def _field(parameter: ParameterDocumentation) -> list[str]:
    text = " ".join(parameter.help.split())
    if parameter.generated:
        text = f"{text} (generated)".strip()
    elif parameter.default is not None:
        text = f"{text} (default: ``{parameter.default}``)".strip()
    return [f":param {parameter.name}: {text}".rstrip(), f":type {parameter.name}: {parameter.type}"]


__all__ = ["add_parameters", "setup"]
