"""`tools/xpm bump`: a new version of a package, and the ranges that its dependents declare."""

from __future__ import annotations

import re
from collections.abc import Sequence

from packaging.version import Version

from xpm_tools.commands import run_quietly
from xpm_tools.errors import CommandFailed, ToolError
from xpm_tools.packages import Package, discover, find
from xpm_tools.paths import TOOLS, program, shown


def bump(name: str, segment: str) -> int:
    """Give a package a new version and tell its dependents.

    Args:
        name: The package.
        segment: What `hatch version` takes: `major`, `minor`, `patch`, `rc`, `release`..., or a version.
    """
    packages = discover()
    package = find(name, packages)
    old = package.version
    try:
        # What `hatch version` runs, without making an environment for it.
        run_quietly([program(TOOLS, "python"), "-m", "hatchling", "version", segment], cwd=package.folder)
    except CommandFailed as error:
        reason = error.output.strip().splitlines()[-1:]
        raise ToolError(f"{package.name} {old} can not become `{segment}`: {' '.join(reason)}") from error
    new = package.version
    changed = update_dependents(package, new, packages)
    print(f"{package.name} {old} -> {new}")
    for each in changed:
        print(f"{shown(each.pyproject)}: {package.name}{compatible(new)}")
    return 0


def compatible(version: str) -> str:
    """Give the range of versions that a dependent can use without a change.

    The second number of 0.x versions and the first number of others say that something broke.
    """
    release = Version(version)
    if release.major == 0:
        lower, upper = f"0.{release.minor}", f"0.{release.minor + 1}"
    else:
        lower, upper = f"{release.major}.{release.minor}", f"{release.major + 1}"
    # Without the suffix, `>=1.0` would refuse 1.0rc1, which is what is being released.
    return f">={version if release.is_prerelease else lower},<{upper}"


def update_dependents(package: Package, version: str, packages: Sequence[Package]) -> list[Package]:
    """Write the range for a version into the pyproject.toml files that name a package.

    The text is changed in place: comments and order stay.

    Returns:
        The packages whose file changed.

    Raises:
        ToolError: When a dependent names it in a form that we can not rewrite.
    """
    # "name", an optional [extra], then a range; the quote before keeps `xpm-git` out of `xpm-github`.
    declared = re.compile(
        rf'(?P<head>"{re.escape(package.name)}(?:\[[^\]]*\])?)\s*(?:[<>=!~][^";]*)?(?=[";])'
    )
    changed = []
    for each in packages:
        if each.name == package.name or package.name not in {need.name for need in each.requirements}:
            continue
        old = each.pyproject.read_text(encoding="utf-8")
        new, times = declared.subn(rf"\g<head>{compatible(version)}", old)
        if not times:
            raise ToolError(f'{shown(each.pyproject)} needs {package.name}, but not as "{package.name}>=..."')
        if new != old:
            each.pyproject.write_text(new, encoding="utf-8")
            changed.append(each)
    return changed
