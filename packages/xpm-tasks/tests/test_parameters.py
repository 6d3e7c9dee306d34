"""``params.json``: written, read, run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xpm_tasks.documents import forget_beginnings
from xpm_tasks.dump import Dumper
from xpm_tasks.parameters import dump_parameters, load_task, run_task, write_parameters
from xpm_tasks.testing import FakeSubmitter

SOURCE = """
    from enum import Enum
    from pathlib import Path
    from typing import Any, Dict, List, Literal, Optional, Set, Tuple, Union
    from xpm_tasks import *

    class Color(Enum):
        RED = 1
        BLUE = 2

    class Sub(Config):
        value: Param[int]

    class Init(LightweightTask):
        seed: Param[int]
        def execute(self):
            print("init", self.seed)

    class Work(Task):
        i: Param[int]
        f: Param[float]
        s: Param[str]
        b: Param[bool]
        p: Param[Path]
        e: Param[Color]
        l: Param[list[int]]
        t: Param[tuple[int, str]]
        d: Param[dict[str, float]]
        n: Param[dict[int, Color]]
        g: Param[set[Sub]]
        o: Param[Optional[int]]
        u: Param[Union[int, str]]
        m: Param[Literal["a", "b"]]
        a: Param[Any]
        sub: Param[Sub]
        subs: Param[list[Sub]]
        inner: Param[Sub]
        c: Constant[int] = 3
        out: Meta[Path] = field(default_factory=PathGenerator("out.txt"))

        def execute(self):
            print(repr((self.i, self.f, self.s, self.b, self.p, self.e, self.l, self.t, self.d, self.n)))
            print(self.sub is self.subs[0], self.inner is self.sub, sorted(x.value for x in self.g), self.out,
            self.c)

    def make():
        sub = Sub.C(value=7)
        return Work.C(i=1, f=2, s="x\\n'é", b=True, p=Path("/a b"), e=Color.BLUE, l=[1, 2], t=(1, "x"),
            d={"type": 1.5}, n={3: Color.RED}, g={Sub.C(value=1), Sub.C(value=2)}, o=None, u="x", m="b",
            a={"k": [1, (2, 3)]}, sub=sub, subs=[sub], inner=Sub.C(value=7))
"""


def test_round_trip(submitter: FakeSubmitter, make_module: Callable[[str, str], ModuleType]) -> None:
    module = make_module("work_round_trip", SOURCE)
    task = module.make()
    task.submit(init_tasks=[module.Init.C(seed=1)])
    path = submitter.workspace_path / "params.json"
    write_parameters(task, path, workspace=submitter.workspace_path, experimaestro_version="3.0")
    document = json.loads(path.read_bytes())
    assert document["version"] == 3
    assert [item["id"] for item in document["objects"]] == list(range(1, len(document["objects"]) + 1))
    relative = task.out.relative_to(submitter.workspace_path).as_posix()
    assert document["objects"][-1]["fields"]["out"] == {"type": "path", "value": relative, "base": "job"}
    loaded = load_task(path)
    assert type(loaded) is module.Work
    assert (loaded.i, loaded.f, loaded.s, loaded.b, loaded.p) == (1, 2.0, "x\n'é", True, Path("/a b"))
    assert loaded.e is module.Color.BLUE
    assert (loaded.l, loaded.t, loaded.d, loaded.n) == (
        [1, 2],
        (1, "x"),
        {"type": 1.5},
        {3: module.Color.RED},
    )
    assert loaded.a == {"k": [1, (2, 3)]}
    assert loaded.sub is loaded.subs[0] and loaded.inner is not loaded.sub
    assert {item.value for item in loaded.g} == {1, 2}


def test_same_bytes_each_time(
    submitter: FakeSubmitter, make_module: Callable[[str, str], ModuleType]
) -> None:
    module = make_module("work_same_bytes", SOURCE)

    def dump() -> bytes:
        task = module.make()
        task.submit()
        return dump_parameters(task, workspace=submitter.workspace_path, experimaestro_version="3.0")

    assert dump() == dump()


def test_run_in_another_process(
    submitter: FakeSubmitter, make_module: Callable[[str, str], ModuleType], weird_path: Path
) -> None:
    module = make_module("work_elsewhere", SOURCE)
    task = module.make()
    task.submit(init_tasks=[module.Init.C(seed=5)])
    path = weird_path / "params.json"
    write_parameters(task, path, workspace=submitter.workspace_path, experimaestro_version="3.0")
    code = "import sys; from xpm_tasks import load_task, run_task; run_task(load_task(sys.argv[1]))"
    result = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("init 5\n")
    assert "True False [1, 2]" in result.stdout


def test_a_job_loads_its_task_without_reading_annotations(
    submitter: FakeSubmitter, make_module: Callable[[str, str], ModuleType], weird_path: Path
) -> None:
    """It would cost each job more than many a task takes; a parameter that is new since needs it."""
    source = """
from xpm_tasks import Config, Meta, Param, Task, field

class Inner(Config):
    depth: Param[int]

class Outer(Task):
    inner: Param[Inner]
    name: Meta[str] = field(default="it")
"""
    module = make_module("plain_work", source)
    task = module.Outer.C(inner=module.Inner.C(depth=3))
    task.submit()
    path = weird_path / "params.json"
    write_parameters(task, path, workspace=submitter.workspace_path, experimaestro_version="3.0")
    code = """
import sys
from xpm_tasks.runtime import set_runtime
set_runtime(object())
from xpm_tasks.parameters import load_task
task = load_task(sys.argv[1])
print(task.inner.depth, task.name, getattr(task, "new", None), "xpm_tasks.collecting" in sys.modules)
"""

    def shown() -> str:
        command = [sys.executable, "-c", code, str(path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert shown() == "3 it None False\n"
    file = Path(module.__file__ or "")
    file.write_text(f"{source}    new: Param[list[int]] = field(default=[1], ignore_default=True)\n")
    assert shown() == "3 it [1] True\n"


def test_run_task(
    submitter: FakeSubmitter, make_module: Callable[[str, str], ModuleType], capsys: Any
) -> None:
    module = make_module("work_run", SOURCE)
    task = module.make()
    task.submit(init_tasks=[module.Init.C(seed=5)])
    path = submitter.workspace_path / "params.json"
    write_parameters(task, path, workspace=submitter.workspace_path, experimaestro_version="3.0")
    run_task(load_task(path))
    assert capsys.readouterr().out.startswith("init 5\n")


CHAIN = """
    from xpm_tasks import *

    class Model(Config):
        width: Param[int]

    class Output(Config):
        previous: Param[Any]
        path: Meta[Path]

    class Step(Task):
        model: Param[Model]
        previous: Param[Any] = field(default=None)
        number: Param[int]
        out: Meta[Path] = field(default_factory=PathGenerator("out"))

        def execute(self):
            pass

    class Makes(Step):
        def task_outputs(self, dep):
            return dep(Output.C(previous=self.previous, path=self.out))

    class Changes(Step):
        def task_outputs(self, dep):
            return dep(self.model)
"""


@pytest.mark.parametrize("kind", ["Step", "Makes", "Changes"])
@pytest.mark.parametrize("kept", [True, False])
def test_tasks_of_a_chain(
    submitter: FakeSubmitter, make_module: Callable[[str, str], ModuleType], kind: str, kept: bool
) -> None:
    """What was kept of the tasks before changes neither the bytes nor what is loaded."""
    module = make_module(f"chain_{kind}_{kept}", CHAIN)
    step, model = getattr(module, kind), module.Model.C(width=3)
    previous: Any = None
    for number in range(12):
        task = step.C(model=previous if kind == "Changes" and previous else model, number=number)
        if kind != "Changes":
            task.previous = [previous, previous]
        previous = task.submit()
        task.jobpath.mkdir(parents=True)
        if not kept:
            forget_beginnings()
        path = task.jobpath / "params.json"
        write_parameters(task, path, workspace=submitter.workspace_path, experimaestro_version="3")
        content = path.read_bytes()
        forget_beginnings()
        write_parameters(task, path, workspace=submitter.workspace_path, experimaestro_version="3")
        assert path.read_bytes() == content
        # Once more, now that something is kept: the next one starts from it.
        write_parameters(task, path, workspace=submitter.workspace_path, experimaestro_version="3")
        assert path.read_bytes() == content
        loaded = load_task(path)
        assert loaded.number == number and loaded.out == task.out
        ids = [item["id"] for item in json.loads(content)["objects"]]
        assert ids == list(range(1, len(ids) + 1))
        if kind == "Step" and number:
            assert loaded.previous[0] is loaded.previous[1]
            assert loaded.previous[0].out == task.previous[0].out


def test_the_next_task_of_a_chain_writes_itself_only(
    submitter: FakeSubmitter, make_module: Callable[[str, str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = make_module("chain_counted", CHAIN)
    model = module.Model.C(width=3)
    counts: list[Any] = []
    describe = Dumper._object

    def counting(dumper: Dumper, config: Any) -> Any:
        counts.append(config)
        return describe(dumper, config)

    monkeypatch.setattr(Dumper, "_object", counting)
    for kind in (module.Step, module.Makes):
        previous: Any = None
        for number in range(30):
            task = kind.C(model=model, previous=previous, number=number)
            previous = task.submit()
            counts.clear()
            dump_parameters(task, workspace=submitter.workspace_path, experimaestro_version="3")
            assert len(counts) <= 4


def test_classes_that_a_job_cannot_find(submitter: FakeSubmitter, make_module: Any) -> None:
    module = make_module(
        "with_locals",
        """
        from xpm_tasks import *

        def make():
            class Local(Config):
                pass
            return Local

        class Work(Task):
            part: Param[Any]
            def execute(self): ...
        """,
    )
    task = module.Work.C(part=module.make().C())
    task.submit()
    with pytest.raises(
        ValueError, match=r"the class Local \(at .*with_locals\.py:5\) cannot be found by a job"
    ):
        dump_parameters(task, workspace=submitter.workspace_path, experimaestro_version="3")


def test_classes_of_an_interactive_session() -> None:
    code = """
import sys
from pathlib import Path
from xpm_tasks import *
from xpm_tasks.parameters import dump_parameters
class Work(Task):
    pass
task = Work.C()
task.submit(run_mode="dry_run")
try:
    dump_parameters(task, workspace=Path(), experimaestro_version="3")
except ValueError as error:
    print(error)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "made in an interactive session: put it in a file" in result.stdout
