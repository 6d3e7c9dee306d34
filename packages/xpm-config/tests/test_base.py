# ruff: noqa: RUF012 - `configuration` copies mutable defaults
from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from enum import Enum
from typing import Any, ClassVar

import pytest

from xpm_config import ConfigurationBase, DirtyGitAction, configuration


@configuration
class Model:
    size: int = 8
    layers: list[int] = [1, 2]
    options: dict[str, Any] = {}


@configuration
class Experiment(ConfigurationBase):
    #: Required, although it comes after fields that have defaults
    steps: int
    model: Model = Model(size=3)
    limit: ClassVar[int] = 5


@configuration(frozen=True)
class Frozen:
    x: int = 1


def test_keyword_only() -> None:
    assert Experiment(id="a", steps=3).steps == 3
    with pytest.raises(TypeError):
        Experiment("a", steps=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="steps"):
        Experiment(id="a")  # type: ignore[call-arg]


def test_mutable_defaults_are_copied() -> None:
    one, two = Experiment(id="a", steps=1), Experiment(id="a", steps=1)
    assert one == two and one.model.size == 3
    one.model.layers.append(5)
    one.grid_search["x"] = 1
    assert two.model.layers == [1, 2] and two.grid_search == {}
    assert Model().layers == [1, 2]


def test_it_is_a_dataclass() -> None:
    cfg = Experiment(id="a", steps=1)
    assert dataclasses.is_dataclass(Experiment)
    assert "limit" not in dataclasses.asdict(cfg)
    assert dataclasses.replace(cfg, steps=2).steps == 2
    assert pickle.loads(pickle.dumps(cfg)) == cfg == copy.deepcopy(cfg)
    assert "copy of" in repr(dataclasses.fields(Model)[1].default_factory)


def test_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Frozen().x = 3  # type: ignore[misc]
    assert hash(Frozen()) == hash(Frozen())


def test_the_options_of_the_documentation() -> None:
    defaults = {
        field.name: None if field.default is dataclasses.MISSING else field.default
        for field in dataclasses.fields(ConfigurationBase)
    }
    assert defaults == {
        "id": None,
        "file": "experiment",
        "module": None,
        "pythonpath": None,
        "parent": None,
        "imports": None,
        "pre_experiment": None,
        "title": "",
        "subtitle": "",
        "description": "",
        "paper": "",
        "add_timestamp": False,
        "dirty_git": DirtyGitAction.WARN,
        "grid_search": None,
    }


class OtherPackage(str, Enum):
    """As another package declares the same actions."""

    WARN = "warn"


def test_dirty_git_action_is_a_str() -> None:
    warn: str = DirtyGitAction.WARN
    assert warn == "warn" and str(warn) == f"{warn}" == "warn"
    assert DirtyGitAction("error") is DirtyGitAction.ERROR
    assert {"warn": 1}[DirtyGitAction.WARN] == 1
    assert json.dumps(DirtyGitAction.WARN) == '"warn"'
    other: Any = OtherPackage.WARN
    assert other == DirtyGitAction.WARN and other == DirtyGitAction.WARN
