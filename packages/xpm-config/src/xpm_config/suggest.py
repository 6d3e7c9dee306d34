"""The closest valid name, for error messages."""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that `name` was probably meant to be, or None."""
    import difflib  # only needed once something is wrong

    by_folded = {_folded(candidate): candidate for candidate in candidates}
    found = difflib.get_close_matches(_folded(name), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, candidates: Iterable[str], *, otherwise: str = "known keys") -> str | None:
    """Return the end of a message: the closest name, or else the (short) list of valid ones."""
    names = list(candidates)
    best = closest(name, names)
    if best is not None:
        return f"did you mean '{best}'?"
    if not names:
        return None
    more = ", ..." if len(names) > 12 else ""
    return f"{otherwise}: {', '.join(names[:12])}{more}"


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")
