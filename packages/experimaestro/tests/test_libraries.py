"""Libraries written on top of 2.x: a manager of datasets and a domain library, used as people use them.

They are in `library/`: real packages, with an experiment and pages.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from experimaestro.tools.documentation import DocumentationAnalyzer

LIBRARY = Path(__file__).parent / "library"
BEST = {"burning": "the tyger burning bright", "road": "the road not taken"}


@pytest.fixture
def library(workdir: Path) -> Path:
    """The libraries, the settings and the data of someone who uses them."""
    folder = workdir / "library"
    shutil.copytree(LIBRARY, folder, ignore=shutil.ignore_patterns("__pycache__"))
    data = folder / "data"
    for name, text in (
        ("poems/poems.txt", "the raven\nthe tyger burning bright\nthe road not taken\n"),
        ("titles/queries.txt", "burning\nroad\n"),
    ):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(text)
    (folder / "settings.json").write_text(json.dumps({"folders": {"data": str(data)}}))
    return folder


@pytest.fixture
def imported(library: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The libraries can be imported in this process; they are forgotten at the end."""
    monkeypatch.syspath_prepend(str(library))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield
    for name in [name for name in sys.modules if name.split(".")[0] in ("corpora", "ranking")]:
        del sys.modules[name]


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=cwd, capture_output=True, text=True, timeout=120, env=environment, check=False,
    )  # fmt: skip


def test_an_experiment(library: Path) -> None:
    done = run("xpm_cli", "run-experiment", "--workdir", "ws", "full.yaml", cwd=library)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"epochs=1": BEST, "epochs=2": BEST}
    logs = [path.read_text() for path in (library / "ws" / "jobs").glob("ranking.learning.learn/*/log.txt")]
    assert sorted(logs) == [f"True 2 [('epochs', {epochs})]" for epochs in (1, 2)]
    again = run("xpm_cli", "run-experiment", "--workdir", "ws", "full.yaml", cwd=library)
    assert again.stdout == done.stdout and "nothing was executed" in again.stderr


def test_types(library: Path) -> None:
    """`mypy --strict`, with the plugin that does nothing."""
    pytest.importorskip("mypy")
    command = ("mypy", "--config-file", "mypy.ini", "--cache-dir", "cache", "corpora", "ranking")
    done = run(*command, "experiment.py", cwd=library)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pages(library: Path) -> None:
    pytest.importorskip("sphinx")
    done = run("sphinx", "-q", "-b", "text", "docs", "out", cwd=library)
    assert done.returncode == 0 and not done.stderr, done.stderr
    text = " ".join((library / "out" / "index.txt").read_text().split())
    assert 'class ranking.scorers.WordScorer Bases: "Scorer" Counts the words in common. Parameters:' in text
    assert '**smoothing** (*float*) -- Added to each count (default: "0.0")' in text


def test_the_pages_are_complete(imported: None, library: Path) -> None:
    analyzer = DocumentationAnalyzer(library / "docs", ["ranking", "corpora"], ["corpora.catalogue"])
    analyzer.analyze()
    assert " ".join(path.rpartition(".")[2] for path in analyzer.undocumented) == (
        "Base Documents File Iterable Evaluate Scorer"
    )
    assert not analyzer.errors and not analyzer.unknown
