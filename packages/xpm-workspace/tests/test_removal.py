from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from xpm_workspace.errors import UnsafePath
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.removal import TRASH_PREFIX, remove_rest, remove_tree, tree_size


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    path = tmp_path / "outside" / "folder"
    path.mkdir(parents=True)
    (path / "precious").write_text("keep me")
    return path


def test_links_inside_are_not_followed(workspace: WorkspaceLayout, precious: Path) -> None:
    folder = workspace.jobs_dir / "t" / "x"
    folder.mkdir(parents=True)
    (folder / "link").symlink_to(precious)
    (folder / "file link").symlink_to(precious / "precious")
    assert remove_tree(workspace, folder)
    assert not folder.exists()
    assert (precious / "precious").read_text() == "keep me"
    assert not remove_tree(workspace, folder)
    assert os.listdir(folder.parent) == []


def test_a_link_itself_goes_alone(workspace: WorkspaceLayout, precious: Path) -> None:
    link = workspace.jobs_dir / "link"
    link.symlink_to(precious)
    assert remove_tree(workspace, link)
    assert not link.is_symlink()
    assert (precious / "precious").exists()


def test_a_way_out_is_refused(workspace: WorkspaceLayout, precious: Path) -> None:
    (workspace.jobs_dir / "task").symlink_to(precious.parent)
    for path in (
        workspace.jobs_dir / "task" / "folder",
        precious,
        workspace.root,
        workspace.root / ".." / "x",
        workspace.jobs_dir / ".." / ".." / "x",
        Path("/"),
    ):
        with pytest.raises(UnsafePath):
            remove_tree(workspace, path)
    assert (precious / "precious").exists()


def test_a_link_within_the_workspace_is_no_way_either(workspace: WorkspaceLayout) -> None:
    (workspace.jobs_dir / "real" / "x").mkdir(parents=True)
    (workspace.jobs_dir / "other").symlink_to("real")
    with pytest.raises(UnsafePath):
        remove_tree(workspace, workspace.jobs_dir / "other" / "x")


def test_a_workspace_reached_through_a_link(workspace: WorkspaceLayout, tmp_path: Path) -> None:
    (workspace.jobs_dir / "t" / "x").mkdir(parents=True)
    link = tmp_path / "my workspace"
    link.symlink_to(workspace.root)
    through = WorkspaceLayout(link)
    assert remove_tree(through, through.jobs_dir / "t" / "x")
    assert not (workspace.jobs_dir / "t" / "x").exists()


def test_size(workspace: WorkspaceLayout, precious: Path) -> None:
    folder = workspace.jobs_dir / "t"
    folder.mkdir()
    (folder / "a").write_bytes(b"x" * 100_000)
    (folder / "out").symlink_to(precious)
    assert 100_000 <= tree_size(folder) < 200_000
    assert tree_size(folder / "missing") == 0


def test_two_that_remove_the_same(workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    trash = workspace.jobs_dir / f"{TRASH_PREFIX}1"
    for number in range(3):
        (trash / str(number)).mkdir(parents=True)
    rmtree = shutil.rmtree

    def other_first(path: Path) -> None:
        names = sorted(path.iterdir())
        rmtree(names[0] if len(names) > 1 else path)
        raise FileNotFoundError(names[0])

    monkeypatch.setattr(shutil, "rmtree", other_first)
    remove_rest(trash)
    assert not trash.exists()
