from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xpm_config.errors import InheritanceError, ReadError
from xpm_config.files import FileLayers, find_yaml, read_file
from xpm_config.node import to_plain

Write = Callable[[Mapping[str, str | bytes]], None]


def load(name: str) -> Any:
    return to_plain(FileLayers().load(find_yaml(name)))


def test_suffix_may_be_left_out(write: Write, folder: Path) -> None:
    write(
        {
            "a.yaml": "x: 1",
            "b.yml": "x: 1",
            "c.v2.yaml": "x: 1",
            "d": "x: 1",
            "conf/": "",
            "conf.yaml": "x: 1",
        }
    )
    assert find_yaml("a") == folder / "a.yaml"
    assert find_yaml("b") == folder / "b.yml"
    assert find_yaml("c.v2") == folder / "c.v2.yaml"
    assert find_yaml(folder / "d") == folder / "d"
    assert find_yaml("conf") == folder / "conf.yaml"
    with pytest.raises(ReadError):
        find_yaml("a.yml")


def test_home(write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"a.yaml": "x: 1"})
    monkeypatch.setenv("HOME", str(folder))
    assert find_yaml("~/a") == folder / "a.yaml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(write: Write, folder: Path, encoding: str) -> None:
    write({"a.yaml": "title: été\r\nx: 1\r\n".encode(encoding)})
    assert to_plain(read_file(folder / "a.yaml")) == {"title": "été", "x": 1}


def test_unreadable(write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"a.yaml": "x: 1"})
    (folder / "a.yaml").chmod(0)
    if os.access(folder / "a.yaml", os.R_OK):  # root reads everything

        def refuse(*_: Any, **__: Any) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ReadError, match=r"a.yaml: the file cannot be read: Permission denied"):
        read_file(folder / "a.yaml")


def test_a_pipe_does_not_block(folder: Path) -> None:
    os.mkfifo(folder / "a.yaml")
    with pytest.raises(ReadError, match="not a regular file"):
        load("a.yaml")


def test_the_current_folder_is_gone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "gone").mkdir()
    monkeypatch.chdir(folder / "gone")
    (folder / "gone").rmdir()
    with pytest.raises(ReadError, match="the current folder is gone"):
        find_yaml("a.yaml")


def test_names_with_nul() -> None:
    for name in ("a\0b.yaml", "a\0b/c.yaml", "n" * 5000):
        with pytest.raises(ReadError, match="does not exist"):
            find_yaml(name)


def test_parents_are_merged_depth_first(write: Write) -> None:
    write(
        {
            "main.yaml": "imports: [one.yaml, sub/two]\nd: main\n",
            "one.yaml": "parent: zero.yaml\nb: one\nc: one\nd: one\n",
            "zero.yaml": "a: zero\nb: zero\nc: zero\nd: zero\n",
            "sub/two.yaml": "parent: ../sub/three.yaml\nc: two\n",
            "sub/three.yaml": "b: three\n",
        }
    )
    layers = FileLayers()
    assert to_plain(layers.load(find_yaml("main"))) == {"a": "zero", "b": "three", "c": "two", "d": "main"}
    assert [path.stem for path in layers.files] == ["zero", "one", "three", "two", "main"]


def test_parent_null_is_no_parent(write: Write) -> None:
    write({"main.yaml": "parent: null\nimports: []\nx: 1\n"})
    assert load("main") == {"x": 1}


def test_a_common_parent_is_read_once(write: Write) -> None:
    # Without memory, reading would take 2**40 steps.
    files = {f"f{i}.yaml": f"imports: [f{i - 1}.yaml, f{i - 1}.yaml]\nx{i}: {i}\n" for i in range(1, 41)}
    write({"f0.yaml": "x0: 0\n", **files})
    layers = FileLayers()
    assert len(to_plain(layers.load(find_yaml("f40")))) == 41
    assert len(layers.files) == 41


def test_a_chain_without_end(write: Write) -> None:
    write({"f0.yaml": "x: 0\n", **{f"f{i}.yaml": f"parent: f{i - 1}.yaml\nx: {i}\n" for i in range(1, 100)}})
    with pytest.raises(InheritanceError, match="more than 50 files inherit from each other"):
        load("f99")


def test_a_cycle_through_a_link(write: Write) -> None:
    write({"a.yaml": "parent: b.yaml\n", "b.yaml": "-> a.yaml"})
    with pytest.raises(InheritanceError, match=r"inherits from itself \(a.yaml -> b.yaml\)"):
        load("a")


def test_a_linked_folder_that_contains_itself(write: Write) -> None:
    write({"a.yaml": "parent: loop/a.yaml\nx: 1\n", "loop": "-> ."})
    with pytest.raises(InheritanceError, match="inherits from itself"):
        load("a")


_LAYER = st.dictionaries(
    st.sampled_from(["a", "b"]),
    st.none()
    | st.integers(0, 9)
    | st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 9), max_size=2),
    min_size=1,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.lists(_LAYER, min_size=3, max_size=3))
def test_how_files_are_grouped_does_not_matter(folder: Path, layers: list[Any]) -> None:
    """a <- (b <- c) and (a <- b) <- c: the same files give the same configuration."""
    one, two, three = [yaml.safe_dump(layer) for layer in layers]
    for name, content in {
        "a.yaml": one,
        "b.yaml": two,
        "c.yaml": three,
        "bc.yaml": f"parent: b.yaml\n{three}",
        "ab.yaml": f"parent: a.yaml\n{two}",
        "left.yaml": f"parent: ab.yaml\n{three}",
        "right.yaml": "imports: [a.yaml, bc.yaml]\n",
        "flat.yaml": "imports: [a.yaml, b.yaml, c.yaml]\n",
    }.items():
        (folder / name).write_text(content, encoding="utf-8")
    assert load("left") == load("right") == load("flat")
