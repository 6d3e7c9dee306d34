from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from xpm_config import ConfigurationError, read

Write = Callable[[Mapping[str, str | bytes]], None]


def test_order_of_everything(write: Write) -> None:
    names = ["pre1", "pre2", "base", "main", "post1", "post2", "c1", "c2"]
    content = {
        name: "".join(f"k{i}: {name}\n" for i in range(index, len(names))) for index, name in enumerate(names)
    }
    write(
        {
            "pre1.yaml": content["pre1"],
            "pre2.yaml": content["pre2"],
            "base.yaml": content["base"],
            "main.yaml": "parent: base.yaml\n" + content["main"],
            "post1.yaml": content["post1"],
            "post2.yaml": content["post2"],
        }
    )
    merged = read(
        "main",
        pre_yaml=["pre1", "pre2.yaml"],
        post_yaml=["post1.yaml", "post2"],
        overrides=["k6=c1", "k7=c1", "k7=c2"],
    )
    assert merged.show() == {f"k{i}": name for i, name in enumerate(names)}
    assert [path.stem for path in merged.files] == ["pre1", "pre2", "base", "main", "post1", "post2"]
    assert str(merged.origin("k2")) == "base.yaml:1"
    assert str(merged.origin("k6")) == "-c k6=c1"
    assert merged.origin("nope") is None


def test_the_document_is_json(write: Write) -> None:
    write({"main.yaml": "id: é\na: .inf\nb: -.inf\nc: .nan\nd: [1, {e: null}]\nf: '${a}'\ng: ${h}\n"})
    merged = read("main")
    expected = {
        "id": "é",
        "a": ".inf",
        "b": "-.inf",
        "c": ".nan",
        "d": [1, {"e": None}],
        "f": ".inf",
        "g": "${h}",
    }
    assert json.loads(merged.show_json()) == expected
    assert "é" in merged.show_json()


def test_the_document_with_origins(write: Write) -> None:
    write(
        {
            "base.yaml": "lr: 1e-3\ndata:\n  - name: a\n    size: 3\n",
            "main.yaml": "parent: base.yaml\nid: x\n",
        }
    )
    merged = read("main", overrides=["data.0.name=b"])
    assert merged.show(origin=True) == {
        "lr": {"value": 1e-3, "origin": "base.yaml:1"},
        "data": [
            {
                "name": {"value": "b", "origin": "-c data.0.name=b"},
                "size": {"value": 3, "origin": "base.yaml:4"},
            }
        ],
        "id": {"value": "x", "origin": "main.yaml:2"},
    }


def test_nothing_of_the_user_is_needed_to_show(write: Write) -> None:
    write({"main.yaml": "file: nowhere\npre_experiment: none.py\npythonpath: [none]\nwhatever: 1\n"})
    assert read("main").show()["whatever"] == 1


def test_paths_are_those_of_the_file_that_wrote_them(write: Write, folder: Path) -> None:
    write(
        {
            "lib/base.yaml": "file: exp\npythonpath: [.., src]\npre_experiment: setup.py\n",
            "main.yaml": "parent: lib/base.yaml\nid: x\n",
        }
    )
    options = read("main").options
    assert options.file == folder / "lib" / "exp.py"
    assert options.pythonpath == (folder, folder / "lib" / "src")
    assert options.pre_experiment_file == folder / "lib" / "setup.py"
    changed = read("main", overrides=["pythonpath.1=other", "file=exp2"]).options
    assert changed.pythonpath == (folder, folder / "other")
    assert changed.file == folder / "exp2.py"


def test_default_file_and_python_path(write: Write, folder: Path) -> None:
    write({"conf/main.yaml": "id: x\n"})
    options = read("conf/main").options
    assert (options.file, options.module) == (folder / "conf" / "experiment.py", None)
    assert options.pythonpath == (folder / "conf",)


def test_module_of_a_parent_elsewhere(write: Write, folder: Path) -> None:
    write(
        {
            "src/first_stage/base.yaml": "module: first_stage.experiment\n",
            "runs/main.yaml": "parent: ../src/first_stage/base.yaml\nid: x\n",
        }
    )
    options = read("runs/main").options
    assert (options.file, options.module) == (None, "first_stage.experiment")
    assert options.pythonpath == (folder / "src",)


def test_module_can_undo_the_file_of_the_parent(write: Write) -> None:
    write({"base.yaml": "file: a\n", "main.yaml": "parent: base.yaml\nfile: null\nmodule: b\nid: x\n"})
    options = read("main").options
    assert (options.file, options.module) == (None, "b")


def test_file_and_module_of_the_command_line(
    write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"conf/main.yaml": "module: a.b\nid: x\n", "here.py": ""})
    options = read("conf/main", file="here").options
    assert (options.file, options.module) == (folder / "here.py", None)
    assert str(options.origins["file"]) == "--file here"
    write({"conf/two.yaml": "file: x\nid: x\n"})
    options = read("conf/two", module="p.q").options
    assert (options.file, options.module) == (None, "p.q")
    assert options.pythonpath == (folder,)
    with pytest.raises(ConfigurationError, match="both --file and --module-name"):
        read("conf/two", module="a", file="b")


@pytest.mark.parametrize(
    ("value", "file", "module"),
    [
        ("setup.py", "setup.py", None),
        ("./setup", "setup.py", None),
        ("sub/setup.py", "sub/setup.py", None),
        ("package.setup", None, "package.setup"),
        ("package", None, "package"),
    ],
)
def test_pre_experiment(write: Write, folder: Path, value: str, file: str | None, module: str | None) -> None:
    write({"main.yaml": f"id: x\npre_experiment: {value}\n"})
    options = read("main").options
    assert options.pre_experiment_file == (folder / file if file else None)
    assert options.pre_experiment_module == module


def test_all_the_options(write: Write) -> None:
    write(
        {
            "main.yaml": "id: x\ntitle: t\nsubtitle: s\ndescription: |\n  d\npaper: p\nadd_timestamp: yes\n"
            "dirty_git: IGNORE\n"
        }
    )
    options = read("main").options
    assert (options.title, options.subtitle, options.description, options.paper) == ("t", "s", "d\n", "p")
    assert options.dirty_git == "ignore" and type(options.dirty_git) is str
    assert options.experiment_id(datetime(2024, 1, 31, 9, 5)) == "x-20240131-0905"
    assert str(options.origins["dirty_git"]) == "main.yaml:8"


def test_defaults_of_the_options(write: Write) -> None:
    write({"main.yaml": "lr: 1\n"})
    options = read("main").options
    assert (options.id, options.title, options.dirty_git, options.add_timestamp) == (None, "", "warn", False)
    assert options.origins == {}
    with pytest.raises(ConfigurationError, match="identifier"):
        options.experiment_id(datetime(2024, 1, 31))


def test_files_are_checked_on_demand(write: Write) -> None:
    write({"main.yaml": "id: x\n"})
    with pytest.raises(
        ConfigurationError, match=r"main.yaml: file: experiment.py does not exist \(the default"
    ):
        read("main").options.check_files()
    write({"experiment.py": ""})
    read("main").options.check_files()


def test_interpolated_options(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XPM_NAME", "n")
    write({"main.yaml": "id: ${oc.env:XPM_NAME}-${lr}\nlr: 1e-3\nmodule: ${package}.exp\npackage: p\n"})
    options = read("main").options
    assert (options.id, options.module) == ("n-0.001", "p.exp")


def test_too_many_values_in_all(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xpm_config.merged.MAX_MERGED_NODES", 200)
    lines = "".join(f"  k{i}: 1\n" for i in range(90))
    write({f"f{i}.yaml": f"d{i}:\n{lines}" for i in range(3)})
    with pytest.raises(ConfigurationError, match="more than 200 values"):
        read("f0", post_yaml=["f1", "f2"])


def test_same_file_twice(write: Write) -> None:
    write({"a.yaml": "x: 1\n", "b.yaml": "x: 2\n"})
    assert read("a", pre_yaml=["b"], post_yaml=["b", "a"]).show() == {"x": 1}


def test_large_but_reasonable(write: Write) -> None:
    items: dict[str, Any] = {f"k{i}": list(range(10)) for i in range(2000)}
    write({"main.yaml": "id: x\ndata: " + json.dumps(items)})
    assert read("main").to(dict)["data"] == items
