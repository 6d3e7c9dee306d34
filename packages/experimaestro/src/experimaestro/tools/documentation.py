"""Checking that the documentation of a library speaks of all of its configurations."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from experimaestro._documentation import configurations_of, describe

#: `.. autoclass:: module.Class` (and any other such directive) in Sphinx, `::: module.Class` in MkDocs.
_MENTION = re.compile(r"^[ \t]*(?:\.\.[ \t]+[\w:]+::|```\{[\w:]+\}|:::)[ \t]+([\w.]+)", re.MULTILINE)
_PAGES = (".rst", ".md", ".txt")


class DocumentationAnalyzer:
    """Compares the pages of a documentation with the configurations of some packages.

    def test_documentation():
        analyzer = DocumentationAnalyzer("docs", ["my_library"], ["my_library.tests"])
        analyzer.analyze()
        analyzer.assert_valid_documentation()
    """

    def __init__(
        self, doc_path: str | os.PathLike[str], modules: Iterable[str], excluded: Iterable[str] = ()
    ) -> None:
        """Describe what to compare.

        Args:
            doc_path: the folder of the pages, or one of them (whose folder is meant).
            modules: packages or modules; what is below them counts.
            excluded: packages or modules whose configurations need no page.
        """
        path = Path(doc_path)
        self.doc_path = path.parent if path.is_file() else path
        self.modules = tuple(modules)
        self.excluded = tuple(excluded)
        #: Paths (`module.Class`) of the configurations that the pages mention.
        self.documented: list[str] = []
        #: Those that they do not mention.
        self.undocumented: list[str] = []
        #: Classes of these packages that the pages mention, and that are not there.
        self.unknown: list[str] = []
        #: Parameters (`module.Class.name`) without a word of help.
        self.without_help: list[str] = []
        #: Modules that cannot be imported: name to reason.
        self.errors: dict[str, str] = {}

    def analyze(self) -> None:
        """Import the modules, read the pages, and fill the attributes."""
        mentioned = set(self._mentions())
        described = {}
        for module in self._import():
            for cls in configurations_of(module):
                if not cls.__name__.startswith("_"):
                    described[describe(cls).path] = describe(cls)
        self.documented = sorted(path for path in described if path in mentioned)
        self.undocumented = sorted(path for path in described if path not in mentioned)
        self.unknown = sorted(
            path for path in mentioned - described.keys() if self._is_ours(path) and not _exists(path)
        )
        self.without_help = [
            f"{path}.{parameter.name}"
            for path, each in sorted(described.items())
            for parameter in each.parameters
            if not parameter.help and not parameter.generated
        ]

    def report(self) -> str:
        """Return what is wrong, one thing a line; empty when nothing is."""
        lines = [f"{name}: cannot be imported: {reason}" for name, reason in self.errors.items()]
        lines += [f"{path}: no page mentions it" for path in self.undocumented]
        lines += [f"{path}: mentioned, but there is no such class" for path in self.unknown]
        return "\n".join(lines)

    def assert_valid_documentation(self) -> None:
        """Raise `AssertionError` when something is wrong; parameters without help are no error."""
        report = self.report()
        if report:
            raise AssertionError(f"the documentation in {self.doc_path} is not complete:\n{report}")

    def _mentions(self) -> Iterator[str]:
        for page in sorted(self.doc_path.rglob("*")):
            if page.suffix in _PAGES and page.is_file():
                yield from _MENTION.findall(page.read_text(encoding="utf-8", errors="replace"))

    def _import(self) -> Iterator[ModuleType]:
        waiting = list(self.modules)
        while waiting:
            name = waiting.pop(0)
            if _is_below(name, self.excluded):
                continue
            try:
                module = importlib.import_module(name)
            except Exception as error:  # noqa: BLE001 - the module is the user's, and may raise anything
                self.errors[name] = f"{type(error).__name__}: {error}"
                continue
            yield module
            below = pkgutil.iter_modules(getattr(module, "__path__", ()), f"{name}.")
            waiting += [info.name for info in below if not info.name.endswith(".__main__")]

    def _is_ours(self, path: str) -> bool:
        return _is_below(path, self.modules) and not _is_below(path, self.excluded)


def _is_below(name: str, parents: Iterable[str]) -> bool:
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents)


def _exists(path: str) -> bool:
    """Whether a page may mention it: a module, a function, another class."""
    try:
        pkgutil.resolve_name(path)
    except (ImportError, AttributeError, ValueError):
        return False
    return True


__all__ = ["DocumentationAnalyzer"]
