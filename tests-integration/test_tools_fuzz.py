"""`tools/xpm fuzz`: only the tests that draw examples, and more of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from xpm_tools import fuzz, main, paths

TESTS = """
from pathlib import Path
import pytest
from hypothesis import given, settings, strategies as st

def tell(name):
    with (Path(__file__).parent / name).open("a") as file:
        file.write(".")

def test_plain():
    tell("plain")

@given(st.integers())
def test_usual(number):
    tell("usual")

class TestFew:
    @pytest.mark.parametrize("case", [1, 2])
    @given(number=st.integers())
    @settings(max_examples=7)
    def test_few(self, case, number):
        tell(f"few {case}")
"""


def test_what_draws_examples_draws_more(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    environment = os.environ | {fuzz.TIMES: "3", "PYTHONPATH": str(paths.ROOT / "tools")}
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "xpm_tools.fuzz", "-p", "no:cacheprovider", "."]
    done = subprocess.run(pytest, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    drawn = {
        path.name: path.stat().st_size for path in tmp_path.iterdir() if path.is_file() and not path.suffix
    }
    assert drawn == {"usual": 300, "few 1": 21, "few 2": 21}


def test_the_packages_and_the_seed_are_told_to_pytest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[tuple[list[str], dict[str, str]]] = []
    codes = iter((0, fuzz.NO_TEST, 1))

    def call(command: list[str], *, env: dict[str, str]) -> int:
        called.append((command, env))
        return next(codes)

    monkeypatch.setattr(main, "go_on_in_tools", lambda arguments: None)
    monkeypatch.setattr(fuzz, "ensure_environment", lambda: Path("python"))
    monkeypatch.setattr(fuzz, "call", call)
    assert main.main(["fuzz", "xpm-git", "--seed", "5", "--times", "2"]) == 0
    assert main.main(["fuzz"]) == 0
    assert main.main(["fuzz"]) == 1
    (command, environment), *others = called
    assert command[-1] == "packages/xpm-git/tests"
    assert "--hypothesis-seed=5" in command
    assert environment[fuzz.TIMES] == "2"
    seeds = [option for command, _ in others for option in command if option.startswith("--hypothesis-seed")]
    assert len(set(seeds)) == 2
    said = capsys.readouterr().err
    assert all(seed.partition("=")[2] in said for seed in seeds)


def test_an_unknown_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "go_on_in_tools", lambda arguments: None)
    assert main.main(["fuzz", "xpm-gti"]) == 1


def test_no_examples_at_all_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "go_on_in_tools", lambda arguments: None)
    assert main.main(["fuzz", "--times", "0"]) == 1
    assert "--times 0: it must be 1 or more" in capsys.readouterr().err
