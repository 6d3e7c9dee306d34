"""Configurations with one mistake each: data only, so that a test of the command line can use the same table.

Each case is ``(name, files, arguments, parts)``:

* `files`: name -> content (text or bytes), written in an empty folder; a name that ends in ``/`` is a folder,
  and a content that starts with ``-> `` is a symbolic link. `EXPERIMENT` is written as ``experiment.py``
  unless the case brings its own.
* `arguments`: what follows ``experimaestro run-experiment``, run in this folder.
* `parts`: texts that the one-line message has, in any order.
"""

from __future__ import annotations

EXPERIMENT = """
import dataclasses
import enum
from pathlib import Path
from typing import Any, Literal, Optional, Union

from xpm_config import ConfigurationBase, GridSearch, configuration


class Mode(str, enum.Enum):
    FAST = "fast"
    SLOW = "slow"


@configuration
class Model:
    hidden_size: int = 8
    layers: list[int] = [1, 2]


@dataclasses.dataclass
class Checked:
    rate: float

    def __post_init__(self):
        if self.rate > 1:
            raise ValueError("rate is above 1")


@configuration
class Configuration(ConfigurationBase):
    learning_rate: float = 1e-3
    batch_size: int = 32
    name: str = "x"
    flag: bool = False
    mode: Mode = Mode.FAST
    optimizer: Literal["adam", "sgd"] = "adam"
    model: Model = Model()
    models: list[Model] = []
    table: dict[int, float] = {}
    pair: tuple[int, str] = (1, "a")
    data: Any = None
    where: Optional[Path] = None
    size: Union[int, list[int]] = 1
    checked: Optional[Checked] = None
    momentum: GridSearch[float] = 0.9


def run(helper, cfg: Configuration):
    pass
"""

REQUIRED = """
from xpm_config import ConfigurationBase, configuration


@configuration
class Inner:
    depth: int
    width: int = 1


@configuration
class Configuration(ConfigurationBase):
    steps: int
    inner: Inner


def run(helper, cfg: Configuration):
    pass
"""

Case = tuple[str, dict[str, "str | bytes"], list[str], list[str]]

MAIN = ["main.yaml"]
ID = "id: x\n"


def _bomb(levels: int) -> str:
    lines = ["id: x", "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for i in range(1, levels):
        lines.append(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]")
    return "\n".join(lines) + "\n"


def _interpolation_bomb(levels: int) -> str:
    lines = ["id: x", "data:", "  a0: xxxxxxxxxx"]
    lines += [f"  a{i}: {f'${{data.a{i - 1}}}' * 10}" for i in range(1, levels)]
    return "\n".join(lines) + "\n"


_YAML: list[Case] = [
    ("file missing", {}, MAIN, ["main.yaml", "does not exist"]),
    ("file missing, close name", {"mian.yaml": ID}, MAIN, ["does not exist", "did you mean 'mian.yaml'"]),
    ("folder missing", {}, ["nowhere/main.yaml"], ["nowhere/main.yaml", "does not exist", "folder"]),
    ("folder instead of file", {"conf/": ""}, ["conf"], ["conf", "is a folder"]),
    ("folder with the suffix", {"main.yaml/": ""}, MAIN, ["main.yaml", "is a folder"]),
    (
        "dangling link",
        {"main.yaml": "-> nothing.yaml"},
        MAIN,
        ["main.yaml is a link to nothing.yaml", "does not exist"],
    ),
    ("not a regular file", {}, ["/dev/null"], ["/dev/null", "not a regular file"]),
    ("empty file", {"main.yaml": ""}, MAIN, ["main.yaml", "empty", "id: NAME"]),
    ("only comments", {"main.yaml": "# nothing\n\n"}, MAIN, ["main.yaml", "empty"]),
    ("only a document mark", {"main.yaml": "---\n"}, MAIN, ["main.yaml", "empty"]),
    ("null root", {"main.yaml": "null\n"}, MAIN, ["main.yaml:1", "null"]),
    ("list root", {"main.yaml": "- a\n- b\n"}, MAIN, ["main.yaml:1", "found a list"]),
    ("text root", {"main.yaml": "hello\n"}, MAIN, ["main.yaml:1", "'hello'"]),
    ("two documents", {"main.yaml": "id: x\n---\nid: y\n"}, MAIN, ["main.yaml:2", "several YAML documents"]),
    ("tab indentation", {"main.yaml": "id: x\nmodel:\n\thidden_size: 3\n"}, MAIN, ["main.yaml:3", "spaces"]),
    ("bad indentation", {"main.yaml": "id: x\n  name: y\n"}, MAIN, ["main.yaml:2", "invalid YAML"]),
    ("unclosed list", {"main.yaml": "id: x\nmodels: [1, 2\n"}, MAIN, ["main.yaml", "invalid YAML"]),
    ("unclosed quote", {"main.yaml": "id: x\nname: 'y\n"}, MAIN, ["main.yaml", "invalid YAML"]),
    ("colon in value", {"main.yaml": "id: x\nname: a: b\n"}, MAIN, ["main.yaml:2", "quote the value"]),
    ("percent", {"main.yaml": "id: x\nname: %d\n"}, MAIN, ["main.yaml:2", "quote the value"]),
    ("no key", {"main.yaml": "id: x\n: y\n"}, MAIN, ["main.yaml:2", "key"]),
    (
        "key twice",
        {"main.yaml": "id: x\nname: a\nid: y\n"},
        MAIN,
        ["main.yaml:3", "'id' appears twice", "main.yaml:1"],
    ),
    (
        "nested key twice",
        {"main.yaml": "id: x\nmodel:\n  hidden_size: 1\n  hidden_size: 2\n"},
        MAIN,
        ["main.yaml:4", "'hidden_size' appears twice", "main.yaml:3"],
    ),
    ("list as key", {"main.yaml": "id: x\n[a, b]: 3\n"}, MAIN, ["main.yaml:2", "a key has to be text"]),
    ("unknown anchor", {"main.yaml": "id: x\nname: *nope\n"}, MAIN, ["main.yaml:2", "nope"]),
    ("cyclic anchor", {"main.yaml": "id: x\ndata: &a [1, *a]\n"}, MAIN, ["main.yaml:2", "*a"]),
    ("bad merge key", {"main.yaml": "id: x\nmodel:\n  <<: 3\n"}, MAIN, ["main.yaml:3", "'<<'", "mapping"]),
    (
        "python object",
        {"main.yaml": "id: x\nname: !!python/object/apply:os.system [ls]\n"},
        MAIN,
        ["main.yaml:2", "tag", "not supported"],
    ),
    ("custom tag", {"main.yaml": "id: x\nname: !mine 3\n"}, MAIN, ["main.yaml:2", "!mine", "not supported"]),
    ("wrong tag", {"main.yaml": "id: x\nbatch_size: !!int abc\n"}, MAIN, ["main.yaml:2", "'abc'"]),
    ("alias bomb", {"main.yaml": _bomb(9)}, MAIN, ["main.yaml:6", "more than 100000 values"]),
    (
        "too deep",
        {"main.yaml": "id: x\ndata: " + "[" * 200 + "]" * 200},
        MAIN,
        ["main.yaml:2", "more than 50"],
    ),
    ("too large", {"main.yaml": "id: x\nname: " + "a" * 5_000_000}, MAIN, ["main.yaml", "larger than 4 MiB"]),
    ("binary", {"main.yaml": b"\x7fELF\x00\x01\x02\x00"}, MAIN, ["main.yaml", "binary"]),
    (
        "control character",
        {"main.yaml": b"id: x\nname: a\x07b\n"},
        MAIN,
        ["main.yaml:2", "invalid YAML", "not allowed"],
    ),
    ("latin-1", {"main.yaml": b"id: x\ntitle: exp\xe9rience\n"}, MAIN, ["main.yaml:2", "UTF-8"]),
]

_FILES: list[Case] = [
    (
        "parent missing",
        {"main.yaml": "parent: base.yaml\nid: x\n"},
        MAIN,
        ["main.yaml:1", "parent", "does not exist"],
    ),
    (
        "parent missing, close name",
        {"main.yaml": "id: x\nparent: bsae.yaml\n", "base.yaml": "name: a\n"},
        MAIN,
        ["main.yaml:2", "parent", "did you mean 'base.yaml'"],
    ),
    (
        "parent is itself",
        {"main.yaml": "parent: main.yaml\nid: x\n"},
        MAIN,
        ["main.yaml:1", "inherits from itself"],
    ),
    (
        "parent cycle",
        {
            "main.yaml": "parent: a.yaml\nid: x\n",
            "a.yaml": "parent: b.yaml\n",
            "b.yaml": "name: q\nparent: a.yaml\n",
        },
        MAIN,
        ["b.yaml:2", "inherits from itself", "main.yaml -> a.yaml -> b.yaml -> a.yaml"],
    ),
    (
        "grandparent missing",
        {"main.yaml": "parent: a.yaml\nid: x\n", "a.yaml": "parent: none.yaml\n"},
        MAIN,
        ["a.yaml:1", "none.yaml", "does not exist", "main.yaml -> a.yaml -> none.yaml"],
    ),
    (
        "parent is a folder",
        {"main.yaml": "parent: conf\nid: x\n", "conf/": ""},
        MAIN,
        ["main.yaml:1", "is a folder"],
    ),
    ("parent is a list", {"main.yaml": "parent: [a.yaml]\nid: x\n"}, MAIN, ["main.yaml:1", "use `imports`"]),
    (
        "parent is a number",
        {"main.yaml": "parent: 3\nid: x\n"},
        MAIN,
        ["main.yaml:1", "parent", "expected the path"],
    ),
    (
        "imports is a text",
        {"main.yaml": "imports: a.yaml\nid: x\n"},
        MAIN,
        ["main.yaml:1", "imports", "a list"],
    ),
    (
        "parent and imports",
        {"main.yaml": "parent: a.yaml\nimports: [a.yaml]\nid: x\n", "a.yaml": "name: q\n"},
        MAIN,
        ["main.yaml:2", "both `parent` and `imports`"],
    ),
    (
        "parent is empty",
        {"main.yaml": "parent: a.yaml\nid: x\n", "a.yaml": ""},
        MAIN,
        ["a.yaml", "empty", "main.yaml -> a.yaml"],
    ),
    (
        "parent is a list file",
        {"main.yaml": "parent: a.yaml\n", "a.yaml": "- 1\n"},
        MAIN,
        ["a.yaml:1", "a list", "main.yaml -> a.yaml"],
    ),
    (
        "parent is bad YAML",
        {"main.yaml": "parent: a.yaml\n", "a.yaml": "q: [\n"},
        MAIN,
        ["a.yaml", "invalid YAML"],
    ),
    (
        "pre-yaml missing",
        {"main.yaml": ID},
        ["--pre-yaml", "pre.yaml", "main.yaml"],
        ["pre.yaml", "does not exist"],
    ),
    (
        "post-yaml empty",
        {"main.yaml": ID, "p.yaml": ""},
        ["--post-yaml", "p.yaml", "main.yaml"],
        ["p.yaml", "empty"],
    ),
]

_OPTIONS: list[Case] = [
    ("no id", {"main.yaml": "name: q\n"}, MAIN, ["main.yaml", "id", "missing", "id: main"]),
    ("null id", {"main.yaml": "id: null\n"}, MAIN, ["main.yaml", "id", "missing"]),
    ("empty id", {"main.yaml": "id: ''\n"}, MAIN, ["main.yaml:1", "id", "identifier"]),
    ("id with a slash", {"main.yaml": "id: ../x\n"}, MAIN, ["main.yaml:1", "id", "'../x'"]),
    ("id too long", {"main.yaml": f"id: {'x' * 300}\n"}, MAIN, ["main.yaml:1", "id", "200 bytes"]),
    ("id is a list", {"main.yaml": "id: [a]\n"}, MAIN, ["main.yaml:1", "id", "expected a text"]),
    (
        "file and module",
        {"main.yaml": "id: x\nfile: a\nmodule: b.c\n"},
        MAIN,
        ["main.yaml:3", "main.yaml:2", "both `file`"],
    ),
    (
        "file of the parent and module",
        {"main.yaml": "parent: a.yaml\nid: x\nmodule: b.c\n", "a.yaml": "file: experiment\n"},
        MAIN,
        ["main.yaml:3", "a.yaml:1", "both `file`"],
    ),
    (
        "--file and --module-name",
        {"main.yaml": ID},
        ["--file", "a", "--module-name", "b", "main.yaml"],
        ["both --file"],
    ),
    (
        "bad module name",
        {"main.yaml": "id: x\nmodule: a/b.py\n"},
        MAIN,
        ["main.yaml:2", "module", "'a/b.py'"],
    ),
    (
        "file does not exist",
        {"main.yaml": "id: x\nfile: exp\n"},
        MAIN,
        ["main.yaml:2", "file", "exp.py does not exist"],
    ),
    (
        "file is a folder",
        {"main.yaml": "id: x\nfile: exp\n", "exp.py/": ""},
        MAIN,
        ["main.yaml:2", "file", "exp.py is a folder"],
    ),
    ("file is empty", {"main.yaml": "id: x\nfile: ''\n"}, MAIN, ["main.yaml:2", "file", "empty"]),
    ("file is a list", {"main.yaml": "id: x\nfile: [a]\n"}, MAIN, ["main.yaml:2", "file", "expected a text"]),
    (
        "pythonpath is a text",
        {"main.yaml": "id: x\npythonpath: ..\n"},
        MAIN,
        ["main.yaml:2", "pythonpath", "[..]"],
    ),
    (
        "pythonpath does not exist",
        {"main.yaml": "id: x\npythonpath: [lib]\n"},
        MAIN,
        ["main.yaml:2", "pythonpath", "lib"],
    ),
    (
        "pre_experiment does not exist",
        {"main.yaml": "id: x\npre_experiment: setup.py\n"},
        MAIN,
        ["main.yaml:2", "pre_experiment", "setup.py does not exist"],
    ),
    (
        "pre_experiment is neither",
        {"main.yaml": "id: x\npre_experiment: a-b\n"},
        MAIN,
        ["main.yaml:2", "'a-b'"],
    ),
    (
        "dirty_git mistyped",
        {"main.yaml": "id: x\ndirty_git: eror\n"},
        MAIN,
        ["main.yaml:2", "dirty_git", "ignore, warn, error", "did you mean 'error'"],
    ),
    (
        "dirty_git is a boolean",
        {"main.yaml": "id: x\ndirty_git: no\n"},
        MAIN,
        ["main.yaml:2", "dirty_git", "one of"],
    ),
    (
        "add_timestamp is a text",
        {"main.yaml": "id: x\nadd_timestamp: maybe\n"},
        MAIN,
        ["main.yaml:2", "true or false"],
    ),
    (
        "title is a mapping",
        {"main.yaml": "id: x\ntitle:\n  en: a\n"},
        MAIN,
        ["main.yaml:2", "title", "a text"],
    ),
    (
        "option mistyped",
        {"main.yaml": "id: x\ndirty-git: warn\n"},
        MAIN,
        ["main.yaml:2", "did you mean 'dirty_git'"],
    ),
]

_SCHEMA: list[Case] = [
    (
        "unknown key",
        {"main.yaml": "id: x\nlerning_rate: 1\n"},
        MAIN,
        ["main.yaml:2", "lerning_rate", "did you mean 'learning_rate'"],
    ),
    (
        "unknown key, nothing close",
        {"main.yaml": "id: x\nzzzz: 1\n"},
        MAIN,
        ["main.yaml:2", "zzzz", "known keys"],
    ),
    (
        "unknown nested key",
        {"main.yaml": "id: x\nmodel:\n  hidden: 1\n"},
        MAIN,
        ["main.yaml:3", "model.hidden", "did you mean 'hidden_size'"],
    ),
    (
        "unknown key in a list",
        {"main.yaml": "id: x\nmodels:\n  - hidden_size: 1\n  - layer: [1]\n"},
        MAIN,
        ["main.yaml:4", "models.1.layer", "did you mean 'layers'"],
    ),
    (
        "unknown key of the parent",
        {"main.yaml": "parent: a.yaml\nid: x\n", "a.yaml": "name: q\nbatchsize: 3\n"},
        MAIN,
        ["a.yaml:2", "batchsize", "did you mean 'batch_size'"],
    ),
    (
        "text for int",
        {"main.yaml": "id: x\nbatch_size: big\n"},
        MAIN,
        ["main.yaml:2", "batch_size", "an integer", "'big'"],
    ),
    ("float for int", {"main.yaml": "id: x\nbatch_size: 1.5\n"}, MAIN, ["main.yaml:2", "an integer", "1.5"]),
    ("bool for int", {"main.yaml": "id: x\nbatch_size: yes\n"}, MAIN, ["main.yaml:2", "an integer", "true"]),
    ("null for int", {"main.yaml": "id: x\nbatch_size:\n"}, MAIN, ["main.yaml:2", "an integer", "null"]),
    (
        "list for float",
        {"main.yaml": "id: x\nlearning_rate: [1]\n"},
        MAIN,
        ["main.yaml:2", "a number", "a list of one item"],
    ),
    (
        "text for bool",
        {"main.yaml": "id: x\nflag: maybe\n"},
        MAIN,
        ["main.yaml:2", "true or false", "'maybe'"],
    ),
    (
        "mapping for text",
        {"main.yaml": "id: x\nname: {a: 1}\n"},
        MAIN,
        ["main.yaml:2", "a text", "keys and values"],
    ),
    (
        "enum",
        {"main.yaml": "id: x\nmode: fsat\n"},
        MAIN,
        ["main.yaml:2", "fast, slow", "did you mean 'fast'"],
    ),
    (
        "literal",
        {"main.yaml": "id: x\noptimizer: adm\n"},
        MAIN,
        ["main.yaml:2", "adam, sgd", "did you mean 'adam'"],
    ),
    (
        "text for nested",
        {"main.yaml": "id: x\nmodel: big\n"},
        MAIN,
        ["main.yaml:2", "model", "keys of Model", "'big'"],
    ),
    (
        "nested wrong type",
        {"main.yaml": "id: x\nmodel:\n  hidden_size: a\n"},
        MAIN,
        ["main.yaml:3", "model.hidden_size"],
    ),
    ("mapping for list", {"main.yaml": "id: x\nmodels: {a: 1}\n"}, MAIN, ["main.yaml:2", "models", "a list"]),
    (
        "item of a list",
        {"main.yaml": "id: x\nmodel:\n  layers:\n  - 1\n  - b\n"},
        MAIN,
        ["main.yaml:5", "model.layers.1"],
    ),
    (
        "key of a dict",
        {"main.yaml": "id: x\ntable:\n  a: 1.5\n"},
        MAIN,
        ["main.yaml:3", "table.a", "an integer as a key"],
    ),
    (
        "value of a dict",
        {"main.yaml": "id: x\ntable:\n  1: b\n"},
        MAIN,
        ["main.yaml:3", "table.1", "a number"],
    ),
    (
        "tuple size",
        {"main.yaml": "id: x\npair: [1, a, b]\n"},
        MAIN,
        ["main.yaml:2", "pair", "a list of 2 items"],
    ),
    ("tuple item", {"main.yaml": "id: x\npair: [b, 1]\n"}, MAIN, ["main.yaml:2", "pair.0", "an integer"]),
    ("path", {"main.yaml": "id: x\nwhere: 3\n"}, MAIN, ["main.yaml:2", "where", "a path"]),
    ("union", {"main.yaml": "id: x\nsize: big\n"}, MAIN, ["main.yaml:2", "size", "an integer or a list"]),
    (
        "check of the class",
        {"main.yaml": "id: x\nchecked:\n  rate: 2\n"},
        MAIN,
        ["main.yaml:2", "checked", "rate is above 1"],
    ),
    (
        "still to be given",
        {"main.yaml": "id: x\nname: ???\n"},
        MAIN,
        ["main.yaml:2", "name", "still to be given"],
    ),
    (
        "required",
        {"main.yaml": "id: x\ninner:\n  depth: 1\n", "experiment.py": REQUIRED},
        MAIN,
        ["main.yaml", "steps", "required"],
    ),
    (
        "required, nested",
        {"main.yaml": "id: x\nsteps: 1\ninner:\n  width: 1\n", "experiment.py": REQUIRED},
        MAIN,
        ["main.yaml:3", "inner.depth", "required"],
    ),
]

_OVERRIDES: list[Case] = [
    ("no equal sign", {"main.yaml": ID}, [*MAIN, "-c", "name"], ["-c name", "KEY=VALUE"]),
    ("no key given", {"main.yaml": ID}, [*MAIN, "-c", "=3"], ["-c =3", "KEY=VALUE"]),
    (
        "empty part",
        {"main.yaml": ID},
        [*MAIN, "-c", "model..hidden_size=3"],
        ["'model..hidden_size' is not a key"],
    ),
    (
        "bad value",
        {"main.yaml": ID},
        [*MAIN, "-c", "model.layers=[1,2"],
        ["-c model.layers=[1,2", "model.layers"],
    ),
    ("bad type", {"main.yaml": ID}, [*MAIN, "-c", "batch_size=b"], ["-c batch_size=b", "an integer", "'b'"]),
    (
        "unknown",
        {"main.yaml": ID},
        [*MAIN, "-c", "batchsize=3"],
        ["-c batchsize=3", "did you mean 'batch_size'"],
    ),
    (
        "unknown below",
        {"main.yaml": ID},
        [*MAIN, "-c", "model.layer=[3]"],
        ["model.layer", "did you mean 'layers'"],
    ),
    (
        "index outside",
        {"main.yaml": "id: x\nmodels:\n  - hidden_size: 3\n"},
        [*MAIN, "-c", "models.1.hidden_size=4"],
        ["-c models.1.hidden_size=4", "no item 1", "main.yaml:2", "from 0 to 0"],
    ),
    (
        "index in a default",
        {"main.yaml": ID},
        [*MAIN, "-c", "model.layers.2=4"],
        ["no item 2", "from 0 to 1"],
    ),
    (
        "index in an empty list",
        {"main.yaml": "id: x\nmodels: []\n"},
        [*MAIN, "-c", "models.0=4"],
        ["it is empty"],
    ),
    (
        "not an index",
        {"main.yaml": "id: x\nmodels: [{}]\n"},
        [*MAIN, "-c", "models.first=4"],
        ["'first'", "'models' is a list"],
    ),
    (
        "under a scalar",
        {"main.yaml": "id: x\nname: q\n"},
        [*MAIN, "-c", "name.a=4"],
        ["'name' is 'q'", "main.yaml:2", "'a'"],
    ),
    ("parent", {"main.yaml": ID}, [*MAIN, "-c", "parent=a.yaml"], ["'parent'", "--pre-yaml"]),
    ("id", {"main.yaml": ID}, [*MAIN, "-c", "id=a/b"], ["-c id=a/b", "'a/b'"]),
]

_INTERPOLATIONS: list[Case] = [
    (
        "unknown reference",
        {"main.yaml": "id: x\nname: ${nam}\n"},
        MAIN,
        ["main.yaml:2", "no key 'nam'", "did you mean 'name'"],
    ),
    (
        "reference to itself",
        {"main.yaml": "id: x\nname: ${name}\n"},
        MAIN,
        ["main.yaml:2", "name", "refers to itself"],
    ),
    (
        "cycle of references",
        {"main.yaml": "id: x\nname: ${title}\ntitle: a-${name}\n"},
        MAIN,
        ["main.yaml", "refers to itself", "name -> title -> name"],
    ),
    ("syntax", {"main.yaml": "id: x\nname: ${title\n"}, MAIN, ["main.yaml:2", "name", "bad syntax"]),
    (
        "variable not set",
        {"main.yaml": "id: x\nname: ${oc.env:XPM_NOT_SET}\n"},
        MAIN,
        ["main.yaml:2", "XPM_NOT_SET"],
    ),
    (
        "unknown resolver",
        {"main.yaml": "id: x\nname: ${nope:1}\n"},
        MAIN,
        ["main.yaml:2", "nope", "resolver"],
    ),
    (
        "reference to a gap",
        {"main.yaml": "id: x\nname: ${title}\ntitle: ???\n"},
        MAIN,
        ["main.yaml:2", "name", "title"],
    ),
    (
        "reference below a text",
        {"main.yaml": "id: x\nname: ${title.a}\ntitle: b\n"},
        MAIN,
        ["main.yaml:2", "title"],
    ),
    (
        "wrong type",
        {"main.yaml": "id: x\nname: q\nbatch_size: ${name}\n"},
        MAIN,
        ["main.yaml:3", "batch_size", "'q'"],
    ),
    (
        "in module",
        {"main.yaml": "id: x\nmodule: ${package}.a\n"},
        MAIN,
        ["main.yaml:2", "module", "no key 'package'"],
    ),
    ("bomb", {"main.yaml": _interpolation_bomb(12)}, MAIN, ["main.yaml", "expand to more than"]),
]

_GRIDS: list[Case] = [
    (
        "block is a list",
        {"main.yaml": "id: x\ngrid_search: [a]\n"},
        MAIN,
        ["main.yaml:2", "grid_search", "dotted keys"],
    ),
    (
        "unknown key in the grid",
        {"main.yaml": "id: x\ngrid_search:\n  model.hiden_size: [1, 2]\n"},
        MAIN,
        ["main.yaml:3", "grid_search.model.hiden_size", "did you mean 'hidden_size'"],
    ),
    (
        "no value",
        {"main.yaml": "id: x\ngrid_search:\n  batch_size: []\n"},
        MAIN,
        ["main.yaml:3", "at least one"],
    ),
    (
        "wrong value",
        {"main.yaml": "id: x\ngrid_search:\n  batch_size: [1, b]\n"},
        MAIN,
        ["main.yaml:3", "an integer", "'b'"],
    ),
    (
        "short range",
        {"main.yaml": "id: x\nmomentum:\n  range: [1]\n"},
        MAIN,
        ["main.yaml:3", "[start, stop]"],
    ),
    ("empty range", {"main.yaml": "id: x\nmomentum: {range: [2, 1]}\n"}, MAIN, ["main.yaml:2", "no value"]),
    (
        "step of zero",
        {"main.yaml": "id: x\nmomentum: {range: [1, 2, 0]}\n"},
        MAIN,
        ["main.yaml:2", "step is 0"],
    ),
    (
        "huge range",
        {"main.yaml": "id: x\nmomentum: {range: [0, 1e9, 1]}\n"},
        MAIN,
        ["main.yaml:2", "more than 10000"],
    ),
    (
        "bad count",
        {"main.yaml": "id: x\nmomentum: {range_mult: [1, 2.5, 2]}\n"},
        MAIN,
        ["main.yaml:2", "number of values"],
    ),
    (
        "values is a text",
        {"main.yaml": "id: x\nmomentum: {values_list: a}\n"},
        MAIN,
        ["main.yaml:2", "a list of values"],
    ),
    (
        "bad item",
        {"main.yaml": "id: x\nmomentum: [0.1, b]\n"},
        MAIN,
        ["main.yaml:2", "momentum.1", "a number"],
    ),
]

CASES: list[Case] = [
    *_YAML,
    *_FILES,
    *_OPTIONS,
    *_SCHEMA,
    *_OVERRIDES,
    *_INTERPOLATIONS,
    *_GRIDS,
]
