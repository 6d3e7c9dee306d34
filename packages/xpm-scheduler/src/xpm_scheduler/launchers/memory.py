"""How often the kernel has killed processes for want of memory, as far as it tells us.

Its counters do not name the victims. One that rose while a job ran that was then killed with SIGKILL, by none
of us, explains that end; it could still be another process's, which is why the message says what was seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from xpm_workspace.files import read_whole

_COUNTER = b"\noom_kill "


def memory_kills(root: Path = Path("/")) -> int:
    """Return the kernel's count of processes killed for want of memory; 0 where it keeps none.

    Args:
        root: where `proc` and `sys` are mounted.
    """
    source = _source(root)
    return 0 if source is None else _read(source) or 0


@lru_cache(maxsize=4)
def _source(root: Path) -> Path | None:
    """The counter that is nearest to us: that of our control group, else that of the machine."""
    return next((path for path in _candidates(root) if _read(path) is not None), None)


def _candidates(root: Path) -> Iterator[Path]:
    # Group version 2, then 1; in a container, our group is often mounted as the root of all.
    tree = root / "sys/fs/cgroup"
    kinds = {"": (tree, "memory.events"), "memory": (tree / "memory", "memory.oom_control")}
    for line in _content(root / "proc/self/cgroup").decode().splitlines():
        _, controllers, group = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in kinds:
                mount, name = kinds[controller]
                yield mount / group.lstrip("/") / name
    for mount, name in kinds.values():
        yield mount / name
    yield root / "proc/vmstat"


def _read(path: Path) -> int | None:
    _, found, rest = (b"\n" + _content(path)).partition(_COUNTER)
    return int(rest.split(maxsplit=1)[0]) if found else None


def _content(path: Path) -> bytes:
    try:
        return read_whole(path)[0]
    except OSError:
        return b""
