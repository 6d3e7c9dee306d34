"""The uncommitted changes of a repository, as a patch that `git apply` takes."""

from __future__ import annotations

import base64
import os
import stat
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xpm_git.process import Completed, Deadline, run_git
from xpm_git.state import BYTE_CODE, GitState, exclusions

#: Most bytes of patch that are kept for one repository.
MAX_DIFF_BYTES = 1 << 20

#: Most files that are named as left out.
NAMED_FILES = 100

# The patch must apply wherever it is read, whatever the settings of the person who made it.
_DIFF = [
    "diff",
    "--binary",
    "--full-index",
    "--unified=3",
    "--inter-hunk-context=0",
    "--no-color",
    "--no-ext-diff",
    "--no-renames",
    "--no-textconv",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--ignore-submodules=dirty",
]

_NEXT_FILE = b"\ndiff --git "


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What is not committed in a repository: changes of its files, and the files that git does not know."""

    #: Whole files' worth of patch: what is there applies, also when something is missing.
    patch: bytes
    #: The first files whose changes are not in the patch because they are too large, relative to the root.
    omitted: tuple[str, ...] = ()
    #: More is missing than `omitted` says: the patch was too long, or git failed on the way.
    truncated: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the diff as JSON values: the patch is text, or base64 when it is not UTF-8."""
        try:
            encoding, patch = "utf-8", self.patch.decode("utf-8")
        except UnicodeDecodeError:
            encoding, patch = "base64", base64.b64encode(self.patch).decode("ascii")
        return {
            "encoding": encoding,
            "patch": patch,
            "omitted": list(self.omitted),
            "truncated": self.truncated,
        }


def uncommitted_diff(
    state: GitState, deadline: Deadline, max_bytes: int = MAX_DIFF_BYTES, *, ignore: Sequence[Path] = ()
) -> Diff:
    """Return what a repository has that its commit has not.

    Nothing is written to the repository.

    Args:
        state: The repository, with files and without a problem.
        deadline: When git has to have answered.
        max_bytes: Longest patch. Files larger than this are left out first, so that one file of data does not
            hide the changes of the code.
        ignore: Files and folders whose changes are left out.
    """
    omitted: list[str] = []
    paths = [":(top)", BYTE_CODE, *exclusions(state.root, ignore)]
    changed = _changed_files(state, deadline, paths, max_bytes, omitted)
    patch, truncated = changed.stdout, changed.truncated
    if not truncated:
        unknown = _unknown_files(state, deadline, paths, max_bytes - len(patch), omitted)
        patch, truncated = patch + unknown.stdout, unknown.truncated
    return Diff(
        patch=patch,
        omitted=tuple(omitted[:NAMED_FILES]),
        truncated=truncated or len(omitted) > NAMED_FILES,
    )


def _changed_files(
    state: GitState, deadline: Deadline, paths: Sequence[str], max_bytes: int, omitted: list[str]
) -> Completed:
    """Return the patch of the files that git knows, and add to `omitted` those that are too large."""
    root = state.root
    base = state.commit or _empty_tree(root, deadline)
    asked = run_git(["diff", "--name-only", "-z", "--no-renames", base, "--", *paths], root, deadline)
    if asked.status != 0:
        return asked._replace(stdout=b"", truncated=True)
    large = [name for name in asked.stdout.split(b"\0") if name and _size(root, name) > max_bytes]
    omitted.extend(_text(name) for name in large)
    without = [f":(top,exclude,literal){os.fsdecode(name)}" for name in large]
    return _bounded([*_DIFF, base, "--", *paths, *without], root, deadline, max_bytes)


def _unknown_files(
    state: GitState, deadline: Deadline, paths: Sequence[str], max_bytes: int, omitted: list[str]
) -> Completed:
    """Return the patch that makes the untracked files, the smallest first as long as there is place."""
    root = state.root
    listing = ["ls-files", "-z", "--others", "--exclude-standard", "--", *paths]
    asked = run_git(listing, root, deadline, limit=16 * MAX_DIFF_BYTES)
    if asked.status != 0 or asked.truncated:  # more names than a patch could hold files
        return asked._replace(stdout=b"", truncated=True)
    # A name that ends with a slash is another repository.
    names = [name for name in asked.stdout.split(b"\0") if name and not name.endswith(b"/")]
    taken, total = [], 0
    for size, name in sorted((_size(root, name), name) for name in names):
        total += size
        if total > max_bytes:
            omitted.append(_text(name))
        else:
            taken.append(name)
    if not taken:
        return Completed(status=0, stdout=b"", stderr="")
    with tempfile.TemporaryDirectory(prefix="xpm-git-") as folder:
        return _patch_of_new(state, sorted(taken), Path(folder), deadline, max_bytes)


def _patch_of_new(
    state: GitState, names: Iterable[bytes], folder: Path, deadline: Deadline, max_bytes: int
) -> Completed:
    """Let git compare the files with an index of our own where they are announced, but empty."""
    objects = run_git(["rev-parse", "--git-path", "objects"], state.root, deadline)
    known = os.path.join(state.root, os.fsdecode(objects.stdout.removesuffix(b"\n")))
    environ = {
        "GIT_INDEX_FILE": str(folder / "index"),
        "GIT_OBJECT_DIRECTORY": str(folder / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(known),
    }
    (folder / "objects").mkdir()
    (folder / "names").write_bytes(b"\0".join(b":(top,literal)" + name for name in names))
    announce = ["add", "--intent-to-add", "--pathspec-from-file=-", "--pathspec-file-nul"]
    with open(folder / "names", "rb") as stdin:
        added = run_git(announce, state.root, deadline, environ=environ, stdin=stdin)
    if added.status != 0:
        return added._replace(stdout=b"", truncated=True)
    return _bounded(_DIFF, state.root, deadline, max_bytes, environ)


def _bounded(
    arguments: list[str],
    root: Path,
    deadline: Deadline,
    max_bytes: int,
    environ: dict[str, str] | None = None,
) -> Completed:
    """Run `git diff`; what is too long ends after the last whole file."""
    asked = run_git(arguments, root, deadline, environ=environ, limit=max_bytes)
    if asked.status != 0:
        return asked._replace(stdout=b"", truncated=True)
    if asked.truncated:
        return asked._replace(stdout=asked.stdout[: asked.stdout.rfind(_NEXT_FILE) + 1])
    return asked


def _empty_tree(root: Path, deadline: Deadline) -> str:
    """Return what a repository without commits is compared with; its name depends on the kind of hash."""
    return _text(run_git(["hash-object", "-t", "tree", "--stdin"], root, deadline).stdout).strip()


def _size(root: Path, name: bytes) -> int:
    try:
        found = os.lstat(os.path.join(os.fsencode(root), name))
    except OSError:
        return 0  # deleted
    return found.st_size if stat.S_ISREG(found.st_mode) else 0  # a submodule is a folder


def _quoted(path: str) -> str:
    # A `:` separates the folders of this variable, except between quotes.
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
