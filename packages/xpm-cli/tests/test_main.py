"""The command as a whole: options, errors, exit codes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xpm_cli import exit_codes
from xpm_workspace.layout import WorkspaceLayout

if TYPE_CHECKING:
    from conftest import Command, Sample


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_workspace_can_be_named_anywhere(sample: Sample, command: Command, place: int) -> None:
    words: list[object] = ["experiments", "list"]
    words[place:place] = ["--workdir", sample.layout.root]
    assert command(*words).out == "my-experiment [node0.cluster] (1/3 jobs)\n"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_workspace_can_be_named_by_id(
    sample: Sample, command: Command, settings: Callable[[str], Path], place: int
) -> None:
    settings(
        f"workspaces:\n- id: other\n  path: /nowhere\n- id: mine\n  path: {quoted(sample.layout.root)}\n"
    )
    words: list[object] = ["experiments", "list"]
    words[place:place] = ["--workspace", "mine"]
    assert command(*words).out == "my-experiment [node0.cluster] (1/3 jobs)\n"


def test_triggers_choose_the_workspace_of_an_experiment(
    sample: Sample, command: Command, settings: Callable[[str], Path]
) -> None:
    settings(
        "workspaces:\n- id: first\n  path: /nowhere\n"
        f"- id: second\n  path: {quoted(sample.layout.root)}\n  triggers: [my-*]\n"
    )
    assert len(command("experiments", "runs", "my-experiment").rows) == 1


def test_a_settings_folder_of_another_place(sample: Sample, command: Command, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(f"workspaces: [{{id: a, path: {quoted(sample.layout.root)}}}]")
    assert "my-experiment" in command("experiments", "list", "--xpm-config-dir", tmp_path).out


def test_no_workspace_says_how_to_make_one(command: Command) -> None:
    result = command("experiments", "list")
    assert result.code == exit_codes.WRONG_USE and "--workdir" in result.err


def test_a_workspace_of_another_machine_is_not_looked_for_here(
    command: Command, settings: Callable[[str], Path]
) -> None:
    settings("workspaces: [{id: far, path: /far, ssh: {host: cluster}}]")
    result = command("jobs", "list", "--workspace", "far")
    assert result == (2, "", "error: workspace far is on another machine: run this command there\n")


def test_a_folder_that_is_no_workspace(command: Command, tmp_path: Path) -> None:
    result = command("jobs", "list", "--workdir", tmp_path)
    hint = "give the folder of one with --workdir, or run an experiment there"
    assert result == (2, "", f"error: {tmp_path} is not an experimaestro workspace; {hint}\n")
    assert list(tmp_path.glob("**/.experimaestro")) == [], "looking makes nothing"


@pytest.mark.parametrize(
    "arguments",
    [
        ["jobs", "list", "--nonsense"],
        ["jobs", "list", "-c", "0"],
        ["jobs", "list", "extra"],
        ["experiments", "runs"],
        ["experiments", "results", "x", "--csv=1"],
        ["--logging", "nonsense", "version"],
    ],
)
def test_wrong_use_is_one_line(command: Command, arguments: list[str]) -> None:
    result = command(*arguments)
    assert result.code == exit_codes.WRONG_USE and result.out == ""
    assert result.err.startswith("error: ") and result.err.count("\n") == 1


def test_a_filter_that_makes_no_sense_points_at_the_column(sample: Sample, command: Command) -> None:
    result = command("jobs", "list", "--workdir", sample.layout.root, "--filter", "@state = ")
    assert result.code == 2
    assert result.err.splitlines()[0].startswith("error: filter, column ")
    assert "^" in result.err.splitlines()[-1]


def test_where_an_error_comes_from_is_shown_when_asked_for(command: Command, tmp_path: Path) -> None:
    assert "Traceback" in command("--traceback", "jobs", "list", "--workdir", tmp_path).err
    assert "Traceback" not in command("jobs", "list", "--workdir", tmp_path).err


def test_a_defect_of_ours_says_so(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xpm_cli.version.installed_versions", lambda: 1 / 0)
    result = command("version")
    assert result.code == exit_codes.INTERNAL
    assert result.err.splitlines()[-1].startswith("internal error: ZeroDivisionError")
    assert "Traceback" in result.err, "so that it can be reported"


def test_ctrl_c(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xpm_cli.version.installed_versions", interrupted)
    result = command("version")
    assert (result.code, result.out, result.err.strip()) == (exit_codes.INTERRUPTED, "", "")


def test_no_command_shows_the_help(command: Command) -> None:
    assert command().out == command("-h").out != ""


def test_whoever_reads_may_leave(workspace: WorkspaceLayout) -> None:
    """`jobs list | head -1`"""
    from xpm_workspace.testing import make_job

    for number in range(120):  # more than a pipe holds
        make_job(workspace, "my.lib.learn", f"{number:064x}")
    process = subprocess.Popen(
        [sys.executable, "-m", "xpm_cli", "jobs", "list", "--json", "--workdir", str(workspace.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(1)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0
    process.stderr.close()


def quoted(path: Path) -> str:
    """As a YAML scalar."""
    escaped = str(path).replace("'", "''")
    return f"'{escaped}'"
