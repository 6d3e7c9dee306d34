"""Jobs over RPyC, which 2.x had for other machines, and this version has not: asking for a name says so."""

from __future__ import annotations

from typing import NoReturn

__all__: list[str] = []


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):  # what Python and its tools look for in any module
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    raise ImportError(
        f"experimaestro.rpyc.{name}: this version runs no jobs over RPyC; to run jobs on other machines, "
        "use a launcher (docs/launchers.md), or start the experiment there"
    )
