"""`experiments monitor`, and the monitors of `run-experiment`; what is shown is a stand-in."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from xpm_workspace.errors import NotAWorkspace
from xpm_workspace.frontends import Options, Target

if TYPE_CHECKING:
    from conftest import Command, Sample


class StandIn:
    """A frontend that notes what it is asked to show."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str | None, Options, int]] = []
        self.open = 0

    def _note(self, target: Target, options: Options) -> None:
        count = target.monitor.jobs(total=True).total or 0
        self.shown.append((target.title, target.experiment_id, options, count))

    def show(self, target: Target, options: Options) -> int:
        self._note(target, options)
        if options.on_ready is not None:
            options.on_ready("http://127.0.0.1:1/?token=t")
        return 7

    def start(self, target: Target, options: Options) -> StandIn:
        self._note(target, options)
        self.open += 1
        return self

    url = "http://127.0.0.1:1/?token=t"

    def close(self) -> None:
        self.open -= 1

    def host(self, target: Callable[[], Target], work: Callable[[], int]) -> int:
        with pytest.raises(NotAWorkspace):
            target()
        code = work()
        opened = target()
        self._note(opened, Options())
        opened.monitor.close()
        return code


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A frontend that is installed as `web` and as `console`."""
    frontend = StandIn()
    module = types.ModuleType("stand_in_frontend")
    module.frontend = frontend  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    install(monkeypatch, web="stand_in_frontend:frontend", console="stand_in_frontend:frontend")
    yield frontend
    assert frontend.open == 0


def install(monkeypatch: pytest.MonkeyPatch, **frontends: str) -> None:
    group = "experimaestro.monitors"
    known = [importlib.metadata.EntryPoint(name, value, group) for name, value in frontends.items()]
    real = importlib.metadata.entry_points

    def entry_points(**asked: Any) -> Any:
        return known if asked == {"group": group} else real(**asked)

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project in the current folder."""
    folder = tmp_path / "pro ject é"
    folder.mkdir()
    code = "def run(helper, cfg): print(helper.xp.monitor_url)\n"
    (folder / "shown_exp.py").write_text(code)
    (folder / "main.yaml").write_text("id: x\nfile: shown_exp\n")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", sys.path[:])
    environ = dict(os.environ)
    yield folder
    sys.modules.pop("shown_exp", None)
    for variable in set(os.environ) - set(environ):
        del os.environ[variable]


def test_the_browser_by_default(sample: Sample, command: Command, stand_in: StandIn) -> None:
    root = sample.layout.root
    done = command("experiments", "monitor", "--workdir", root, "--port", 8080, "--host", "node", "--sync")
    assert (done.code, done.out) == (7, "http://127.0.0.1:1/?token=t\n")
    assert "open this address" in done.err
    ((title, experiment, options, jobs),) = stand_in.shown
    assert (title, experiment, jobs) == (str(root), None, 4)
    assert (options.port, options.host, options.token) == (8080, "node", None)


def test_the_terminal_if_asked_for(sample: Sample, command: Command, stand_in: StandIn) -> None:
    assert command("experiments", "monitor", "--workdir", sample.layout.root, "--console").code == 7
    both = command("experiments", "monitor", "--workdir", sample.layout.root, "--console", "--port", 1)
    assert (both.code, len(stand_in.shown)) == (2, 1)
    assert "--port and --host are for the web monitor" in both.err


def test_what_is_not_installed(
    sample: Sample, project: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    for words, package in (
        (["experiments", "monitor", "--workdir", sample.layout.root], "xpm-web"),
        (["experiments", "monitor", "--workdir", sample.layout.root, "--console"], "xpm-tui"),
        (["run-experiment", "--workdir", "w", "--web", "main"], "xpm-web"),
        (["run-experiment", "--workdir", "w", "--console", "main"], "xpm-tui"),
    ):
        done = command(*words)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done.err
        assert done.err.endswith(f"(installed: none); pip install {package}\n")
    assert not (project / "w").exists()


def test_a_monitor_that_cannot_be_imported(
    sample: Sample, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, web="no_such_module:frontend")
    done = command("experiments", "monitor", "--workdir", sample.layout.root)
    assert done.code == 2
    assert "the monitor 'web' cannot be used: No module named 'no_such_module'" in done.err


@pytest.mark.parametrize(
    ("words", "host", "port"),
    [(["--web"], None, 0), (["--port", "8080"], None, 8080), (["--host", "0.0.0.0"], "0.0.0.0", 0)],
)
def test_a_page_while_it_runs(
    project: Path, command: Command, stand_in: StandIn, words: list[str], host: str | None, port: int
) -> None:
    done = command("run-experiment", "--workdir", "w", *words, "main")
    assert (done.code, done.out) == (0, "http://127.0.0.1:1/?token=t\n")
    assert "web monitor: http://127.0.0.1:1/?token=t\n" in done.err
    ((title, experiment, options, _),) = stand_in.shown
    assert (title, experiment) == (str(project / "w"), "x")
    assert (options.host, options.port) == (host, port)


def test_no_page_if_it_was_not_asked_for(project: Path, command: Command, stand_in: StandIn) -> None:
    done = command("run-experiment", "--workdir", "w", "main")
    assert (done.code, done.out, stand_in.shown) == (0, "None\n", [])
    assert command("run-experiment", "--workdir", "v", "--web", "--run-mode", "DRY_RUN", "main").code == 0
    assert stand_in.shown == []  # nothing runs


def test_the_terminal_while_it_runs(project: Path, command: Command, stand_in: StandIn) -> None:
    done = command("run-experiment", "--workdir", "w", "--console", "main")
    assert (done.code, done.out) == (0, "None\n")
    assert [(title, experiment) for title, experiment, _, _ in stand_in.shown] == [(str(project / "w"), "x")]


def test_a_terminal_that_cannot_do_that(
    project: Path, command: Command, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(StandIn, "host")
    done = command("run-experiment", "--workdir", "w", "--console", "main")
    assert done.code == 2
    assert "cannot show an experiment that it runs" in done.err
