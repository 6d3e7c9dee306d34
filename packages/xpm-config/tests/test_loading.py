"""From YAML to objects, defaults and interpolations included."""

# ruff: noqa: RUF012 - `configuration` copies mutable defaults
from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import xpm_config
from xpm_config import ConfigurationBase, ConfigurationError, configuration, origin_of, read

Write = Callable[[Mapping[str, str | bytes]], None]


@configuration
class Model:
    size: int = 1
    layers: list[int] = [1, 2, 3]
    name: str = "model-${.size}"


@configuration
class Big(Model):
    extra: int = 5


@configuration
class Cfg(ConfigurationBase):
    lr: float = 0.5
    steps: int = 100
    run: str = "lr-${lr}"
    model: Model = Model(layers=[4, 5])
    other: Model | None = None
    models: list[Model] = []
    by_name: dict[str, Model] = {}
    table: dict[str, int] = {"a": 1}
    numbers: dict[int, str] = {1: "one"}
    big: Model = Big(size=9)
    implicit: str = None  # type: ignore[assignment]
    anything: Any = None


def load(text: str, *overrides: str, schema: type[Any] = Cfg) -> Any:
    Path("main.yaml").write_text(text, encoding="utf-8")
    return read("main.yaml", overrides=overrides).to(schema)


@pytest.fixture(autouse=True)
def here(folder: Path) -> None:
    """Every test runs in an empty folder."""


def test_defaults() -> None:
    cfg = load("id: x\n")
    assert cfg.model == Model(layers=[4, 5], name="model-1")
    assert cfg.run == "lr-0.5"
    assert (cfg.other, cfg.models, cfg.table) == (None, [], {"a": 1})
    assert cfg.big == Big(size=9, name="model-9")
    assert cfg.dirty_git is xpm_config.DirtyGitAction.WARN


def test_a_nested_default_is_completed_not_replaced() -> None:
    cfg = load("id: x\nmodel: {size: 7}\ntable: {b: 2}\nnumbers: {2: two}\nbig: {extra: 6}\n")
    assert cfg.model == Model(size=7, layers=[4, 5], name="model-7")
    assert cfg.table == {"a": 1, "b": 2}
    assert cfg.numbers == {1: "one", 2: "two"}
    assert cfg.big == Big(size=9, extra=6, name="model-9")


def test_a_default_can_be_replaced_as_a_whole() -> None:
    write_base("model: null\n")
    cfg = load("parent: base.yaml\nid: x\nmodel: {size: 7}\n")
    assert cfg.model == Model(size=7, layers=[1, 2, 3], name="model-7")


def write_base(text: str) -> None:
    Path("base.yaml").write_text(text, encoding="utf-8")


def test_defaults_of_what_the_yaml_opens() -> None:
    cfg = load("id: x\nother: {size: 2}\nmodels: [{}, {size: 3}]\nby_name: {a: {size: 4}}\n")
    assert cfg.other.name == "model-2"
    assert [m.name for m in cfg.models] == ["model-1", "model-3"]
    assert cfg.by_name["a"].name == "model-4"


def test_interpolations_see_the_defaults() -> None:
    cfg = load("id: exp-${steps}\nmodel: {name: 'm-${steps}-${model.size}'}\nlr: ${model.layers.0}\n")
    assert (cfg.id, cfg.model.name, cfg.lr) == ("exp-100", "m-100-1", 4.0)
    merged = read("main.yaml")
    assert merged.options.id is None
    assert merged.load(Cfg).options.id == "exp-100"


def test_overrides_see_the_defaults() -> None:
    cfg = load("id: x\n", "model.layers.1=9", "other.size=3", "numbers.1=uno", "big.extra=1")
    assert cfg.model.layers == [4, 9]
    assert cfg.other == Model(size=3, name="model-3")
    assert cfg.numbers == {1: "uno"}
    assert cfg.big.extra == 1


def test_an_option_that_is_null_is_not_given() -> None:
    write_base("file: a\ntitle: b\n")
    cfg = load("parent: base.yaml\nid: x\nfile: null\ntitle: null\nmodule: m\n", "dirty_git=null")
    assert (cfg.file, cfg.title, cfg.module) == ("experiment", "", "m")
    assert cfg.dirty_git == "warn"


def test_null_where_the_default_is_null() -> None:
    assert load("id: x\nimplicit: null\n").implicit is None


def test_objects_do_not_share_defaults() -> None:
    load("id: x\n")
    merged = read("main.yaml")
    one, two = merged.to(Cfg), merged.to(Cfg)
    one.model.layers.append(1)
    one.table["z"] = 1
    assert two.model.layers == [4, 5] and two.table == {"a": 1} and one.grid_search is not two.grid_search


def test_paper_keeps_its_zeros() -> None:
    assert load("id: 0012\npaper: 2005.10\n", "title=1.50").title == "1.50"
    cfg = load("id: 0012\npaper: 2005.10\n")
    assert (cfg.id, cfg.paper) == ("0012", "2005.10")


def test_parent_is_the_one_of_the_main_file() -> None:
    write_base("parent: root.yaml\nlr: 3\n")
    Path("root.yaml").write_text("steps: 7\n", encoding="utf-8")
    cfg = load("parent: base.yaml\nid: x\n")
    assert (cfg.parent, cfg.imports, cfg.lr, cfg.steps) == ("base.yaml", None, 3.0, 7)
    assert load("imports: [base.yaml]\nid: x\n").imports == ["base.yaml"]


def test_origins() -> None:
    write_base("lr: 1\nmodel:\n  size: 3\n")
    cfg = load("parent: base.yaml\nid: x\nmodels:\n  - size: 1\n", "steps=3")
    for key, origin in {
        "id": "main.yaml:2",
        "lr": "base.yaml:1",
        "model.size": "base.yaml:3",
        "model.layers": "default of Cfg",
        "models.0.size": "main.yaml:4",
        "steps": "-c steps=3",
        "run": "default of Cfg",
        "big.extra": "default of Cfg",
    }.items():
        assert str(origin_of(cfg, key)) == origin
    assert origin_of(cfg, "nope") is None and origin_of(object(), "lr") is None
    assert "__xpm" not in repr(cfg) and cfg == dataclasses.replace(cfg)


@dataclasses.dataclass
class Mine:
    """Not a ConfigurationBase: the options are split off."""

    lr: float
    title: str = "t"


@dataclasses.dataclass(slots=True)
class Slotted:
    lr: float = 1.0


def test_any_class_will_do() -> None:
    text = "id: x\nfile: exp\nparent: null\ndirty_git: error\ntitle: mine\ngrid_search: {lr: [1, 2]}\nlr: 3\n"
    cfg = load(text, schema=Mine)
    assert cfg == Mine(lr=3.0, title="mine")
    loaded = read("main.yaml").load(Mine)
    assert (loaded.options.id, loaded.options.title, loaded.options.dirty_git) == ("x", "mine", "error")
    assert loaded.grid["lr"].values == (1.0, 2.0)
    assert load("id: x\n", schema=Slotted) == Slotted()


def test_attrs_class() -> None:
    attrs = pytest.importorskip("attrs")

    @attrs.define
    class Root:
        lr: float = 1e-3
        model: Model = attrs.Factory(Model)
        name: str = "${lr}"

    cfg = load("id: x\nlr: 1e-4\nmodel: {size: 3}\n", schema=Root)
    assert (cfg.lr, cfg.model.size, cfg.model.layers, cfg.name) == (1e-4, 3, [1, 2, 3], "0.0001")


def test_dict() -> None:
    assert load("id: x\na: {b: 1e-3}\nc: ${a.b}\n", schema=dict) == {"id": "x", "a": {"b": 1e-3}, "c": 1e-3}


@configuration
class WithDefaults(ConfigurationBase):
    id: str = "fixed"
    title: str = "title"
    dirty_git: xpm_config.DirtyGitAction = xpm_config.DirtyGitAction.ERROR
    add_timestamp: bool = True


def test_options_of_the_class() -> None:
    Path("main.yaml").write_text("{}", encoding="utf-8")
    options = read("main.yaml").load(WithDefaults).options
    assert (options.id, options.title, options.dirty_git, options.add_timestamp) == (
        "fixed",
        "title",
        "error",
        True,
    )
    assert options.origins == {}


@configuration
class OtherEnum(ConfigurationBase):
    dirty_git: Any = "Error"


def test_dirty_git_of_another_type() -> None:
    assert load("id: x\n", schema=OtherEnum).dirty_git == "Error"
    assert read("main.yaml").load(OtherEnum).options.dirty_git == "error"


@configuration
class Needs(ConfigurationBase):
    depth: int
    model: Model = dataclasses.field(default_factory=lambda: Model(size="???", name=""))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "schema", "message"),
    [
        ("lr: 1\n", Cfg, "main.yaml: id: the identifier of the experiment is missing; add `id: main`"),
        ("id: ???\n", Cfg, "main.yaml: id: the identifier"),
        ("id: x\n", Needs, "main.yaml: depth: it is required"),
        ("id: x\ndepth: 1\n", Needs, "model.size: it is required"),
        ("id: x\nlr: ${nope}\n", Cfg, "main.yaml:2: lr: there is no key 'nope'"),
        ("id: x\n", int, "int cannot be the class of a configuration"),
        ("id: x\nlr: 1\nfiel: a\n", Mine, "main.yaml:3: fiel: Mine has no such key; did you mean 'file'?"),
    ],
)
def test_mistakes(text: str, schema: type[Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(text, schema=schema)
    assert message in str(caught.value)


def test_annotations_that_cannot_be_read() -> None:
    @dataclasses.dataclass
    class Broken:
        lr: Undefined  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(ConfigurationError, match=r"an annotation of .*Broken .*'Undefined'"):
        load("id: x\nlr: 1\n", schema=Broken)
