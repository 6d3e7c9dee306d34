"""Time of importing, minus that of a bare interpreter. Prints one JSON line::

    python tools/bench/bench_tasks_import.py [--runs 21]

* ``package_ms``: `import xpm_tasks`;
* ``declare_ms``: what a module that declares configurations imports;
* ``load_ms``: what the process of a job imports and does to load a small task;
* ``typing_ms``: the floor, since the standard library's own `typing` and `pathlib` are needed.

The best of the runs is kept: other programs only slow it down. Bytecode is cached in a folder of its own,
whatever the environment says: without it, compiling dominates.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MODULE = """
from xpm_tasks import Config, Meta, Param, Path, PathGenerator, Task, field

class Model(Config):
    layers: Param[int] = field(default=2)

class Learn(Task):
    model: Param[Model]
    out: Meta[Path] = field(default_factory=PathGenerator("out"))
"""

WRITE = """
import sys
from pathlib import Path
from bench_module import Learn, Model
from xpm_tasks.parameters import write_parameters
from xpm_tasks.testing import FakeSubmitter

folder = Path(sys.argv[1])
with FakeSubmitter(folder).current():
    task = Learn.C(model=Model.C())
    task.submit()
    write_parameters(task, folder / "params.json", workspace=folder, experimaestro_version="3")
"""

LOAD = "import sys; from xpm_tasks.parameters import load_task; load_task(sys.argv[1])"


def process_ms(code: str, *arguments: str, runs: int, env: dict[str, str]) -> float:
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, *arguments], check=True, env=env)
        times.append((time.perf_counter() - start) * 1e3)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=21, help="processes started for each figure")
    runs: int = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bench_module.py").write_text(MODULE)
        env = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "cache"), "PYTHONPATH": name}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run([sys.executable, "-c", WRITE, name], check=True, env=env)
        bare = process_ms("pass", runs=runs, env=env)
        package = process_ms("import xpm_tasks", runs=runs, env=env)
        load = process_ms(LOAD, str(folder / "params.json"), runs=runs, env=env)
        figures = {
            "package_ms": package - bare,
            "declare_ms": process_ms("import bench_module", runs=runs, env=env) - bare,
            "load_ms": load - bare,
            "typing_ms": process_ms("import typing, pathlib", runs=runs, env=env) - bare,
            "bare_python_ms": bare,
            "load_over_package": load / package,
        }
    print(json.dumps({"bench": "tasks_import", **{key: round(value, 2) for key, value in figures.items()}}))


if __name__ == "__main__":
    main()
