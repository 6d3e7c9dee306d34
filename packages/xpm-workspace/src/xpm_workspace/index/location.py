"""Where the index of a workspace is: in the workspace, unless its disk is not fit for it.

SQLite's write-ahead log needs shared memory between its users, so that on a network file system each machine
keeps its own index in a local cache folder. The same happens where we may not write.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import msgspec

from xpm_workspace.layout import WorkspaceLayout

#: File systems on which every machine sees the same files.
NETWORK_TYPES = frozenset(
    [
        "9p",
        "afpfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs3",
        "nfs4",
        "ocfs2",
        "orangefs",
        "panfs",
        "pvfs2",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
        "webdav",
        "wekafs",
    ]
)

#: User-space file systems that are local.
LOCAL_FUSE = frozenset({"fuseblk", "fuse.ext4", "fuse.ntfs-3g", "fuse.overlayfs", "fuse.fuse-overlayfs"})


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Where an index is kept."""

    #: The database file; `None` for one in memory.
    database: Path | None
    #: The lease of its one writer.
    lock: Path | None
    #: Why it is not in the workspace; empty when it is.
    why_elsewhere: str = ""


def locate(workspace: WorkspaceLayout) -> Location:
    """Choose the place for the index of a workspace."""
    kind = file_system(workspace.root)
    if is_network(kind):
        return elsewhere(workspace, f"{workspace.root} is on a network file system ({kind})")
    problem = _problem(workspace)
    if problem:
        return elsewhere(workspace, problem)
    return Location(database=workspace.database, lock=workspace.indexer_lock)


def elsewhere(workspace: WorkspaceLayout, why: str) -> Location:
    """Return a place outside the workspace: a cache folder of this machine, else the memory."""
    key = hashlib.sha256(os.fsencode(os.path.realpath(workspace.root))).hexdigest()[:24]
    for base in _cache_folders():
        folder = base / "workspaces" / key
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        if folder.stat().st_uid == os.getuid() and os.access(folder, os.W_OK):
            return Location(
                database=folder / workspace.database.name,
                lock=folder / workspace.indexer_lock.name,
                why_elsewhere=why,
            )
    return Location(database=None, lock=None, why_elsewhere=why)


def _cache_folders() -> list[Path]:
    import tempfile

    # The home folder of a cluster is often on the network too; the temporary folder is the machine's own.
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folders = [Path(home) / "experimaestro", Path(tempfile.gettempdir()) / f"experimaestro-{os.getuid()}"]
    return [folder for folder in folders if folder.is_absolute() and not is_network(file_system(folder))]


def _problem(workspace: WorkspaceLayout) -> str:
    """Why no index can be kept in the workspace; empty if it can."""
    refused = f"{workspace.state_dir} cannot be written"
    try:
        workspace.state_dir.mkdir(exist_ok=True)
    except OSError:
        return refused
    if not os.access(workspace.state_dir, os.W_OK | os.X_OK):  # also false on a read-only file system
        return refused
    for path in (workspace.database, workspace.indexer_lock):
        if path.exists() and not path.is_file():
            return f"{path} is not a file"
        if path.exists() and not os.access(path, os.W_OK):
            return refused
    return ""


def is_network(kind: str) -> bool:
    """Whether a type of file system is shared between machines."""
    return kind in NETWORK_TYPES or (kind.startswith("fuse.") and kind not in LOCAL_FUSE)


def file_system(path: Path) -> str:
    """Return the type of the file system that holds `path`; empty when unknown."""
    real = os.path.realpath(path)
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            return find_type(real, file.read())
    except OSError:
        return _file_system_on_macos(real) if sys.platform == "darwin" else ""


def find_type(real_path: str, mountinfo: str) -> str:
    """Return the type of the mount that holds a path, from the content of `/proc/self/mountinfo`."""
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        left, separator, right = line.partition(" - ")
        fields = left.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = _unescape(fields[4])
        inside = real_path == point or real_path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:  # of two mounts on the same folder, the later covers the earlier
            best, kind = len(point), right.split(" ")[0]
    return kind


def _unescape(text: str) -> str:
    for code, character in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        text = text.replace(code, character)
    return text


def _file_system_on_macos(real_path: str) -> str:
    import subprocess

    command = ["/bin/df", "-P", real_path]
    try:
        mounts = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=True, timeout=5).stdout
        where = subprocess.run(command, capture_output=True, text=True, check=True, timeout=5).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    point = where.splitlines()[-1].split("% ")[-1].strip()
    for line in mounts.splitlines():
        if f" on {point} (" in line:
            return line.rpartition(" (")[2].split(",")[0].rstrip(")")
    return ""
