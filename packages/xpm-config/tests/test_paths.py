from __future__ import annotations

import os
from pathlib import Path

import pytest

from xpm_config.paths import default_pythonpath, is_python_file, resolve_path, resolve_python_file


@pytest.mark.parametrize(
    ("module", "up"),
    [("experiment", "."), ("first_stage.experiment", ".."), ("first_stage.sub.experiment", "../..")],
)
def test_default_pythonpath(module: str, up: str) -> None:
    folder = Path("/p/q/first_stage/sub")
    assert default_pythonpath(module, folder) == Path(os.path.normpath(folder / up))


def test_relative_paths() -> None:
    assert resolve_path("../x", Path("/a/b")) == Path("/a/x")
    assert resolve_path("/x", Path("/a/b")) == Path("/x")
    assert resolve_path("~/x", Path("/a/b")) == Path.home() / "x"


def test_python_file_with_or_without_suffix(folder: Path) -> None:
    (folder / "exp.py").touch()
    (folder / "plain").touch()
    (folder / "exp").mkdir()
    assert resolve_python_file("exp", folder) == folder / "exp.py"
    assert resolve_python_file("exp.py", folder) == folder / "exp.py"
    assert resolve_python_file("plain", folder) == folder / "plain"
    assert resolve_python_file("exp.v2", folder) == folder / "exp.v2.py"
    assert resolve_python_file("sub/none", folder) == folder / "sub" / "none.py"


@pytest.mark.parametrize(
    ("name", "file"),
    [("a.py", True), ("a/b", True), ("./a", True), ("a.b", False), ("a", False), ("py", False)],
)
def test_is_python_file(name: str, file: bool) -> None:
    assert is_python_file(name) is file
