"""Whatever is wrong with a configuration, `run-experiment` says it in one readable line and exits with 2."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from xpm_cli.main import main

_TABLE = runpy.run_path(
    str(Path(__file__).parents[1] / "packages" / "xpm-config" / "tests" / "bad_configurations.py")
)
Files = dict[str, "str | bytes"]
Case = tuple[str, Files, list[str], list[str]]

GOOD = "id: x\n"


def code(text: str) -> Files:
    return {"main.yaml": GOOD, "experiment.py": text}


#: What only the command line can find: mistakes in the user's modules and in its own options.
OWN: list[Case] = [
    ("no run", code("x = 1"), ["main"], ["experiment.py has no function `run`", "def run(helper, cfg)"]),
    ("run is a number", code("run = 3"), ["main"], ["`run` in", "is not a function"]),
    ("run of one", code("def run(helper): pass"), ["main"], ["takes 1 parameter instead of two"]),
    ("run of three", code("def run(a, b, c): pass"), ["main"], ["takes 3 parameters instead of two"]),
    ("run of keywords", code("def run(a, *, cfg): pass"), ["main"], ["instead of two"]),
    (
        "annotation unknown",
        code("def run(a, cfg: 'Missing'): pass"),
        ["main"],
        ["annotations of `run`", "Missing"],
    ),
    (
        "annotation a list",
        code("def run(a, cfg: list[int]): pass"),
        ["main"],
        ["'cfg' is not a configuration class"],
    ),
    ("syntax error", code("def run(:\n"), ["main"], ["experiment.py failed: SyntaxError"]),
    (
        "import error",
        code("import no_such_module_at_all"),
        ["main"],
        ["No module named 'no_such_module_at_all'"],
    ),
    ("raises", code("1 / 0"), ["main"], ["experiment.py failed: ZeroDivisionError"]),
    ("exits", code("import sys; sys.exit(5)"), ["main"], ["called sys.exit(5)"]),
    (
        "pre-experiment raises",
        {**code("def run(a, b): pass"), "main.yaml": "id: x\npre_experiment: pre.py\n", "pre.py": "[][1]"},
        ["main"],
        ["the pre-experiment", "pre.py failed: IndexError"],
    ),
    (
        "pre-experiment module missing",
        {**code("def run(a, b): pass"), "main.yaml": "id: x\npre_experiment: not_there.pre\n"},
        ["main"],
        ["the pre-experiment not_there.pre failed: ModuleNotFoundError"],
    ),
    (
        "module missing",
        {"main.yaml": "id: x\nmodule: not_there.experiment\n"},
        ["main"],
        ["the module not_there.experiment failed: ModuleNotFoundError"],
    ),
    (
        "named as a standard module",
        {"main.yaml": "id: x\nfile: token\n", "token.py": "def run(a, b): pass"},
        ["main"],
        ["has the name of another module, 'token': rename the file"],
    ),
    ("more arguments", code("def run(a, b): pass"), ["main", "more"], ["unexpected arguments", "more"]),
    ("origin alone", {"main.yaml": GOOD}, ["--origin", "main"], ["--origin goes with --show"]),
    ("unknown mode", {"main.yaml": GOOD}, ["--run-mode", "FAST", "main"], ["is not one of", "dry_run"]),
    ("no yaml", {}, [], ["Missing argument 'YAML'"]),
    ("unknown workspace", code("def run(a, b): pass"), ["--workspace", "nope", "main"], ["nope"]),
    ("misspelt option", {"main.yaml": GOOD}, ["--run-mod", "NORMAL", "main"], ["--run-mode"]),
]
CASES: list[Case] = [*_TABLE["CASES"], *OWN]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, and an interpreter that is left as it was."""
    folder = tmp_path / 'it\'s a "strange" pl àce'
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no settings"))
    monkeypatch.setattr(sys, "path", sys.path[:])
    modules = set(sys.modules)
    yield folder
    for name in set(sys.modules) - modules:
        if name in ("experiment", "token", "run", "main") or name.startswith("__xpm"):
            del sys.modules[name]


def write(folder: Path, files: Files) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        elif content.startswith("-> "):
            path.symlink_to(content[3:])
        else:
            path.write_text(content)


@pytest.mark.parametrize(("name", "files", "arguments", "parts"), CASES, ids=[case[0] for case in CASES])
def test_one_line_and_exit_code_2(
    folder: Path,
    capfd: pytest.CaptureFixture[str],
    name: str,
    files: Files,
    arguments: list[str],
    parts: list[str],
) -> None:
    write(
        folder,
        {"experiment.py": _TABLE["EXPERIMENT"] + "\ndef run(helper, cfg: Configuration): pass\n", **files},
    )
    workdir = folder.parent / "work"
    with pytest.raises(SystemExit) as left:
        main(["run-experiment", "--workdir", str(workdir), *arguments])
    stdout, stderr = capfd.readouterr()
    assert left.value.code == 2, stderr
    assert stdout == ""
    assert "Traceback" not in stderr
    *_, last = stderr.splitlines()
    assert last.startswith("error: ")
    for part in parts:
        assert part in last
    if name != "more arguments":
        assert not workdir.exists(), "nothing was created"


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 80
