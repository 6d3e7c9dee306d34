"""`doctor`, `version` and the checks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from xpm_cli.checks import OK, WARNING, WRONG, Result
from xpm_cli.checks.installation import check_installation
from xpm_cli.checks.project import check_git
from xpm_cli.checks.workspace import check_workspace
from xpm_workspace.errors import LocksUnsupported
from xpm_workspace.layout import WorkspaceLayout

if TYPE_CHECKING:
    from conftest import Command, Sample


def by_name(results: list[Result]) -> dict[str, Result]:
    return {
        result.what.rpartition(": ")[2] if ": " in result.what else result.what: result for result in results
    }


def test_all_is_well(sample: Sample, command: Command) -> None:
    result = command("doctor", "--workdir", sample.layout.root)
    assert result.code == 0, result
    assert "wrong   " not in result.out and "to fix it" not in result.out
    assert "locks: hold between processes" in result.out
    assert "index: 1 experiments" in result.out
    assert ", 0 wrong, " in result.err


def test_nothing_is_left_behind(sample: Sample, command: Command) -> None:
    command("doctor", "--workdir", sample.layout.root)
    before = set(sample.layout.root.rglob("*"))
    command("doctor", "--workdir", sample.layout.root)
    assert set(sample.layout.root.rglob("*")) == before


def test_json(command: Command) -> None:
    found = command("doctor", "--json").json
    assert {check["status"] for check in found} <= {OK, WARNING, WRONG}
    assert all(check["fix"] for check in found if check["status"] != OK)
    assert {"python", "packages", "job process"} <= {check["what"] for check in found}


def test_wrong_settings(command: Command, settings: Callable[[str], Path]) -> None:
    file = settings("workspaces: [{path: /a}]")
    result = command("doctor")
    assert result.code == 2
    assert f"wrong   settings {file}" in result.out and f"to fix it: correct {file}" in result.out


def test_odd_settings(command: Command, settings: Callable[[str], Path], tmp_path: Path) -> None:
    settings(
        f"workspces: []\nworkspaces:\n- {{id: a, path: {tmp_path}}}\n- {{id: a, path: {tmp_path}}}\n"
        "- {id: b, path: relative}\n- {id: c}\n"
    )
    result = command("doctor", "--json")
    messages = " ".join(check["message"] for check in result.json if check["status"] == WARNING)
    for part in (
        "workspces",
        "have the id 'a'",
        "workspaces are in",
        "is relative",
        "neither a path nor ssh",
    ):
        assert part in messages


def test_every_workspace_of_the_settings_is_checked(
    command: Command, settings: Callable[[str], Path], tmp_path: Path
) -> None:
    settings(
        f"workspaces: [{{id: a, path: {tmp_path}/a}}, {{id: b, path: {tmp_path}/b}}, "
        "{id: c, path: /c, ssh: {host: far}}]"
    )
    names = [check["what"] for check in command("doctor", "--json").json]
    assert [name for name in names if name.startswith("workspace ")] == [
        f"workspace a ({tmp_path}/a)",
        f"workspace b ({tmp_path}/b)",
    ]


# --- workspaces


def test_a_workspace_to_be_made(tmp_path: Path) -> None:
    [result] = check_workspace("new", tmp_path / "a" / "b")
    assert result.status == OK and not (tmp_path / "a").exists()


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    [result] = check_workspace("file", tmp_path / "file")
    assert result.status == WRONG
    [result] = check_workspace("below", tmp_path / "file" / "below")
    assert result.status == WRONG


def test_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "unmounted")
    [result] = check_workspace("link", tmp_path / "link")
    assert result.status == WRONG and "link to nothing" in result.message


def test_a_workspace_that_cannot_be_written(
    workspace: WorkspaceLayout, unwritable: Callable[[Path], None], humble: Command
) -> None:
    unwritable(workspace.root)
    found = humble("doctor", "--json", "--workdir", workspace.root)
    results = by_name([Result(**check) for check in found.json])
    assert results["writing"].status == WRONG
    assert "can be looked at there, not run" in results["writing"].message
    assert results["jobs"].status == WRONG
    assert results["index"].status == OK
    assert found.code == 2


def test_writing_is_really_tried(workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("xpm_cli.checks.workspace.tempfile.mkdtemp", refuse)
    results = by_name(list(check_workspace("w", workspace.root)))
    assert results["writing"].status == WRONG and "Permission denied" in results["writing"].message


def test_locks_that_are_refused(workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> bool:
        raise LocksUnsupported("this file system refuses locks (No locks available)")

    monkeypatch.setattr("xpm_workspace.locks.FileLock.acquire", refuse)
    result = by_name(list(check_workspace("w", workspace.root)))["locks"]
    assert result.status == WRONG and "refuses locks" in result.message and "with locks" in result.fix


def test_locks_that_hold_nobody_off(workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with NFS mounted `nolock`, from another machine."""
    monkeypatch.setattr("xpm_workspace.locks._flock", lambda fd, operation: None)
    result = by_name(list(check_workspace("w", workspace.root)))["locks"]
    assert result.status == WRONG and "a job could run twice" in result.message


def test_a_full_disk(workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    found = os.statvfs(workspace.root)
    values = {name: getattr(found, name) for name in dir(found) if name.startswith("f_")}
    full = type("Found", (), {**values, "f_bavail": 1})
    monkeypatch.setattr("xpm_cli.checks.workspace.os.statvfs", lambda path: full)
    assert by_name(list(check_workspace("w", workspace.root)))["room"].status == WARNING
    few = type("Found", (), {**values, "f_bavail": 1 << 30, "f_files": 10, "f_favail": 1})
    monkeypatch.setattr("xpm_cli.checks.workspace.os.statvfs", lambda path: few)
    result = by_name(list(check_workspace("w", workspace.root)))["room"]
    assert result.status == WARNING and "only 1 more files" in result.message


def test_a_damaged_index_is_no_trouble(sample: Sample) -> None:
    sample.layout.state_dir.mkdir(exist_ok=True)
    sample.layout.database.write_bytes(b"garbage" * 1000)
    with pytest.warns(UserWarning):
        results = by_name(list(check_workspace("w", sample.layout.root)))
    assert results["index"].status == OK


# --- the rest


def test_without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    [result] = check_git()
    assert result.status == WARNING and result.fix == "install git"


def test_outside_of_a_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    [result] = check_git()
    assert result.status in (OK, WARNING)


def test_a_job_process_that_cannot_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    results = {result.what: result for result in check_installation()}
    assert results["job process"].status == WRONG
    assert "activate the environment" in results["job process"].fix


def test_a_python_without_our_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "Traceback...\nModuleNotFoundError: no xpm_tasks\n")
    monkeypatch.setattr("xpm_cli.checks.installation.subprocess.run", lambda *_, **__: failed)
    results = {result.what: result for result in check_installation()}
    assert "no xpm_tasks" in results["job process"].message


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"experimaestro": None, "xpm-cli": "1", "xpm-git": None}
    monkeypatch.setattr("xpm_cli.checks.installation.installed_versions", lambda: versions)
    results = {result.what: result for result in check_installation()}
    assert results["packages"].status == WRONG and results["packages"].fix == "pip install xpm-git"


@pytest.mark.parametrize(("whole", "status"), [(None, OK), ("3", WRONG)])
def test_monitors_belong_to_the_package_of_all(
    monkeypatch: pytest.MonkeyPatch, whole: str | None, status: str
) -> None:
    versions = {"experimaestro": whole, "xpm-cli": "1", "xpm-web": None}
    monkeypatch.setattr("xpm_cli.checks.installation.installed_versions", lambda: versions)
    results = {result.what: result for result in check_installation()}
    assert results["packages"].status == status


def test_packages_that_cannot_be_imported(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    info = tmp_path / "theirs-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[experimaestro.launchers]\nbroken = not_there:x\nodd = json:loads\n"
        "[experimaestro.commands]\nbad = not_there:x\nworse = json:loads\ngood = xpm_cli.version:version\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    status = {check["what"]: check["status"] for check in command("doctor", "--json").json}
    for what in ("launcher broken", "launcher odd", "command bad", "command worse"):
        assert status[what] == WRONG, what
    assert status["launcher direct"] == status["command good"] == OK


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ("def find_launcher(requirements, tags=()):\n    return None\n", WARNING),
        ("1 / 0", WRONG),
        ("def nothing(): ...", WRONG),
        (
            "from xpm_scheduler import DirectLauncher\n"
            "def find_launcher(requirements, tags=()):\n    return DirectLauncher(max_jobs=3)\n",
            OK,
        ),
    ],
)
def test_the_users_launchers(command: Command, home: Path, content: str, status: str) -> None:
    file = home / "config" / "experimaestro" / "launchers.py"
    file.parent.mkdir(parents=True)
    file.write_text(content)
    found = {check["what"]: check for check in command("doctor", "--json").json}
    assert found[f"launchers {file}"]["status"] == status, found


def test_version(command: Command) -> None:
    assert command("version").out.startswith("experimaestro ")
    assert command("version", "--json").json["xpm-cli"]


def test_a_repository_that_git_refuses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    state = SimpleNamespace(root=tmp_path, problem="dubious ownership")
    monkeypatch.setattr("xpm_git.git_state", lambda path: state)
    monkeypatch.setattr("xpm_cli.checks.project.shutil.which", lambda name: "/usr/bin/git")
    [result] = check_git()
    assert result.status == WARNING and "safe.directory" in result.fix


def test_a_network_file_system(workspace: WorkspaceLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xpm_workspace.index.location.file_system", lambda path: "nfs4")
    results = by_name(list(check_workspace("w", workspace.root)))
    assert "depend on the nfs4 server" in results["locks"].message
    assert "is on a network file system" in results["index"].message
