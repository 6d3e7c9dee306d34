from __future__ import annotations

from xpm_scheduler.dependencies import DependencyGraph


def test_settling_frees_those_that_wait_for_nothing_else() -> None:
    graph = DependencyGraph()
    graph.add("a", [])
    graph.add("b", [])
    graph.add("c", ["a", "b"])
    graph.add("d", ["a"])
    assert graph.ready("a") and not graph.ready("c")
    assert list(graph.settle("a")) == ["d"]
    assert graph.waits_for("c") == {"b"}
    assert list(graph.settle("a")) == [], "settling twice says nothing new"
    assert list(graph.settle("b")) == ["c"]
    assert graph.needs("c") == ("a", "b")
    assert graph.dependants("a") == ("c", "d")


def test_settled_at_the_start_and_unsettled_later() -> None:
    graph = DependencyGraph()
    graph.add("a", [])
    graph.add("b", ["a"], settled=["a"])
    assert graph.ready("b")
    graph.unsettle("a")
    assert not graph.ready("b")
