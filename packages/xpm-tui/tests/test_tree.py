from __future__ import annotations

from xpm_tui.sample import sample_target
from xpm_tui.tree import grow, walk
from xpm_workspace.parameters import Line, lines


def shape(*paths: str) -> list[tuple[int, str]]:
    branches = grow(Line(path=path, value="") for path in paths)
    return [(depth, branch.name) for depth, branch in walk(branches)]


def test_what_continues_a_path_is_inside() -> None:
    assert shape("a", "a.b", "a.b.c", "a.d", "e") == [(0, "a"), (1, "b"), (2, "c"), (1, "d"), (0, "e")]


def test_names_that_begin_alike() -> None:
    assert shape("model", "model2", "model.x") == [(0, "model"), (0, "model2"), (0, "model.x")]


def test_containers_and_init_tasks() -> None:
    assert shape("data[0]", "data[0].name", "data[1]", "m", "m<init task 0>", 'm["k"]') == [
        (0, "data[0]"),
        (1, "name"),
        (0, "data[1]"),
        (0, "m"),
        (1, "<init task 0>"),
        (1, '["k"]'),
    ]


def test_the_sample() -> None:
    _, monitor, _ = sample_target()
    grown = grow(lines(monitor.parameters("any")))
    assert [(branch.name, branch.value) for branch in grown][:3] == [
        ("model", "Splade"),
        ("data[0]", "Collection"),
        ("lr", "0.0001"),
    ]
    assert [branch.name for branch in grown[0].inside] == ["layers", "pooling"]
