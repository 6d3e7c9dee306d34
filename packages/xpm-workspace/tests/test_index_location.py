from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from xpm_workspace.index.location import elsewhere, file_system, find_type, is_network, locate
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.monitor import LocalMonitor
from xpm_workspace.testing import IDENTIFIER, fill_disk, make_job

MOUNTS = r"""22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /home rw - nfs4 server:/home rw
31 30 0:41 / /home/me/with\040space rw shared:2 master:3 - tmpfs tmpfs rw
32 22 0:42 / /data rw - fuse.sshfs host:/data rw
33 22 0:43 / /data rw - ext4 /dev/vdb rw
not a mount
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/homeless", "ext4"),
        ("/home", "nfs4"),
        ("/home/me", "nfs4"),
        ("/home/me/with space/x", "tmpfs"),
        ("/data/x", "ext4"),
    ],
)
def test_the_deepest_and_latest_mount_counts(path: str, kind: str) -> None:
    assert find_type(path, MOUNTS) == kind


def test_network() -> None:
    assert is_network("nfs4") and is_network("fuse.sshfs") and is_network("lustre") and is_network("9p")
    assert (
        not is_network("ext4")
        and not is_network("")
        and not is_network("fuseblk")
        and not is_network("tmpfs")
    )


def test_in_the_workspace_by_default(workspace: WorkspaceLayout) -> None:
    if is_network(file_system(workspace.root)):
        pytest.skip("the temporary folder is on a network file system")
    assert locate(workspace).database == workspace.database


def test_a_cache_of_the_machine_otherwise(
    workspace: WorkspaceLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache é"))
    monkeypatch.setattr(
        "xpm_workspace.index.location.file_system", lambda path: "nfs4" if path == workspace.root else ""
    )
    place = locate(workspace)
    assert place.database is not None and place.lock is not None
    assert place.database.is_relative_to(tmp_path / "cache é")
    assert place.lock.parent == place.database.parent
    assert "network file system (nfs4)" in place.why_elsewhere
    other = elsewhere(WorkspaceLayout(workspace.root / "other"), "why")
    assert other.database != place.database
    link = tmp_path / "link"
    link.symlink_to(workspace.root)
    assert elsewhere(WorkspaceLayout(link), "why").database == place.database


def test_memory_when_no_folder_will_do(workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xpm_workspace.index.location._cache_folders", lambda: [Path("/proc/nowhere")])
    assert elsewhere(workspace, "why").database is None


def test_a_read_only_disk(
    workspace: WorkspaceLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if os.geteuid() != 0:
        os.chmod(workspace.state_dir, 0o500)
        assert locate(workspace).why_elsewhere
        os.chmod(workspace.state_dir, 0o700)
        return
    mount = tmp_path / "ro"
    mount.mkdir()
    if subprocess.run(
        ["mount", "--bind", workspace.root, mount], capture_output=True, check=False
    ).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", mount], check=True)
        assert "cannot be written" in locate(WorkspaceLayout(mount)).why_elsewhere
    finally:
        subprocess.run(["umount", "-l", mount], check=True)


@pytest.mark.parametrize("name", ["database", "indexer_lock"])
def test_something_else_in_its_place(
    workspace: WorkspaceLayout, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder: Path = getattr(workspace, name)
    (folder / "something").mkdir(parents=True)
    place = locate(workspace)
    assert place.database is not None and place.database.is_relative_to(tmp_path / "cache")
    assert place.why_elsewhere == f"{folder} is not a file"
    with LocalMonitor(workspace) as monitor, LocalMonitor(workspace) as second:
        assert monitor.experiments() == second.experiments() == []
    assert (folder / "something").is_dir()


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_a_folder_in_the_place_of_a_log(
    workspace: WorkspaceLayout, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    Path(f"{workspace.database}{suffix}").mkdir(parents=True)
    with LocalMonitor(workspace) as monitor:
        assert monitor.experiments() == []


def test_a_full_disk_is_told(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = WorkspaceLayout(small_disk / "workspace")
    workspace.create()
    job = make_job(workspace, "t", IDENTIFIER)
    monkeypatch.setenv("XDG_CACHE_HOME", str(small_disk / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    fill_disk(small_disk)
    with LocalMonitor(workspace) as monitor:
        assert monitor.job(job.job_id).state == "DONE"
    assert "no index can be kept on disk" in caplog.text and "it is made in memory" in caplog.text
