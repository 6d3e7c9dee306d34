"""What a module says of its configurations, read without its heavy imports."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from contextlib import nullcontext

from experimaestro._documentation import ConfigDocumentation, configurations_of, describe
from xpm_mock import mock_modules


class Module:
    """The configurations of one module.

    print(Module("my_library.learning", mocks=["torch"]).markdown())
    """

    def __init__(self, name: str, *, mocks: Iterable[str] = ()) -> None:
        """Import the module.

        Args:
            name: its dotted name.
            mocks: modules that it imports and that need not be installed here.

        Raises:
            ImportError: it cannot be imported.
        """
        self.name = name
        mocked = list(mocks)
        with mock_modules(mocked) if mocked else nullcontext():
            module = importlib.import_module(name)
            #: What its configurations say of themselves, in order of definition.
            self.configurations: list[ConfigDocumentation] = [
                describe(cls) for cls in configurations_of(module)
            ]

    def markdown(self, level: int = 2) -> str:
        """Return a page: a heading, the docstring and a table of parameters for each configuration.

        Args:
            level: how many `#` the headings have.
        """
        return "\n".join(_section(each, level) for each in self.configurations)


def _section(each: ConfigDocumentation, level: int) -> str:
    lines = [f"{'#' * level} `{each.path}`", ""]
    if each.description:
        lines += [each.description, ""]
    if each.parameters:
        lines += ["| parameter | type | default | |", "|---|---|---|---|"]
    for parameter in each.parameters:
        default = "generated" if parameter.generated else _code(parameter.default)
        lines.append(
            f"| `{parameter.name}` | {_code(parameter.type)} | {default} | {_cell(parameter.help)} |"
        )
    return "\n".join(lines) + "\n"


def _code(text: str | None) -> str:
    return "" if text is None else f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


__all__ = ["Module"]
