"""`tools/xpm bench`: runs the benchmarks, which are the programs `tools/bench/bench_*.py`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xpm_tools.commands import call
from xpm_tools.environment import ensure_environment
from xpm_tools.errors import ToolError
from xpm_tools.narration import step
from xpm_tools.paths import ROOT

BENCHMARKS = ROOT / "tools" / "bench"
PREFIX = "bench_"


def benchmarks(folder: Path = BENCHMARKS) -> dict[str, Path]:
    """List the benchmarks by name; the other modules of the folder only help them."""
    return {path.stem.removeprefix(PREFIX): path for path in sorted(folder.glob(f"{PREFIX}*.py"))}


def bench(name: str | None, arguments: Sequence[str] = ()) -> int:
    """Run one benchmark, or all of them; what they print on stdout is data.

    Args:
        name: The benchmark; all of them when None.
        arguments: Its own arguments.

    Returns:
        1 when one failed, else 0.

    Raises:
        ToolError: When there is no such benchmark.
    """
    known = benchmarks()
    if name is not None and name not in known:
        raise ToolError(f"no benchmark `{name}`: there are {', '.join(known) or 'none yet'}")
    python = str(ensure_environment())
    failed = False
    for each in [name] if name is not None else list(known):
        with step(f"benchmark {each}"):
            failed |= call([python, str(known[each]), *arguments]) != 0
    return int(failed)
