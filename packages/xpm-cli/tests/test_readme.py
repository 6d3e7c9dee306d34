"""The example of the README works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Command, Sample

_README = (Path(__file__).parents[1] / "README.md").read_text()


def block(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", _README, re.DOTALL)
    text: str = found
    return text


def test_a_command_of_another_package(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "my_package"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "commands.py").write_text(block("python"))
    info = tmp_path / "site" / "my_package-1.dist-info"
    info.mkdir()
    section, target = block("toml").strip().splitlines()
    name = re.sub(r'.*"(.*)".*', r"\1", section)
    (info / "entry_points.txt").write_text(f"[{name}]\n{target.replace(chr(34), '')}\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert command("my-command", "you") == (0, "hello you\n", "")


def test_the_commands_exist(command: Command, sample: Sample) -> None:
    for line in block("sh").splitlines():
        words = line.partition("#")[0].split()[1:]
        if words[0] == "run-experiment":
            assert command("run-experiment", "--help").code == 0
            continue
        words = [str(sample.layout.root) if word == "results" else word for word in words]
        words = ["0101" if word == "3f2a" else word for word in words]
        assert command(*words).out, line
