"""`tools/xpm bench`: runs the benchmarks, which are the programs in `tools/bench/`."""

from __future__ import annotations

from pathlib import Path

from xpm_tools.commands import run_loudly
from xpm_tools.environment import ensure_environment
from xpm_tools.errors import ToolError
from xpm_tools.narration import step
from xpm_tools.paths import ROOT

BENCHMARKS = ROOT / "tools" / "bench"


def benchmarks(folder: Path = BENCHMARKS) -> dict[str, Path]:
    """List the benchmarks by name; a module whose name starts with `_` only helps others."""
    return {path.stem: path for path in sorted(folder.glob("*.py")) if not path.name.startswith("_")}


def bench(name: str | None) -> int:
    """Run one benchmark, or all of them.

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
            code, _ = run_loudly([python, str(known[each])])
            failed |= code != 0
    return int(failed)
