"""The closest valid name, for error messages."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

#: Comparing takes some microseconds for each: no message is worth seconds.
_MAX_CANDIDATES = 2000


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that `name` was probably meant to be, or None."""
    import difflib  # only needed once something is wrong

    by_folded = {_folded(candidate): candidate for candidate in islice(candidates, _MAX_CANDIDATES)}
    found = difflib.get_close_matches(_folded(name), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """Return the end of a message when a candidate is close to `name`."""
    best = closest(name, candidates)
    return f"did you mean '{best}'?" if best is not None else None


def valid_keys(name: str, keys: Iterable[str]) -> str:
    """Return the end of a message about an unknown key: the closest one, or else the list of keys."""
    known = list(keys)
    return did_you_mean(name, known) or f"known keys: {listing(known)}"


def listing(names: Iterable[str], limit: int = 12) -> str:
    """Return names separated by commas, the first ones only when there are many."""
    known = list(names)
    more = f", ... ({len(known)} in all)" if len(known) > limit else ""
    return (", ".join(known[:limit]) or "none") + more


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")
