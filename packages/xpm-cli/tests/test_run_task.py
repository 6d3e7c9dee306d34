"""`run`: one task by hand, in a terminal."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xpm_workspace.locks import FileLock
from xpm_workspace.markers import read_marker

if TYPE_CHECKING:
    from conftest import Command, Real


@pytest.fixture
def environment(own_real: Real) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(own_real.modules)}


def test_a_failed_job_again(own_real: Real, process: Command, environment: dict[str, str]) -> None:
    """Its output comes here, its traceback shows the user's own frames, its end is marked."""
    result = process("run", own_real.wrong.params, env=environment)
    assert result.code == 1
    assert result.out == "learning 2.0 2 [('rate', 2.0)]\n"
    assert "careful\n" in result.err and "ValueError: the rate is too large" in result.err
    assert "xpm_tasks" not in result.err and "job_run.py" not in result.err
    assert result.err.splitlines()[-1].startswith(f"{own_real.wrong.job_id} is ERROR(FAILED)")
    marker = read_marker(own_real.wrong)
    assert marker is not None and marker.reason == "FAILED"
    assert own_real.wrong.stdout.read_text() == result.out, "the log of the first try is left"


def test_a_mended_job(own_real: Real, process: Command, environment: dict[str, str]) -> None:
    code = own_real.modules / "xpm_cli_tasks.py"
    code.write_text(code.read_text().replace("self.rate > 1", "self.rate > 50"))
    result = process("run", own_real.wrong.path, env=environment)
    assert result.code == 0 and result.err.endswith(" is DONE\n")
    listed = process("jobs", "list", "--workdir", own_real.layout.root, "--filter", "@state = ERROR")
    assert listed.out == ""


def test_through_the_link_of_an_experiment(
    own_real: Real, process: Command, environment: dict[str, str]
) -> None:
    link = own_real.layout.experiment("real").link(own_real.wrong)
    assert process("run", link / "params.json", env=environment).code == 1
    assert "2.0" in (own_real.wrong.path / "learned.txt").read_text()


def test_a_job_that_is_done_is_not_run_again_by_accident(
    own_real: Real, process: Command, environment: dict[str, str]
) -> None:
    (own_real.small.path / "learned.txt").unlink()
    result = process("run", own_real.small.params, env=environment)
    assert result.code == 2 and "is done" in result.err and "--force" in result.err
    assert own_real.small.done.exists() and not (own_real.small.path / "learned.txt").exists()
    assert process("run", own_real.small.params, "--force", env=environment).code == 0
    assert own_real.small.done.exists() and (own_real.small.path / "learned.txt").exists()


def test_a_job_that_runs_elsewhere(own_real: Real, process: Command, environment: dict[str, str]) -> None:
    marked = own_real.wrong.failed.read_bytes()
    with FileLock(own_real.wrong.lock):
        result = process("run", own_real.wrong.params, env=environment)
    assert result.code == 2 and "is being run by" in result.err
    assert own_real.wrong.failed.read_bytes() == marked


def test_a_copy_is_run_without_consequences(
    own_real: Real, process: Command, environment: dict[str, str], tmp_path: Path
) -> None:
    copy = tmp_path / "a copy"
    shutil.copytree(own_real.small.path, copy)
    (copy / "learned.txt").unlink()
    before = sorted(os.listdir(copy))
    result = process("run", copy / "params.json", env=environment)
    assert result.code == 0 and "nothing is recorded" in result.err
    assert result.out == "learning 0.1 2 []\n"
    assert sorted(os.listdir(copy)) == sorted([*before, "learned.txt"])


def test_a_copy_that_fails(
    own_real: Real, process: Command, environment: dict[str, str], tmp_path: Path
) -> None:
    shutil.copytree(own_real.wrong.path, tmp_path / "copy")
    result = process("run", tmp_path / "copy", env=environment)
    assert result.code == 1
    assert 'raise ValueError("the rate is too large")' in result.err
    assert "error: the task of" in result.err.splitlines()[-1]


def test_a_module_that_is_not_found_is_no_failure_of_the_job(own_real: Real, process: Command) -> None:
    content = json.loads(own_real.wrong.params.read_bytes())
    for item in content["objects"]:
        item.pop("file", None)
    own_real.wrong.params.write_text(json.dumps(content))
    own_real.wrong.failed.unlink()
    result = process("run", own_real.wrong.params)
    assert result.code == 2 and "xpm_cli_tasks" in result.err and "PYTHONPATH" in result.err
    assert read_marker(own_real.wrong) is None
    assert process("run", own_real.wrong.params, cwd=own_real.modules).code == 1, "the current folder counts"


@pytest.mark.parametrize("content", ["", "{}", '{"version": 99, "objects": [{}]}'])
def test_a_file_that_cannot_be_understood(process: Command, tmp_path: Path, content: str) -> None:
    path = tmp_path / "params.json"
    path.write_text(content)
    result = process("run", path)
    assert result.code == 2 and result.err.startswith(f"error: {path}")


def test_nothing_there(command: Command, tmp_path: Path) -> None:
    assert command("run", tmp_path / "params.json").code == 2
    assert command("run", tmp_path).code == 2


def test_standard_input_is_that_of_the_terminal(
    own_real: Real, environment: dict[str, str], tmp_path: Path
) -> None:
    """`breakpoint()` in a task stops here, and listens."""
    code = own_real.modules / "xpm_cli_tasks.py"
    code.write_text(code.read_text().replace("progress(0.5)", "breakpoint()"))
    done = subprocess.run(
        [sys.executable, "-m", "xpm_cli", "run", str(own_real.wrong.params)],
        input="p 'the rate is', self.rate\ncontinue\n",
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "('the rate is', 2.0)" in done.stdout
    assert done.returncode == 1


def test_under_a_debugger(own_real: Real, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pdb", "-m", "xpm_cli", "run", str(own_real.wrong.params)],
        input=f"break {own_real.modules / 'xpm_cli_tasks.py'}:20\ncontinue\nwhere\nquit\n",
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "xpm_cli_tasks.py" in done.stdout and "execute" in done.stdout, done.stdout


def test_ctrl_c(own_real: Real, environment: dict[str, str]) -> None:
    code = own_real.modules / "xpm_cli_tasks.py"
    code.write_text(code.read_text().replace("progress(0.5)", "print('here', flush=True); time.sleep(600)"))
    process = subprocess.Popen(
        [sys.executable, "-m", "xpm_cli", "run", str(own_real.wrong.params)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=60)[1]
    assert process.returncode == 130, err
    marker = read_marker(own_real.wrong)
    assert marker is not None and marker.reason == "CANCELLED"


def test_the_try_is_counted(own_real: Real, process: Command, environment: dict[str, str]) -> None:
    process("run", own_real.wrong.params, env=environment)
    record = process("jobs", "info", "--json", "--workdir", own_real.layout.root, own_real.wrong.job_id).json
    assert record["attempts"] == 2


def test_a_module_that_raises_when_it_is_imported(
    own_real: Real, process: Command, environment: dict[str, str]
) -> None:
    code = own_real.modules / "xpm_cli_tasks.py"
    code.write_text(code.read_text() + "\nraise RuntimeError('not today, my friend')\n")
    marked = own_real.wrong.failed.read_bytes()
    result = process("run", own_real.wrong.params, env=environment)
    assert result.code == 2 and "not today" in result.err.splitlines()[-1]
    assert str(code) in result.err and "please report it" not in result.err
    assert own_real.wrong.failed.read_bytes() == marked


@pytest.mark.parametrize(("leaving", "code"), [("sys.exit()", 0), ("sys.exit(3)", 1), ("sys.exit('why')", 1)])
def test_a_copy_that_leaves(
    own_real: Real, process: Command, environment: dict[str, str], tmp_path: Path, leaving: str, code: int
) -> None:
    tasks = own_real.modules / "xpm_cli_tasks.py"
    tasks.write_text(tasks.read_text().replace("progress(0.5)", leaving))
    shutil.copytree(own_real.wrong.path, tmp_path / "copy")
    assert process("run", tmp_path / "copy", env=environment).code == code


def test_what_a_copy_can_ask(tmp_path: Path) -> None:
    from xpm_cli.run_alone import _Alone

    runtime = _Alone(tmp_path, tmp_path / "w")
    assert runtime.remaining_time() is None
    assert runtime.stream_path("a.task", "1" * 64, "stdout").name == "task.out"
    assert runtime.stream_path("a.task", "1" * 64, "stderr").name == "task.err"
