"""Cost of large configurations and of long chains of tasks. Prints one JSON line::

    python tools/bench/bench_tasks_scale.py [--depth 5000] [--levels 200] [--tasks 2000]

* ``chain_*_s`` and ``diamond_*_s``: seal, identify, write and load a chain of nested configurations, and a
  "diamond" where each level holds the previous one twice (processor time);
* ``chain_*_ratio``: the work for twice the depth over the work for the depth: 2 when the cost is linear;
* ``submit_first_us``, ``submit_last_us``: submitting a task, at the start and at the end of a chain of tasks;
* ``write_first_us``, ``write_last_us``: the bytes of its ``params.json``, which describe the whole chain.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from xpm_tasks import Config, Meta, Param, PathGenerator, Task, field, tag
from xpm_tasks.parameters import dump_parameters, load_task
from xpm_tasks.testing import FakeSubmitter


class Node(Config):
    one: Param[Node | None] = field(default=None)
    two: Param[Node | None] = field(default=None)


class Root(Task):
    node: Param[Node]


class Step(Task):
    previous: Param[Any] = field(default=None)
    number: Param[int]
    lr: Param[float] = field(default=0.1)
    out: Meta[Path] = field(default_factory=PathGenerator("out"))


def build(depth: int, twice: bool) -> Node:
    node = Node.C()
    for _ in range(depth - 1):
        node = Node.C(one=node, two=node if twice else None)
    return node


def measure(depth: int, twice: bool, folder: Path, repeat: int = 3) -> dict[str, float]:
    """The best of a few repeats: other programs only slow it down."""
    runs = [measure_once(depth, twice, folder) for _ in range(repeat)]
    return {name: min(run[name] for run in runs) for name in runs[0]}


def measure_once(depth: int, twice: bool, folder: Path) -> dict[str, float]:
    root = Root.C(node=build(depth, twice))
    file = folder / "params.json"
    figures = {}

    def timed(name: str, work: Any) -> Any:
        start = time.process_time()
        result = work()
        figures[name] = time.process_time() - start
        return result

    gc.collect()  # what an earlier run left is not to be paid for here
    timed("identify", root.__identifier__)
    timed("seal", root.seal)
    content = timed("dump", lambda: dump_parameters(root, workspace=folder, experimaestro_version="3"))
    file.write_bytes(content)
    timed("load", lambda: load_task(file))
    timed("instance", root.instance)
    return figures


def submit_chain(count: int, folder: Path) -> dict[str, float]:
    submits, writes = [], []
    previous: Any = None
    with FakeSubmitter(folder).current():
        for number in range(count):
            start = time.perf_counter()
            previous = Step.C(previous=previous, number=number, lr=tag(0.1)).submit()
            submitted = time.perf_counter()
            dump_parameters(previous, workspace=folder, experimaestro_version="3")
            writes.append(time.perf_counter() - submitted)
            submits.append(submitted - start)
    part = max(count // 10, 1)
    figures = {}
    for name, times in (("submit", submits), ("write", writes)):
        figures[f"{name}_first_us"] = round(statistics.median(times[1 : part + 1]) * 1e6, 1)
        figures[f"{name}_last_us"] = round(statistics.median(times[-part:]) * 1e6, 1)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--depth", type=int, default=5_000, help="configurations in the chain")
    parser.add_argument("--levels", type=int, default=200, help="levels of the diamond")
    parser.add_argument("--tasks", type=int, default=2_000, help="tasks in the chain of tasks")
    arguments = parser.parse_args()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chain = measure(arguments.depth, False, folder)
        double = measure(2 * arguments.depth, False, folder)
        diamond = measure(arguments.levels, True, folder)
        figures.update({f"chain_{key}_s": round(value, 4) for key, value in chain.items()})
        figures.update({f"chain_{key}_ratio": round(double[key] / chain[key], 2) for key in chain})
        figures.update({f"diamond_{key}_s": round(value, 4) for key, value in diamond.items()})
        figures.update(submit_chain(arguments.tasks, folder))
    print(json.dumps({"bench": "tasks_scale", **figures}))


if __name__ == "__main__":
    main()
