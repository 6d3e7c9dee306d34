"""Large configurations: no recursion, and work proportional to the number of distinct configurations.

Work is counted, not timed; ``tools/bench`` has the times.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from xpm_tasks import (
    Config,
    DependentMarker,
    Meta,
    Param,
    PathGenerator,
    Task,
    clone,
    copyconfig,
    field,
    from_state_dict,
    load,
    save,
    state_dict,
    tag,
)
from xpm_tasks import identifier as identifiers
from xpm_tasks import seal as seals
from xpm_tasks.parameters import dump_parameters, load_task
from xpm_tasks.testing import FakeSubmitter

DEPTH = 5_000
LEVELS = 200


class Node(Config):
    one: Param[Node | None] = field(default=None)
    two: Param[Node | None] = field(default=None)
    name: Param[str] = field(default="")


class Root(Task):
    node: Param[Node]
    out: Meta[Path] = field(default_factory=PathGenerator("out"))

    def execute(self) -> None: ...


class Step(Task):
    previous: Param[Any] = field(default=None)
    number: Param[int]
    lr: Param[float] = field(default=0.1)
    out: Meta[Path] = field(default_factory=PathGenerator("out"))

    def execute(self) -> None: ...


class Output(Config):
    previous: Param[Any]
    path: Meta[Path]


class StepWithOutput(Step):
    def task_outputs(self, dep: DependentMarker) -> Output:
        return dep(Output.C(previous=self.previous, path=self.out))


def chain() -> Node:
    node = Node.C(name=tag("bottom"))
    for _ in range(DEPTH - 1):
        node = Node.C(one=node)
    return node


def diamond() -> Node:
    node = Node.C(name=tag("bottom"))
    for _ in range(LEVELS - 1):
        node = Node.C(one=node, two=node)
    return node


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """How many configurations were hashed, and summarized."""
    counts = {"hashed": 0, "summarized": 0}

    def count(what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*args: Any, **kwargs: Any) -> Any:
            counts[what] += 1
            return function(*args, **kwargs)

        return counting

    monkeypatch.setattr(identifiers._Frame, "finish", count("hashed", identifiers._Frame.finish))
    monkeypatch.setattr(seals, "_summarize", count("summarized", seals._summarize))
    yield counts


@pytest.mark.parametrize(("make", "size"), [(chain, DEPTH), (diamond, LEVELS)])
def test_everything(
    make: Callable[[], Node], size: int, counted: dict[str, int], submitter: FakeSubmitter, tmp_path: Path
) -> None:
    node = make()
    identifier = node.__identifier__()
    assert counted["hashed"] == size
    assert node.tags() == {"name": "bottom"}
    assert len(repr(node)) < 10_000

    copied = clone(node)
    assert copied.__identifier__() == identifier
    assert counted["hashed"] == 2 * size
    assert copyconfig(node, name="top").__identifier__() != identifier
    assert counted["hashed"] == 3 * size

    root = Root.C(node=node)
    root.submit()
    assert counted["hashed"] == 4 * size + 1
    assert counted["summarized"] == size + 1
    assert node.__identifier__() == identifier and node.one is not None
    assert len(node.one.__identifier__().hex()) == 64
    assert submitter.last.tags == {"name": "bottom"} and submitter.last.dependencies == ()
    assert counted["hashed"] == 4 * size + 1

    content = dump_parameters(
        root, workspace=submitter.workspace_path, experimaestro_version="3", job_path=root.jobpath
    )
    assert counted["hashed"] == 4 * size + 1
    assert len(json.loads(content)["objects"]) == size + 1
    (tmp_path / "params.json").write_bytes(content)
    made = load_task(tmp_path / "params.json")
    assert length(made.node) == length(root.instance().node) == length(node)

    save(node, tmp_path / "saved")
    assert load(tmp_path / "saved").__identifier__() == identifier
    assert from_state_dict(state_dict(node), as_instance=True).one is not None
    assert node.seal() == copied.seal()


def length(node: Node | None) -> int:
    count = 0
    while node is not None:
        node, count = node.one, count + 1
    return count


def test_missing_value_at_the_bottom() -> None:
    class Deep(Config):
        inner: Param[Any]

    deep: Any = Deep.C()  # type: ignore[call-arg]
    for _ in range(DEPTH):
        deep = Deep.C(inner=deep)
    for check in (deep.seal, deep.instance, deep.__identifier__, deep.__xpm__.validate):
        with pytest.raises(ValueError, match="has no value for 'inner'"):
            check()


@pytest.mark.parametrize("kind", [Step, StepWithOutput])
def test_a_chain_of_tasks_costs_the_same_at_the_end(
    kind: type[Step], counted: dict[str, int], submitter: FakeSubmitter
) -> None:
    previous: Any = None
    costs: list[dict[str, int]] = []
    for number in range(500):
        before = dict(counted)
        previous = kind.C(previous=previous, number=number, lr=tag(0.1)).submit()
        costs.append({what: counted[what] - before[what] for what in counted})
        assert len(submitter.last.dependencies) == min(number, 1)
    assert costs[1] == costs[-1]
    assert costs[-1]["hashed"] <= 2 and costs[-1]["summarized"] <= 2


def test_a_shared_configuration_is_sealed_once(counted: dict[str, int], submitter: FakeSubmitter) -> None:
    shared = chain()
    for number in range(10):
        Step.C(previous=shared, number=number).submit()
    assert counted["hashed"] == DEPTH + 10
    assert counted["summarized"] == DEPTH + 10


def test_a_long_list() -> None:
    class Many(Config):
        items: Param[list[Node]]
        by_name: Param[dict[str, Node]]
        some: Param[set[Node]]

    nodes = [Node.C(name=str(number)) for number in range(2_000)]
    many = Many.C(items=nodes, by_name={node.name: node for node in nodes}, some=set(nodes))
    assert many.seal().instance().items[1999].name == "1999"


def test_a_long_loop() -> None:
    nodes = [Node.C(name=str(number)) for number in range(1_000)]
    for one, two in zip(nodes, [*nodes[1:], nodes[0]], strict=True):
        one.one = two
    top = nodes[0].seal()
    assert len(top.__identifier__().hex()) == 64
    assert top.instance().one is not None
    assert clone(top).__identifier__() == top.__identifier__()
