"""Settings, folders, the task's environment, checks of attributes, and what this version refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import experimaestro.rpyc
from experimaestro.copy_experiment import list_experiments, list_runs
from experimaestro.exceptions import HandledException
from experimaestro.settings import Settings, WorkspaceSettings, get_workspace
from experimaestro.taskglobals import Env
from experimaestro.utils import cleanupdir, logger
from experimaestro.utils.config import validate_attrs
from experimaestro.utils.settings import JsonSettings
from xpm_tasks.errors import NotAnInstanceError
from xpm_workspace.errors import NotAWorkspace, SettingsError
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import create_run

# --- Settings


def test_get_workspace(workdir: Path) -> None:
    settings = Settings(
        workspaces=[
            WorkspaceSettings(id="one", path=workdir),
            WorkspaceSettings(id="two", path=workdir / "2"),
        ]
    )
    assert get_workspace("two", settings=settings).path == workdir / "2"
    assert get_workspace(settings=settings).id == "one"
    assert get_workspace(workdir=workdir, settings=settings).id == "one"
    with pytest.raises(SettingsError, match="did you mean 'two'"):
        get_workspace("tow", settings=settings)


def test_json_settings(workdir: Path) -> None:
    path = workdir / "a" / "settings.json"
    settings = JsonSettings(path)
    assert not settings and not path.exists()
    settings["datasets.folder"] = "/data"
    settings["été"] = [1]
    assert JsonSettings(path)["datasets.folder"] == "/data"
    assert dict(JsonSettings(path)) == {"datasets": {"folder": "/data"}, "été": [1]}
    settings["été"].append(2)
    settings.save()
    assert json.loads(path.read_text())["été"] == [1, 2]
    assert settings.get("datasets.other", 3) == 3
    del settings["datasets.folder"]
    assert "datasets.folder" not in JsonSettings(path)
    with pytest.raises(KeyError):
        del settings["datasets.folder"]
    with pytest.raises(KeyError, match="été is a value"):
        settings["été.x"] = 1


@pytest.mark.parametrize("content", ["[]", "{", "null"])
def test_json_settings_that_are_none(workdir: Path, content: str) -> None:
    (workdir / "s.json").write_text(content)
    with pytest.raises(ValueError, match=r"s\.json"):
        JsonSettings(workdir / "s.json")


# --- Folders


def test_cleanupdir(workdir: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (workdir / "folder").mkdir()
    (workdir / "folder" / "file").touch()
    (workdir / "file").touch()
    (workdir / "link").symlink_to(kept)
    cleanupdir(workdir)
    assert list(workdir.iterdir()) == [] and (kept / "file").exists()
    cleanupdir(str(workdir / "new" / "folder"))
    assert (workdir / "new" / "folder").is_dir()
    (workdir / "link").symlink_to(kept)
    with pytest.raises(NotADirectoryError):
        cleanupdir(workdir / "link")
    with pytest.raises(NotADirectoryError):
        cleanupdir(kept / "file")
    assert (kept / "file").exists()


def test_experiments_and_runs(workdir: Path) -> None:
    with pytest.raises(NotAWorkspace):
        list_experiments(workdir)
    layout = WorkspaceLayout(workdir)
    layout.create()
    assert list_experiments(workdir) == []
    first = create_run(layout, "b")
    first.end("done")
    second = create_run(layout, "b")
    second.end("done")
    create_run(layout, "a").end("failed")
    assert list_experiments(str(workdir)) == list_experiments(layout) == ["a", "b"]
    assert list_runs(workdir, "b") == [first.run_id, second.run_id]
    assert list_runs(workdir, "absent") == []


# --- The job


@pytest.fixture
def env() -> Iterator[Env]:
    yield Env.instance()
    Env.instance().taskpath = Env.instance().wspath = None


def test_env_outside_a_job(env: Env, tmp_path: Path) -> None:
    with pytest.raises(NotAnInstanceError, match=r"Env\.taskpath is known inside a job only"):
        _ = env.taskpath
    with pytest.raises(NotAnInstanceError):
        _ = env.wspath
    env.taskpath, env.wspath = tmp_path / "job", tmp_path
    assert (Env.instance().taskpath, Env.instance().wspath) == (tmp_path / "job", tmp_path)


# --- Attributes


@validate_attrs
@dataclass
class Options:
    rate: float
    names: list[str]
    folder: Path | None = None
    other: Any = None


def test_attributes_of_a_dataclass() -> None:
    made = Options(1, ["a"])
    assert validate_attrs(made) is made and made.rate == 1
    with pytest.raises(TypeError, match=r"Options\.names\[1\] must be str, not 2"):
        Options(0.1, ["a", 2])  # type: ignore[list-item]
    made.folder = "x"  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"Options\.folder must be Path"):
        validate_attrs(made)


def test_attributes_of_an_attrs_class() -> None:
    attrs = pytest.importorskip("attrs")

    class Thing:
        pass

    made = validate_attrs(
        attrs.make_class("Made", {"x": attrs.field(type=int), "y": attrs.field(type=Thing)})
    )
    assert made(1, Thing()).x == 1
    with pytest.raises(TypeError, match=r"Made\.x must be int"):
        made("1", Thing())
    with pytest.raises(TypeError, match=r"Made\.y must be .*Thing"):
        made(1, 2)


def test_other_classes_have_no_attributes() -> None:
    with pytest.raises(TypeError, match="neither an attrs class nor a dataclass"):
        validate_attrs(type("Plain", (), {}))
    with pytest.raises(TypeError, match="neither"):
        validate_attrs(3)


# --- The rest


def test_the_logger_is_the_root_of_ours() -> None:
    assert logger.name == "xpm"


def test_handled_exceptions_are_ordinary_ones() -> None:
    assert issubclass(HandledException, Exception)


def test_rpyc_says_that_it_is_not_there() -> None:
    with pytest.raises(ImportError, match="runs no jobs over RPyC"):
        from experimaestro.rpyc import RPyCLauncher  # noqa: F401
    assert not hasattr(experimaestro.rpyc, "__path__")


def test_mypy_plugin() -> None:
    mypy_plugin = pytest.importorskip("mypy.plugin")
    from experimaestro.mypy import plugin

    assert issubclass(plugin("1.0"), mypy_plugin.Plugin)
