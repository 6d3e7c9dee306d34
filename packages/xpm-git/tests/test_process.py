from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xpm_git import process
from xpm_git.process import NOT_FOUND, Completed, Deadline, run_git


@pytest.mark.usefixtures("both_ways")
class TestRunGit:
    def test_an_answer(self, repo: Any) -> None:
        done = run_git(["rev-parse", "--is-inside-work-tree"], repo.root, Deadline())
        assert done == Completed(status=0, stdout=b"true\n", stderr="")

    def test_a_failure(self, repo: Any) -> None:
        done = run_git(["rev-parse", "--verify", "missing"], repo.root, Deadline())
        assert done.status == 128 and done.complaint == "Needed a single revision"

    @pytest.mark.usefixtures("without_git")
    def test_no_git(self, folder: Path) -> None:
        done = run_git(["status"], folder, Deadline())
        assert (done.status, done.complaint) == (NOT_FOUND, "there is no 'git' command on the PATH")

    def test_a_folder_that_is_gone(self, folder: Path, repo: Any) -> None:
        done = run_git(["status"], folder / "missing", Deadline())
        assert done.status != 0 and "cannot change to" in done.complaint

    def test_git_that_cannot_be_executed(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, fake_git: Callable[[str], None]
    ) -> None:
        fake_git("")
        (folder / "false git").write_bytes(b"\x7fELF no program")
        done = run_git(["status"], folder, Deadline())
        assert done.status == NOT_FOUND and done.complaint.startswith("cannot run ")

    def test_output_is_bounded(self, repo: Any) -> None:
        repo.commit("large.txt", "0123456789" * 1_000_000)
        show = ["cat-file", "blob", "HEAD:large.txt"]
        assert run_git(show, repo.root, Deadline(), limit=10) == (0, b"0123456789", "", True)
        assert len(run_git(show, repo.root, Deadline(), limit=10_000_000).stdout) == 10_000_000
        assert not run_git(show, repo.root, Deadline(), limit=10_000_000).truncated

    def test_many_warnings(self, folder: Path, fake_git: Callable[[str], None]) -> None:
        warn = "echo 'warning: 0123456789 0123456789' >&2"
        fake_git(f"i=0; while [ $i -lt 3000 ]; do {warn}; i=$((i+1)); done; echo ok")
        done = run_git(["status"], folder, Deadline())
        assert done.stdout == b"ok\n" and len(done.stderr) > 65_536

    def test_stdin(self, repo: Any, folder: Path) -> None:
        (folder / "stdin").write_bytes(b"")
        with open(folder / "stdin", "rb") as stdin:
            done = run_git(["hash-object", "--stdin"], repo.root, Deadline(), stdin=stdin)
        assert done.stdout.startswith(b"e69de29")

    def test_a_frozen_git_is_stopped(self, folder: Path, fake_git: Callable[[str], None]) -> None:
        # What it started holds the pipes open: it is stopped too.
        fake_git("sleep 600 & sleep 600")
        done = run_git(["status"], folder, Deadline(0.05))
        assert done.status is None
        assert done.complaint == "`git status` was stopped: no answer within 0.05 s"

    def test_ctrl_c_stops_it(
        self, folder: Path, fake_git: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_git("sleep 600")
        killed: list[subprocess.Popen[bytes]] = []
        kill = process._kill

        def watched(started: subprocess.Popen[bytes]) -> None:
            killed.append(started)
            kill(started)

        def interrupted(thread: threading.Thread) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(process, "_kill", watched)
        monkeypatch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_git(["status"], folder, Deadline())
        assert [started.returncode for started in killed] == [-9]

    def test_misleading_variables(
        self, repo: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, fake_git: Callable[[str], None]
    ) -> None:
        fake_git("env")
        for name in process._MISLEADING_VARIABLES:
            monkeypatch.setenv(name, "elsewhere")
        monkeypatch.setenv("GIT_AUTHOR_NAME", "A Person")
        monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
        done = run_git(["status"], folder, Deadline(), environ={"GIT_INDEX_FILE": "mine"})
        seen = dict(line.split("=", 1) for line in done.stdout.decode().splitlines() if "=" in line)
        assert {name for name in process._MISLEADING_VARIABLES if name in seen} == {"GIT_INDEX_FILE"}
        assert seen["GIT_INDEX_FILE"] == "mine" and seen["GIT_AUTHOR_NAME"] == "A Person"
        assert seen["LC_ALL"] == "C" and seen["GIT_OPTIONAL_LOCKS"] == "0"
        assert os.environ["GIT_DIR"] == "elsewhere"


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        ("warning: a\nfatal: b\nhint: c\n", "b"),
        ("error: b\nfatal: c\n", "b"),
        ("xcrun: no developer tools\n", "xcrun: no developer tools"),
        ("", "git ended with status 3"),
        (
            "fatal: detected dubious ownership in repository at '/a b'\n"
            "To add an exception for this directory, call:\n\n"
            "\tgit config --global --add safe.directory '/a b'\n",
            "detected dubious ownership in repository at '/a b' "
            "(if you trust it: git config --global --add safe.directory '/a b')",
        ),
    ],
)
def test_complaint(stderr: str, expected: str) -> None:
    assert Completed(status=3, stdout=b"", stderr=stderr).complaint == expected


def test_a_deadline_is_shared() -> None:
    assert 29 < Deadline().remaining_s() <= 30
    assert Deadline(0).remaining_s() == Deadline(-1).remaining_s() == 0


@pytest.mark.usefixtures("fresh_gitpython")
class TestGitPython:
    def test_it_is_used(self, repo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        import git

        started = []
        execute = git.Git.execute

        def watched(self: git.Git, command: Any, *args: Any, **kwargs: Any) -> Any:
            started.append(command)
            return execute(self, command, *args, **kwargs)

        monkeypatch.setattr(git.Git, "execute", watched)
        run_git(["status"], repo.root, Deadline())
        assert started == [["git", "-C", str(repo.root), "status"]]

    def test_a_mock_in_its_place(
        self, repo: Any, monkeypatch: pytest.MonkeyPatch, fake_module: Callable[[str], ModuleType]
    ) -> None:
        monkeypatch.setitem(sys.modules, "git", fake_module("git"))
        assert process._gitpython() is None
        assert run_git(["status"], repo.root, Deadline()).status == 0

    def test_its_own_parts_mocked(
        self, repo: Any, monkeypatch: pytest.MonkeyPatch, fake_module: Callable[[str], ModuleType]
    ) -> None:
        class Finder:
            @staticmethod
            def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
                return ModuleSpec(name, Loader()) if name.split(".")[0] in {"gitdb", "smmap"} else None  # type: ignore[arg-type]

        class Loader:
            @staticmethod
            def create_module(spec: ModuleSpec) -> ModuleType:
                return fake_module(spec.name)

            @staticmethod
            def exec_module(module: ModuleType) -> None:
                module.__path__ = []

        saved = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_git(name)}
        monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
        try:
            assert run_git(["status"], repo.root, Deadline()).status == 0
        finally:
            for name in [name for name in sys.modules if _is_git(name)]:
                del sys.modules[name]
            sys.modules.update(saved)

    @pytest.mark.parametrize("answers", [True, False])
    def test_the_environment_is_left_alone(self, answers: bool, tmp_path: Path) -> None:
        """A job that another thread starts during the import gets the environment too."""
        git = tmp_path / "bin" / "git"  # in a plain folder: some characters mean something in PATH
        git.parent.mkdir()
        git.write_text(f"#!/bin/sh\necho git version 2.40.0\nexit {0 if answers else 1}\n")
        git.chmod(0o755)
        code = "import os, sys; from pathlib import Path; from xpm_git import process\n"
        code += "before = dict(os.environ)\n"
        code += "sys.addaudithook(lambda name, _: name != 'os.putenv' or print('changed'))\n"
        code += "print(process._gitpython() is not None, os.environ == before)\n"
        code += "print(process.run_git(['version'], Path.cwd(), process.Deadline()).status)"
        environ = {**os.environ, "PATH": str(git.parent)}
        environ.pop("GIT_PYTHON_REFRESH", None)
        done = subprocess.run(
            [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout.split() == [str(answers), "True", "0" if answers else "1"]


def _is_git(name: str) -> bool:
    return name.split(".")[0] in {"git", "gitdb", "smmap"}
