"""`tools/xpm changelog`: fragments of the changelog become a section of it.

Each change that a user can see comes with a file `packages/<package>/changes/<anything>.<kind>.md` of one or
a few lines: two people who change the same package never meet in the same file. Towncrier would ask for its
marker and settings in each package; this is the little of it that is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from xpm_tools.errors import ToolError
from xpm_tools.packages import Package, discover, find
from xpm_tools.paths import shown

#: The kinds of changes, in the order of the changelog.
KINDS = {
    "removed": "Removed",
    "changed": "Changed",
    "deprecated": "Deprecated",
    "added": "Added",
    "fixed": "Fixed",
}


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """One change of one package."""

    path: Path
    kind: str
    text: str


def changelog(names: Sequence[str], *, write: bool, today: date) -> int:
    """Show what the next section of each changelog would be, or write it and remove its fragments.

    Args:
        names: The packages; empty for all.
        write: Change the files.
        today: The date of the release.
    """
    packages = discover()
    wanted = [find(name, packages) for name in names] or packages
    every = {package.name: fragments(package.folder / "changes") for package in wanted}
    for package in wanted:
        if not every[package.name]:
            continue
        new = section(package.version, every[package.name], today)
        if not write:
            print(f"# {package.name}\n\n{new}")
            continue
        release(package, new)
        for fragment in every[package.name]:
            fragment.path.unlink()
        print(f"{shown(package.folder / 'CHANGELOG.md')}: {package.version}")
    if not any(every.values()):
        print("no fragments: nothing to release")
    return 0


def fragments(folder: Path) -> list[Fragment]:
    """Read the fragments of a package, in the order of their kinds, then of their names.

    Raises:
        ToolError: When a file has no known kind or no text.
    """
    found = []
    for path in sorted(folder.glob("*.md")):
        kind = path.stem.rpartition(".")[2]
        text = path.read_text(encoding="utf-8").strip()
        if kind not in KINDS or "." not in path.stem:
            raise ToolError(f"{shown(path)}: name it <anything>.<kind>.md, with a kind of {', '.join(KINDS)}")
        if not text:
            raise ToolError(f"{shown(path)} is empty: say what changed for a user")
        found.append(Fragment(path=path, kind=kind, text=text))
    return sorted(found, key=lambda fragment: list(KINDS).index(fragment.kind))


def section(version: str, changes: Sequence[Fragment], today: date) -> str:
    """Write the section of a version."""
    lines = [f"## {version} ({today.isoformat()})", ""]
    for kind, title in KINDS.items():
        texts = [change.text for change in changes if change.kind == kind]
        if texts:
            lines += [f"### {title}", "", *(_item(text) for text in texts), ""]
    return "\n".join(lines)


def _item(text: str) -> str:
    """Make an item of a list; further lines are indented, so that they stay in it."""
    first, *others = text.splitlines()
    return "\n".join([f"* {first}", *(f"  {line}".rstrip() for line in others)])


def release(package: Package, new: str) -> None:
    """Put a section at the top of a changelog, below its title and in place of a draft of the same version.

    Raises:
        ToolError: When this version was released before.
    """
    path = package.folder / "CHANGELOG.md"
    title, *sections = ("\n" + path.read_text(encoding="utf-8").strip()).split("\n## ")
    if sections and sections[0].startswith(f"{package.version} (unreleased)"):
        # What was written by hand while there was no release comes after the fragments.
        draft = sections.pop(0).partition("\n")[2].strip()
        new = f"{new.rstrip()}\n\n{draft}\n"
    if any(each.startswith(f"{package.version} (") for each in sections):
        raise ToolError(
            f"{shown(path)} has {package.version} already: `tools/xpm bump {package.name} ...` first"
        )
    older = "".join(f"\n## {each.strip()}\n" for each in sections)
    path.write_text(f"{title.strip()}\n\n{new.rstrip()}\n{older}", encoding="utf-8")
