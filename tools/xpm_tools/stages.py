"""The stages of `tools/xpm test`: what each one runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xpm_tools import demo, wheels
from xpm_tools.commands import call, call_and_copy, environ
from xpm_tools.counts import Counts, count
from xpm_tools.errors import ToolError
from xpm_tools.packages import discover
from xpm_tools.paths import EXAMPLE, ROOT, VENV, program, shown

#: Seconds that the tests may take; several times what they need on two busy cores.
TESTS_LIMIT_S = 1500.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came out of a stage."""

    ok: bool
    counts: Counts = field(default_factory=Counts)
    #: A few words for the table at the end.
    note: str = ""


def _program(name: str, *arguments: str) -> bool:
    return call([program(VENV, name), *arguments]) == 0


def format_stage() -> Outcome:
    """All files are formatted by ruff."""
    ok = _program("ruff", "format", "--check", ".")
    return Outcome(ok=ok, note="" if ok else "`.venv/bin/ruff format .` formats them")


def lint_stage() -> Outcome:
    """Ruff has nothing to say."""
    return Outcome(ok=_program("ruff", "check", "."))


def types_stage() -> Outcome:
    """Mypy, strict: all sources at once, then each folder of tests: their modules have the same names."""
    packages = discover()
    sources = [package.folder / "src" for package in packages]
    others = [package.folder / "tests" for package in packages]
    others += [ROOT / "tests-integration", EXAMPLE, ROOT / "tools" / "bench"]
    groups = {"the sources": [*sources, ROOT / "tools" / "xpm_tools", *sorted((ROOT / "tools").glob("*.py"))]}
    groups |= {shown(path): [path] for path in others if next(path.rglob("*.py"), None)}
    failed = [name for name, paths in groups.items() if not _typed(paths)]
    return Outcome(ok=not failed, note=f"in {', '.join(failed)}" if failed else f"{len(packages)} packages")


def _typed(paths: Sequence[Path]) -> bool:
    """Run mypy. In a folder that is no package, as those of tests, modules have their bare names."""
    bare = [str(path) for path in paths if path.is_dir() and path.name != "src" and not _is_package(path)]
    environment = environ(MYPYPATH=os.pathsep.join(bare))
    return call([program(VENV, "mypy"), *map(shown, paths)], env=environment) == 0


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").exists()


def contracts_stage() -> Outcome:
    """No layer imports one above it, and the pure core does no I/O."""
    return Outcome(ok=_program("lint-imports", "--no-cache"))


def tests_stage() -> Outcome:
    """The tests of all packages and the stories across them, in `.venv`."""
    return _pytest()


def stories_stage() -> Outcome:
    """The stories across packages, in `.venv`: what the stage `wheels` does not run."""
    return _pytest("tests-integration")


def _pytest(*paths: str) -> Outcome:
    command = [program(VENV, "python"), "-m", "pytest", "-n", "auto", *paths]
    code, output = call_and_copy(command, limit_s=TESTS_LIMIT_S)
    counts = count(output)
    return Outcome(ok=code == 0 and counts.passed > 0, counts=counts)


def demo_stage() -> Outcome:
    """The demo runs in a new workspace, and a second time executes nothing."""
    first, second = demo.check()
    return Outcome(ok=True, note=f"{first:.0f} s, then {second:.0f} s executing nothing")


def wheels_stage() -> Outcome:
    """Each wheel installs alone and passes its own tests there; pip installs them all.

    Tests that skip there, mostly because they try us with a package that is not needed, run in `.venv`.
    """
    results = wheels.check_wheels()
    for result in results:
        if result.fault:
            print(f"{result.name}: {result.fault}", flush=True)
    faulty = [result.name for result in results if result.fault]
    again = sorted({shown(path) for result in results for path in result.skipping})
    rest = _pytest(*again) if again else Outcome(ok=True)
    return Outcome(
        ok=not faulty and rest.ok,
        counts=sum((result.counts for result in results), rest.counts),
        note=f"wrong: {', '.join(faulty)}" if faulty else f"{len(results) - 1} alone, then pip",
    )


#: In the order in which they run: what fails fast comes first.
STAGES: dict[str, Callable[[], Outcome]] = {
    "format": format_stage,
    "lint": lint_stage,
    "types": types_stage,
    "contracts": contracts_stage,
    "tests": tests_stage,
    "stories": stories_stage,
    "wheels": wheels_stage,
    "demo": demo_stage,
}

#: The stages that run when none is named. `tests` is what `stories` and `wheels` run, in one environment.
FULL = ("format", "lint", "types", "contracts", "stories", "wheels", "demo")
#: The same with `--quick`: nothing is installed, and no experiment of minutes runs.
QUICK = ("format", "lint", "types", "contracts", "tests")


def chosen(names: Sequence[str], *, quick: bool) -> list[str]:
    """Give the stages to run, in their order.

    Raises:
        ToolError: When a name is not one of a stage.
    """
    unknown = [name for name in names if name not in STAGES]
    if unknown:
        raise ToolError(f"no stage `{unknown[0]}`: there are {', '.join(STAGES)}")
    wanted = names or (QUICK if quick else FULL)
    return [name for name in STAGES if name in wanted]
