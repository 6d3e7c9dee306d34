"""Configurations on a hub, which is a folder here."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from experimaestro import Config, DataPath, Param
from experimaestro.huggingface import ExperimaestroHFHub


class Model(Config):
    layers: Param[int]
    weights: DataPath


@pytest.fixture
def model(workdir: Path) -> Model:
    (workdir / "weights.bin").write_text("1 2 3")
    return Model.C(layers=3, weights=workdir / "weights.bin")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A module `huggingface_hub` with what is used of it; returns what it was asked."""
    asked: dict[str, Any] = {}

    class HfApi:
        def __init__(self, token: str | None = None) -> None:
            asked["token"] = token

        def create_repo(self, *, repo_id: str, private: bool | None, exist_ok: bool) -> Any:
            asked["private"] = private
            return SimpleNamespace(repo_id=repo_id)

        def create_branch(self, *, repo_id: str, branch: str, exist_ok: bool) -> None:
            asked["branch"] = branch

        def upload_folder(self, *, repo_id: str, folder_path: str, **options: Any) -> str:
            shutil.copytree(folder_path, tmp_path / "hub" / repo_id)
            return f"commit to {repo_id}"

    def snapshot_download(*, repo_id: str, revision: str | None, token: str | None) -> str:
        asked["revision"] = revision
        return str(tmp_path / "hub" / repo_id)

    module = ModuleType("huggingface_hub")
    vars(module).update(HfApi=HfApi, snapshot_download=snapshot_download)
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    return asked


def test_a_folder_needs_no_hub(model: Model, workdir: Path) -> None:
    folder = ExperimaestroHFHub(model).save_pretrained(workdir / "saved")
    loaded = ExperimaestroHFHub.from_pretrained(folder)
    assert loaded.__identifier__() == model.__identifier__()
    assert loaded.weights.read_text() == "1 2 3"
    assert ExperimaestroHFHub.from_pretrained(str(folder), as_instance=True).layers == 3


def test_there_and_back(model: Model, hub: dict[str, Any]) -> None:
    class WithReadme(ExperimaestroHFHub):
        def _save_pretrained(self, save_directory: Path) -> None:
            super()._save_pretrained(save_directory)
            (save_directory / "README.md").write_text("A model")

    assert WithReadme(model).push_to_hub("me/model", private=True, branch="v1") == "commit to me/model"
    assert (hub["private"], hub["branch"]) == (True, "v1")
    loaded = WithReadme.from_pretrained("me/model", revision="v1")
    assert hub["revision"] == "v1"
    assert loaded.layers == 3 and loaded.weights.with_name("weights.bin").exists()


def test_without_the_library(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match="pip install huggingface_hub"):
        ExperimaestroHFHub(model).push_to_hub("me/model")
    with pytest.raises(ImportError, match="pip install huggingface_hub"):
        ExperimaestroHFHub.from_pretrained("me/model")
