"""Building the wheels of all packages into `dist/`."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from xpm_tools.commands import run_quietly
from xpm_tools.errors import ToolError
from xpm_tools.narration import step
from xpm_tools.packages import Package
from xpm_tools.paths import DIST, TOOLS, program, shown


def build(packages: Sequence[Package], dist: Path = DIST) -> dict[str, Path]:
    """Build one wheel a package; the folder holds these wheels and no others afterwards.

    Hatchling is called as it is by `hatch build`, but in the tool environment: no environment is made for it.

    Returns:
        The wheels, by name of the package.
    """
    with step(f"building {len(packages)} wheels into {shown(dist)}"):
        shutil.rmtree(dist, ignore_errors=True)
        dist.mkdir(parents=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            wheels = list(pool.map(lambda package: _build_one(package, dist), packages))
    return {package.name: wheel for package, wheel in zip(packages, wheels, strict=True)}


def _build_one(package: Package, dist: Path) -> Path:
    hatchling = [program(TOOLS, "python"), "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist)]
    run_quietly(hatchling, cwd=package.folder)
    (wheel,) = dist.glob(f"{package.module}-*.whl")
    check_typed(wheel, package)
    return wheel


def check_typed(wheel: Path, package: Package) -> None:
    """Make sure that a wheel tells type checkers that its package is typed.

    Raises:
        ToolError: When `py.typed` is not in it.
    """
    with zipfile.ZipFile(wheel) as archive:
        if f"{package.module}/py.typed" not in archive.namelist():
            raise ToolError(
                f"{wheel.name} has no {package.module}/py.typed: type checkers would ignore its types"
            )
