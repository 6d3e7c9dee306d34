"""The maker of the fakes of one finder: each path once, and the classes that stand for them."""

from __future__ import annotations

import sys

from xpm_mock.aliases import FakeAlias
from xpm_mock.bases import make_base, make_exception, make_mixin
from xpm_mock.fakes import FakeDecorator, FakeObject
from xpm_mock.names import exception_base, split_path

TYPE_CHECKING = False  # see decorators.py
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

#: A version that passes any check for "recent enough", for libraries that are not installed.
UNKNOWN_VERSION = "999.0.0"

#: Longer paths are cut: a loop with `x = x.step()` makes them grow.
_PATH_LENGTH_MAX = 200

_FAKES = (FakeObject, FakeAlias)


class FakeFactory:
    """Makes the fakes of one finder, each path once.

    Args:
        decorators: dotted paths of the decorators that must return what they decorate.
    """

    def __init__(self, decorators: Iterable[str] = ()) -> None:
        self.decorators = frozenset(decorators)
        self._shared: dict[str, Any] = {}
        self._bases: dict[str, dict[str, type]] = {}

    def shared(self, path: str) -> Any:
        """Return the one fake for this path."""
        found = self._shared.get(path)
        if found is None:
            found = self._shared.setdefault(path, self.make(path, shared=True))
        return found

    def known(self, path: str) -> Any:
        """Return the fake for this path if there is one already, else None."""
        return self._shared.get(path)

    def make(self, path: str, *, shared: bool, kind: type[FakeObject] | None = None) -> Any:
        """Return a new fake, or a real exception class if a shared path says that it is one."""
        if len(path) > _PATH_LENGTH_MAX:
            path = path[: _PATH_LENGTH_MAX - 3] + "..."
        builtin = exception_base(path) if shared else None
        if builtin is not None:
            return make_exception(path, builtin)
        made = object.__new__(kind or (FakeDecorator if path in self.decorators else FakeObject))
        made._xpm_factory = self
        made._xpm_path = path
        made._xpm_shared = shared
        made._xpm_truth = None
        module, qualname = split_path(path)
        made.__dict__.update(
            __module__=module,
            __qualname__=qualname,
            __name__=qualname.rpartition(".")[2],
            __doc__=f"Mock of {path}.",
        )
        return made

    def base_for(self, fake: FakeObject, bases: tuple[Any, ...]) -> type | None:
        """Return the class that replaces `fake` among `bases`, or None to leave it out."""
        path = _class_path(fake)
        known = self._bases.setdefault(path, {})
        real = [getattr(base, "__origin__", base) for base in bases if not isinstance(base, _FAKES)]
        if any(map(_refuses_others, real)):
            return None
        fakes: list[Any] = [getattr(base, "__origin__", base) for base in bases if isinstance(base, _FAKES)]
        if next(other for other in fakes if _class_path(other) == path) is not fake:
            return None  # the outcomes of two calls: `class Model(make(1), make(2))`
        enum = sys.modules.get("enum")
        if enum is not None and any(isinstance(other, enum.EnumMeta) for other in real):
            return known.get("mixin") or known.setdefault("mixin", make_mixin(path))
        return known.get("base") or known.setdefault("base", make_base(self.shared(path), path))

    def known_bases(self, path: str) -> tuple[type, ...]:
        """Return the classes that stand for this path among the bases of others."""
        return tuple(self._bases.get(path.replace("()", ""), {}).values())

    def is_available(self, module: str) -> bool:
        """Tell whether a module can be imported, mocked or not."""
        from importlib.util import find_spec

        try:
            return module in sys.modules or find_spec(module) is not None
        except (ImportError, ValueError):
            return False

    def version(self, path: str) -> str:
        """Return the version of the installed library that the path belongs to, or one that passes checks."""
        from importlib import metadata

        try:
            return metadata.version(path.partition(".")[0].replace("_", "-"))
        except metadata.PackageNotFoundError:
            return UNKNOWN_VERSION


def _refuses_others(base: object) -> bool:
    """Tell whether a base accepts nothing but its own kind next to it."""
    return getattr(base, "__module__", None) in ("typing", "typing_extensions") and (
        getattr(base, "__name__", None) in ("NamedTuple", "Protocol", "TypedDict")
    )


def _class_path(fake: FakeObject) -> str:
    return fake._xpm_path.replace("()", "")


def restore(path: str) -> Any:
    """Return a fake for the outcome of a call: what such a fake is pickled as."""
    return FakeFactory().make(path, shared=False)
