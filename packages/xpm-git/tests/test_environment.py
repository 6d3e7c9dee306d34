from __future__ import annotations

import importlib.metadata
import json
import os
import re
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xpm_git import Environment, capture_environment, git_state
from xpm_git import environment as environment_module
from xpm_git.packages import InstalledPackage


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> list[InstalledPackage]:
    """The packages that are found; a test adds to them."""
    found = [InstalledPackage(name="numpy", version="1.26.4")]
    monkeypatch.setattr(environment_module, "installed_packages", lambda: found)
    return found


def repositories(environment: Environment) -> dict[str, Any]:
    return {record["root"]: record for record in json.loads(environment.to_json())["repositories"]}


def test_the_machine() -> None:
    values = json.loads(capture_environment().to_json())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", values["captured_at"])
    assert values["version"] == 1
    assert values["hostname"] == socket.gethostname()
    assert values["python"] == {
        "version": sys.version.split()[0],
        "implementation": "cpython",
        "executable": sys.executable,
        "prefix": sys.prefix,
    }
    assert values["platform"]["system"] in ("Linux", "Darwin")
    assert set(values["platform"]) == {"system", "release", "machine"}
    assert values["packages"]["gitpython"] == importlib.metadata.version("gitpython")
    assert values["projects"] == []


def test_projects(repo: Any, folder: Path, packages: list[InstalledPackage]) -> None:
    repo.write("a/new.py")
    repo.git("remote", "add", "origin", "https://me:secret@example.org/code.git")
    environment = capture_environment([repo.root / "a", str(repo.root / "code.py"), folder])
    assert [(project.path, project.repository) for project in environment.projects] == [
        (repo.root / "a", repo.root),
        (repo.root / "code.py", repo.root),
        (folder, None),
    ]
    (record,) = environment.repositories
    assert record.state == git_state(repo.root) and record.diff is None
    assert repositories(environment)[str(repo.root)] == {
        "root": str(repo.root),
        "branch": "main",
        "commit": repo.git("rev-parse", "HEAD"),
        "dirty": True,
        "modified": 0,
        "untracked": 1,
        "changed": ["a/"],
        "dirty_submodules": [],
        "remote": "https://example.org/code.git",
        "problem": None,
        "diff": None,
    }
    assert "secret" not in environment.to_json()


def test_editable_packages(
    repo: Any, make_repo: Callable[..., Any], folder: Path, packages: list[InstalledPackage]
) -> None:
    library = make_repo("library")
    library.commit("src/one/a.py")
    library.commit("src/two/a.py")
    sources = {"one": library.root / "src" / "one", "two": library.root / "src" / "two", "bare": folder}
    for name, source in sources.items():
        packages.append(InstalledPackage(name=name, version="1.0", source=source))
    values = json.loads(capture_environment([repo.root]).to_json())
    assert values["editable"] == [
        {"name": "one", "version": "1.0", "path": f"{library.root}/src/one", "repository": str(library.root)},
        {"name": "two", "version": "1.0", "path": f"{library.root}/src/two", "repository": str(library.root)},
        {"name": "bare", "version": "1.0", "path": str(folder), "repository": None},
    ]
    assert [record["root"] for record in values["repositories"]] == [str(repo.root), str(library.root)]
    assert values["packages"] == {"numpy": "1.26.4", "one": "1.0", "two": "1.0", "bare": "1.0"}


def test_diff_on_request(repo: Any, make_repo: Callable[..., Any], packages: list[InstalledPackage]) -> None:
    clean = make_repo("clean")
    clean.commit()
    repo.write("code.py", "x = 2\n")
    found = repositories(capture_environment([repo.root, clean.root], diff=True))
    assert found[str(clean.root)]["diff"] is None
    diff = found[str(repo.root)]["diff"]
    assert (diff["encoding"], diff["omitted"], diff["truncated"]) == ("utf-8", [], False)
    assert diff["patch"].endswith("-x = 1\n+x = 2\n")
    small = capture_environment([repo.root], diff=True, max_diff_bytes=20).repositories[0].diff
    assert small is not None and small.patch == b"" and small.truncated


def test_what_is_ignored_on_request(repo: Any, packages: list[InstalledPackage]) -> None:
    repo.write("runs/xp/new.txt", "result\n")
    (clean,) = capture_environment([repo.root], ignore=[str(repo.root / "runs")], diff=True).repositories
    assert not clean.state.dirty and clean.diff is None
    repo.write("code.py", "x = 2\n")
    (record,) = capture_environment([repo.root], ignore=[repo.root / "runs"], diff=True).repositories
    assert record.state.untracked == 0 and record.diff is not None
    assert b"+x = 2" in record.diff.patch and b"result" not in record.diff.patch


def test_submodules_have_a_diff_of_their_own(
    repo: Any, make_repo: Callable[..., Any], packages: list[InstalledPackage]
) -> None:
    outer = make_repo("outer")
    outer.git("submodule", "--quiet", "add", str(repo.root), "libs/été")
    outer.git("submodule", "--quiet", "add", str(repo.root), "libs/clean")
    outer.commit("main.py")
    outer.write("libs/été/code.py", "x = 2\n")
    found = repositories(capture_environment([outer.root], diff=True))
    assert list(found) == [str(outer.root), str(outer.root / "libs" / "été")]
    assert "+x = 2" in found[str(outer.root / "libs" / "été")]["diff"]["patch"]
    assert found[str(outer.root)]["diff"]["patch"] == ""


def test_a_repository_with_a_problem(
    repo: Any, packages: list[InstalledPackage], monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo.root / ".git" / "index").write_bytes(b"nonsense")
    (record,) = repositories(capture_environment([repo.root], diff=True)).values()
    assert record["dirty"] and "index" in record["problem"] and record["diff"] is None


@pytest.mark.usefixtures("without_git")
def test_no_git(folder: Path, packages: list[InstalledPackage]) -> None:
    (folder / ".git").mkdir()
    (record,) = repositories(capture_environment([folder], diff=True)).values()
    assert record["problem"] == "there is no 'git' command on the PATH"


def test_no_answer_in_time(
    repo: Any,
    make_repo: Callable[..., Any],
    packages: list[InstalledPackage],
    fake_git: Callable[[str], None],
) -> None:
    paths = [repo.root, make_repo("a").root, make_repo("b").root, make_repo("c").root]
    fake_git("sleep 600")
    start = time.perf_counter()
    found = repositories(capture_environment(paths, timeout_s=0.1))
    assert time.perf_counter() - start < 5  # one deadline for all
    assert all("no answer within 0.1 s" in record["problem"] for record in found.values()) and len(found) == 4


class TestWrite:
    @pytest.fixture
    def environment(self, packages: list[InstalledPackage]) -> Environment:
        return capture_environment()

    def test_a_new_file(self, environment: Environment, folder: Path) -> None:
        umask = os.umask(0o027)
        try:
            environment.write(folder / "environment.json")
        finally:
            os.umask(umask)
        assert os.listdir(folder) == ["environment.json"]
        assert (folder / "environment.json").read_text() == environment.to_json()
        assert (folder / "environment.json").stat().st_mode & 0o777 == 0o640

    def test_instead_of_another(self, environment: Environment, folder: Path) -> None:
        (folder / "environment.json").write_text("before")
        environment.write(str(folder / "environment.json"))
        assert json.loads((folder / "environment.json").read_text()) == environment.to_dict()

    def test_a_failure_leaves_what_was_there(
        self, environment: Environment, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "environment.json").write_text("before")

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            environment.write(folder / "environment.json")
        assert os.listdir(folder) == ["environment.json"]
        assert (folder / "environment.json").read_text() == "before"

    def test_no_folder(self, environment: Environment, folder: Path) -> None:
        with pytest.raises(FileNotFoundError):
            environment.write(folder / "missing" / "environment.json")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are text")
def test_paths_that_are_no_text(folder: Path, packages: list[InstalledPackage]) -> None:
    path = folder / os.fsdecode(b"latin-\xe9")
    (path / ".git").mkdir(parents=True)
    values = json.loads(capture_environment([path]).to_json())
    assert values["projects"] == [{"path": f"{folder}/latin-\\xe9", "repository": None}]


def test_it_is_quick(repo: Any) -> None:
    durations = []
    for _ in range(3):
        start = time.perf_counter()
        capture_environment([repo.root])
        durations.append(time.perf_counter() - start)
    assert min(durations) < 2  # about 20 ms on a quiet machine, once GitPython is loaded
