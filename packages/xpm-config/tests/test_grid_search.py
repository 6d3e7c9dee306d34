# ruff: noqa: RUF012 - `configuration` copies mutable defaults
from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from xpm_config import (
    ConfigurationBase,
    ConfigurationError,
    GenericParams,
    GridError,
    GridSearch,
    configuration,
    discover_grid_params,
    generate_grid,
    grid,
    origin_of,
    read,
)


@configuration
class Model:
    size: int = 1
    layers: GridSearch[list[int]] = [1]


@configuration
class Cfg(ConfigurationBase):
    lr: GridSearch[float] = 1e-3
    batch: GridSearch[int] = 32
    name: GridSearch[str | None] = None
    model: Model = Model()
    models: list[Model] = []


@pytest.fixture(autouse=True)
def here(folder: Path) -> None:
    """Every test runs in an empty folder."""


def load(text: str, *overrides: str, schema: type[Any] = Cfg) -> Any:
    Path("main.yaml").write_text(text, encoding="utf-8")
    return read("main.yaml", overrides=overrides).to(schema)


def values(text: str) -> Any:
    return discover_grid_params(load(f"id: x\n{text}\n"))


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("lr: [1e-3, 1]", "lr", (1e-3, 1.0)),
        ("lr: {values: [1, 2]}", "lr", (1.0, 2.0)),
        ("lr: {values_list: [1]}", "lr", (1.0,)),
        ("batch: {range: [1, 4]}", "batch", (1, 2, 3)),
        ("batch: {values_range: [8, 0, -3]}", "batch", (8, 5, 2)),
        ("lr: {range: [0.1, 0.4, 0.1]}", "lr", (0.1, 0.2, 0.3)),
        ("lr: {range: [0, 1, 0.25]}", "lr", (0.0, 0.25, 0.5, 0.75)),
        ("lr: {range_mult: [1e-3, 4, 0.1]}", "lr", (1e-3, 1e-4, 1e-5, 1e-6)),
        ("batch: {values_mult: [16, 3, 2]}", "batch", (16, 32, 64)),
        ("name: [a, null]", "name", ("a", None)),
        ("model: {layers: [[1], [2, 3]]}", "model.layers", ([1], [2, 3])),
        ("models: [{layers: {values: [[1], [2]]}}]", "models.0.layers", ([1], [2])),
        ("grid_search: {model.size: [1, 2]}", "model.size", (1, 2)),
        ("grid_search: {model: {size: {range: [3, 5]}}}", "model.size", (3, 4)),
        ("grid_search: {batch: 3}", "batch", (3,)),
        ("models: [{}]\ngrid_search: {models.0.size: [4]}", "models.0.size", (4,)),
    ],
)
def test_values(text: str, key: str, expected: tuple[Any, ...]) -> None:
    found = values(text)
    assert {key: params.values for key, params in found.items()} == {key: expected}
    assert [type(value) for value in found[key]] == [type(value) for value in expected]


def test_single_values_are_not_a_grid() -> None:
    cfg = load("id: x\nlr: 1\nmodel: {layers: [1, 2]}\n")
    assert (cfg.lr, cfg.model.layers) == (1.0, [1, 2])
    assert discover_grid_params(cfg) == {}
    assert generate_grid(cfg) == ([cfg], [{}])


def test_product_in_declaration_order() -> None:
    cfg = load("id: x\ngrid_search: {model.size: [5, 6]}\nbatch: [1, 2]\nlr: [0.1, 0.2]\n")
    configurations, tags = generate_grid(cfg)
    assert tags == [
        {"lr": lr, "batch": batch, "model.size": size}
        for lr in (0.1, 0.2)
        for batch in (1, 2)
        for size in (5, 6)
    ]
    assert [(c.lr, c.batch, c.model.size) for c in configurations] == [tuple(t.values()) for t in tags]
    assert isinstance(cfg.lr, GenericParams) and cfg.model.size == 1
    assert configurations[0].grid_search == {}
    assert discover_grid_params(configurations[0]) == {}


def test_configurations_share_nothing() -> None:
    configurations, _ = generate_grid(load("id: x\nlr: [1, 2]\nmodel: {layers: [[1], [2]]}\nmodels: [{}]\n"))
    configurations[0].model.layers.append(9)
    configurations[0].models.append(Model())
    assert configurations[2].model.layers == [1]
    assert len(configurations[1].models) == 1


def test_the_block_wins_over_the_field() -> None:
    cfg = load("id: x\nlr: [1, 2]\ngrid_search: {lr: [3]}\n")
    assert generate_grid(cfg)[1] == [{"lr": 3.0}]


@dataclasses.dataclass(frozen=True)
class Checked:
    rate: float
    double: float = dataclasses.field(init=False, default=0.0)
    name: str = "n"

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", 2 * self.rate)


@dataclasses.dataclass
class Plain:
    checked: Checked


def test_the_block_can_give_what_is_required_and_classes_check_each_value() -> None:
    cfg = load("id: x\ngrid_search:\n  checked.rate: [1, 2]\n", schema=Plain)
    assert cfg.checked.rate == 1.0
    configurations, tags = generate_grid(cfg)
    assert [c.checked.double for c in configurations] == [2.0, 4.0]
    assert tags == [{"checked.rate": 1.0}, {"checked.rate": 2.0}]
    assert discover_grid_params(configurations[0]) == {}
    assert str(origin_of(configurations[0], "checked.rate")) == "main.yaml:3"


def test_from_the_command_line() -> None:
    cfg = load("id: x\n", "lr=[1,2]", "grid_search.model.size=[3,4]", "grid_search={batch: [1]}")
    assert [len(params) for params in discover_grid_params(cfg).values()] == [2, 2, 1]


def test_in_python() -> None:
    cfg = Cfg(id="x", lr=grid(0.1, 0.2), grid_search={"model.size": [1, 2], "batch": 8})
    configurations, tags = generate_grid(cfg)
    assert len(configurations) == 4
    assert tags[-1] == {"lr": 0.2, "model.size": 2, "batch": 8}


def test_default_with_several_values() -> None:
    @configuration
    class Many(ConfigurationBase):
        lr: Any = grid(0.1, 0.2)

    assert [c.lr for c in generate_grid(load("id: x\n", schema=Many))[0]] == [0.1, 0.2]


def test_mistakes() -> None:
    with pytest.raises(GridError, match="at least one value"):
        GenericParams([])
    with pytest.raises(GridError, match=r"grid_search: nope: the configuration has no such key"):
        generate_grid(Cfg(id="x", grid_search={"nope": [1]}))
    with pytest.raises(GridError, match="1000000 configurations"):
        generate_grid(Cfg(id="x", lr=grid(*range(1000)), batch=grid(*range(1000))))
    with pytest.raises(GridError, match="too large"):
        values("lr: {range_mult: [1.0, 10000, 10.0]}")
    with pytest.raises(ConfigurationError, match=r"main.yaml:2: grid_search: 'a.' is not a key"):
        values("grid_search: {a.: [1]}")


def test_untyped_places() -> None:
    @configuration
    class Loose(ConfigurationBase):
        data: dict[str, Any] = {"a": {"b": 1}}
        pair: tuple[int, int] = (1, 2)
        either: int | str = 1

    cfg = load("id: x\ngrid_search: {data.a.b: [x, 2], either: [a], pair.0: [3]}\n", schema=Loose)
    configurations, _ = generate_grid(cfg)
    assert [c.data["a"]["b"] for c in configurations] == ["x", 2]
    assert configurations[0].pair == (3, 2) and configurations[0].either == "a"


def test_a_form_that_was_inherited() -> None:
    """Mappings merge: the form of the parent stays until it is set to null."""
    Path("parent.yaml").write_text("batch: {range: [1, 4]}\n", encoding="utf-8")
    assert values("parent: parent.yaml\nbatch: {range: null, values: [7, 8]}")["batch"].values == (7, 8)
    with pytest.raises(
        GridError, match=r"both `range` \(parent\.yaml:1\) and `values` .*set batch\.range to null"
    ):
        values("parent: parent.yaml\nbatch: {values: [7, 8]}")
    with pytest.raises(GridError, match=r"main\.yaml:3: batch: no values are given"):
        values("parent: parent.yaml\nbatch: {range: null}")
