"""Time of loading a configuration inherited over three levels, next to `import omegaconf`.

Prints one JSON line. Each time is the median over fresh processes, minus that of a bare interpreter::

    python tools/bench/bench_config_load.py [--runs 15]

* ``plain_s``: `import xpm_config`, read, merge and apply the schema, without any ``${...}``;
* ``interpolated_s``: the same with interpolations, which OmegaConf resolves;
* ``omegaconf_import_s``: the floor of any tool that imports OmegaConf;
* ``read_s`` and ``read_interpolated_s``: the work alone, imports done, in one process.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LOAD = """
import sys, time
from dataclasses import field
from xpm_config import ConfigurationBase, configuration, read

@configuration
class Model:
    hidden_size: int = 8
    layers: list[int] = field(default_factory=lambda: [1, 2])

@configuration
class Cfg(ConfigurationBase):
    learning_rate: float = 1e-3
    batch_size: int = 32
    run_name: str = ""
    model: Model = field(default_factory=Model)
    data: dict[str, list[float]] = field(default_factory=dict)

def load():
    return read(sys.argv[1], overrides=["model.hidden_size=64"]).to(Cfg)

load()
if len(sys.argv) > 2:
    count = int(sys.argv[2])
    start = time.perf_counter()
    for _ in range(count):
        load()
    print((time.perf_counter() - start) / count)
"""


def write_files(folder: Path) -> None:
    data = "".join(f"  series{i}: [{', '.join(str(j / 10) for j in range(10))}]\n" for i in range(10))
    (folder / "root.yaml").write_text(f"learning_rate: 1e-3\nbatch_size: 32\ndata:\n{data}")
    (folder / "base.yaml").write_text("parent: root.yaml\nmodel:\n  layers: [1, 2, 3]\n")
    (folder / "plain.yaml").write_text("parent: base.yaml\nid: bench\nrun_name: lr\n")
    (folder / "interpolated.yaml").write_text("parent: base.yaml\nid: bench\nrun_name: lr-${learning_rate}\n")


def process_s(code: str, *arguments: str, runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, *arguments], check=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def work_s(path: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(path), "50"], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15, help="processes started for each figure")
    runs: int = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder)
        bare = process_s("pass", runs=runs)
        figures = {
            "plain_s": process_s(LOAD, str(folder / "plain.yaml"), runs=runs) - bare,
            "interpolated_s": process_s(LOAD, str(folder / "interpolated.yaml"), runs=runs) - bare,
            "omegaconf_import_s": process_s("import omegaconf", runs=runs) - bare,
            "xpm_config_import_s": process_s("import xpm_config", runs=runs) - bare,
            "bare_python_s": bare,
            "read_s": work_s(folder / "plain.yaml"),
            "read_interpolated_s": work_s(folder / "interpolated.yaml"),
        }
    print(json.dumps({"bench": "config_load", **{key: round(value, 4) for key, value in figures.items()}}))


if __name__ == "__main__":
    main()
