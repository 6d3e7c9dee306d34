"""Each wheel, alone in an empty environment: it imports, its types are there, its own tests pass.

Only what a package declares is installed, so that an import which works in this repository by luck, because
all packages are there, fails here. The tests are copied away: the source tree can not be imported.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from xpm_tools import origin
from xpm_tools.build import build
from xpm_tools.commands import run_quietly
from xpm_tools.counts import Counts, count
from xpm_tools.errors import CommandFailed, ToolError
from xpm_tools.narration import say, step
from xpm_tools.packages import Package, discover, needed
from xpm_tools.paths import ROOT, TOOLS, program

#: What tests may use besides what their package declares.
TEST_REQUIREMENTS = ("pytest", "pytest-xdist", "hypothesis")

#: A line of pytest's summary of what was skipped: `SKIPPED [1] tests/test_x.py:12: no pandas`.
SKIPPED = re.compile(r"^SKIPPED \[\d+\] (?P<file>\S+\.py):\d+: ", re.MULTILINE)

#: Packages that must install nothing but themselves.
LONERS = ("xpm-mock", "xpm-tasks")

#: Seconds that the tests of one package may take; several times what they need on a busy core.
TESTS_LIMIT_S = 1200.0

#: Imports a module and each of its public names: most of them are imported lazily.
IMPORT_ALL = """
import importlib, sys
module = importlib.import_module(sys.argv[1])
for name in module.__all__:
    getattr(module, name)
"""


@dataclass(frozen=True, kw_only=True)
class WheelResult:
    """What became of one wheel."""

    name: str
    counts: Counts
    #: What is wrong with it, if anything.
    fault: str | None = None
    #: Files of tests, or folders of them, that skipped something, mostly for want of a package.
    skipping: tuple[Path, ...] = ()


def check_wheels() -> list[WheelResult]:
    """Build all wheels and check them: each alone, and all together with pip.

    Several packages are checked at the same time, each in one process: with as many cores busy, this costs a
    fifth less than one after the other with pytest-xdist.
    """
    packages = discover()
    wheels = build(packages)
    largest_first = sorted(packages, key=_size_of_tests, reverse=True)
    with tempfile.TemporaryDirectory(prefix="xpm-wheels-") as folder:
        place = Path(folder).resolve()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = pool.map(lambda each: _check(each, packages, wheels, place), largest_first)
            together = pool.submit(_check_pip, list(wheels.values()), list(wheels), place)
            return [*results, together.result()]


def _size_of_tests(package: Package) -> int:
    """Guess how long the tests take: what begins last should be short."""
    return sum(path.stat().st_size for path in package.folder.glob("tests/**/*.py"))


def _check(
    package: Package, packages: Sequence[Package], wheels: Mapping[str, Path], place: Path
) -> WheelResult:
    """Install one package alone, then run its tests."""
    with step(f"{package.name}, alone in an empty environment"):
        fault = _install(package, packages, wheels, place)
        if fault:
            return WheelResult(name=package.name, counts=Counts(), fault=fault)
        return _test(package, place)


def _install(
    package: Package, packages: Sequence[Package], wheels: Mapping[str, Path], place: Path
) -> str | None:
    """Install a wheel and what it declares, import it, then add what its tests need.

    Returns:
        What is wrong, if anything.
    """
    environment = place / package.name
    uv, python = program(TOOLS, "uv"), program(environment, "python")
    install = [uv, "pip", "install", "--python", python]
    ours = [str(wheels[each.name]) for each in needed(package, packages)]
    try:
        run_quietly([uv, "venv", "--python", program(TOOLS, "python"), str(environment)])
        run_quietly([*install, *ours])
        verify(package, packages, environment, next(iter(wheels.values())).parent)
        # -I: neither the current folder nor the user's own packages are importable.
        run_quietly([python, "-I", "-W", "error", "-c", IMPORT_ALL, package.module], cwd=environment)
        run_quietly([*install, *ours, *TEST_REQUIREMENTS])
        run_quietly([uv, "pip", "check", "--python", python])
    except ToolError as error:
        return str(error)
    return None


def verify(package: Package, packages: Sequence[Package], environment: Path, dist: Path) -> None:
    """Prove that an environment holds a package, what it declares, and none of ours from elsewhere.

    Raises:
        WrongOrigin: When one of ours comes from elsewhere than the folder of wheels.
        ToolError: When a package that must be alone is not.
    """
    expected = {each.name for each in needed(package, packages)}
    origin.verify_wheels(environment, dist, expected)
    found = set(origin.installed(environment))
    if package.name in LONERS and found != {package.name}:
        raise ToolError(
            f"{package.name} must need nothing, but these came with it: {sorted(found - expected)}"
        )
    extra = {name for name in found if origin.is_ours(name)} - expected
    if extra:
        raise ToolError(f"{package.name} brought packages that it does not declare: {sorted(extra)}")


def _test(package: Package, place: Path) -> WheelResult:
    """Run a package's own tests, copied out of the repository, against its installed wheel."""
    if not (package.folder / "tests").is_dir():
        return WheelResult(name=package.name, counts=Counts(), fault="it has no tests")
    folder = place / "tests" / package.name
    shutil.copytree(package.folder / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    # The documentation is tested too: the README of the package, and the root's settings of pytest.
    shutil.copy(package.folder / "README.md", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    pytest = [program(place / package.name, "python"), "-m", "pytest", "-q", "-rs", "tests"]
    try:
        output = run_quietly(pytest, limit_s=TESTS_LIMIT_S, cwd=folder)
    except CommandFailed as error:
        print(error.output, flush=True)
        ended = f"its tests ended with code {error.code}"
        return WheelResult(name=package.name, counts=count(error.output), fault=ended)
    counts = count(output)
    say(f"{package.name}: {counts.passed} tests passed against its wheel")
    skipping = tuple(package.folder / path for path in skipped_in(output))
    fault = None if counts.passed else "no test ran"
    return WheelResult(name=package.name, counts=counts, fault=fault, skipping=skipping)


def skipped_in(output: str) -> list[str]:
    """Read from pytest's summary (`-rs`) which files of tests skipped something.

    A skip in a `conftest.py` may be for any test of its folder, so it stands for the folder.
    """
    files = dict.fromkeys(match["file"] for match in SKIPPED.finditer(output))
    return [file.removesuffix("/conftest.py") for file in files]


def _check_pip(wheels: Sequence[Path], names: Sequence[str], place: Path) -> WheelResult:
    """Install all wheels as a person would, with venv and pip, and start the command."""
    environment, report = place / "pip", place / "pip-report.json"
    try:
        with step("installing all wheels with a plain pip, and starting `experimaestro`"):
            run_quietly([program(TOOLS, "python"), "-m", "venv", str(environment)])
            pip = [program(environment, "python"), "-m", "pip", "install", "--quiet", "--report", str(report)]
            run_quietly([*pip, *map(str, wheels)])
            origin.verify_pip_report(report, wheels[0].parent)
            origin.verify_wheels(environment, wheels[0].parent, names)
            run_quietly([program(environment, "experimaestro"), "--help"], cwd=place)
    except (ToolError, OSError) as error:
        return WheelResult(name="pip install", counts=Counts(), fault=str(error))
    return WheelResult(name="pip install", counts=Counts())
