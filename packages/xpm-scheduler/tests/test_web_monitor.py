from __future__ import annotations

import importlib.metadata
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from xpm_scheduler import experiment
from xpm_workspace.errors import NoFrontend
from xpm_workspace.frontends import Options, Target


class StandIn:
    """A frontend that notes what it is asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.problem: Exception | None = None

    def start(self, target: Target, options: Options) -> StandIn:
        self.calls.append((target.experiment_id, options.host, options.port, options.token))
        if self.problem is not None:
            raise self.problem
        (record,) = target.monitor.experiments()
        assert record.run is not None and record.run.status == "running"
        return self

    url = "http://127.0.0.1:1/?token=t"

    def close(self) -> None:
        self.calls.append(("closed",))


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The installed web monitor."""
    frontend = StandIn()
    module = types.ModuleType("stand_in_web")
    module.frontend = frontend  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    group = "experimaestro.monitors"
    real = importlib.metadata.entry_points
    known = [importlib.metadata.EntryPoint("web", "stand_in_web:frontend", group)]
    monkeypatch.setattr(
        importlib.metadata,
        "entry_points",
        lambda **asked: known if asked == {"group": group} else real(**asked),
    )
    return frontend


def test_it_serves_while_the_experiment_runs(stand_in: StandIn, tmp_path: Path) -> None:
    told = {"host": "node", "port": 8080, "token": "a long secret"}
    with experiment(tmp_path / "w", "xp", report=False, project_paths=[tmp_path], **told) as xp:  # type: ignore[arg-type]
        assert xp.monitor_url == "http://127.0.0.1:1/?token=t"
        assert stand_in.calls == [("xp", "node", 8080, "a long secret")]
    assert stand_in.calls[1:] == [("closed",)]


def test_it_ends_with_an_exception_too(stand_in: StandIn, tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        experiment(tmp_path / "w", "xp", port=0, report=False, project_paths=[tmp_path]),
    ):
        raise ZeroDivisionError
    assert stand_in.calls[-1] == ("closed",)


def test_nothing_without_a_port(stand_in: StandIn, tmp_path: Path) -> None:
    with experiment(tmp_path / "w", "xp", report=False, project_paths=[tmp_path]) as xp:
        assert xp.monitor_url is None
    assert stand_in.calls == []


def test_an_address_that_is_taken_ends_the_run(stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.problem = OSError("the port is taken")
    taken = experiment(tmp_path / "w", "xp", port=8080, report=False, project_paths=[tmp_path])
    with pytest.raises(OSError, match="the port is taken"):
        taken.__enter__()
    with experiment(tmp_path / "w", "xp", report=False, project_paths=[tmp_path]):
        pass  # the lock is free


def test_what_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **asked: [])
    with pytest.raises(NoFrontend, match=r"no monitor .web. \(installed: none\); pip install xpm-web"):
        experiment(tmp_path / "w", "xp", port=0)
    assert not (tmp_path / "w").exists()
