"""What xpm-mock costs: one JSON line, times in milliseconds.

    python tools/bench/bench_mock.py

`import_*` are measured in fresh processes with compiled bytecode, the best of several; the rest in this
process.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from time import perf_counter

TREE = [
    *("torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.optim", "torch.optim.lr_scheduler"),
    *(
        "torch.utils",
        "torch.utils.data",
        "torch.cuda",
        "torch.cuda.amp",
        "torch.distributed",
        "torch.autograd",
    ),
]
ROUNDS = 7


def fresh_process_ms(statement: str, cache: str) -> float:
    """Return the best time of a statement in new interpreters, bytecode compiled by the first."""
    code = f"from time import perf_counter as t; a = t(); {statement}; print((t() - a) * 1e3)"
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", code]
    took = [
        float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
        for _ in range(ROUNDS + 1)
    ]
    return min(took[1:])


def tree_ms() -> float:
    """Return the time to import a dozen mocked modules."""
    from xpm_mock import mock_modules

    with mock_modules(["torch"]):
        start = perf_counter()
        for name in TREE:
            importlib.import_module(name)
        return (perf_counter() - start) * 1e3


def subclasses_ms(mocked: bool) -> float:
    """Return the time to make 1 000 subclasses of a mocked class, or of a plain one."""
    from xpm_mock import mock_modules

    with mock_modules(["torch"]):
        base = importlib.import_module("torch").nn.Module if mocked else object
        start = perf_counter()
        for _ in range(1000):

            class Net(base):  # type: ignore[misc,valid-type]
                def __init__(self, width: int) -> None:
                    super().__init__()
                    self.width = width

                def forward(self, x: object) -> object:
                    return x

        return (perf_counter() - start) * 1e3


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as cache:
        figures = {
            "import_package_ms": fresh_process_ms("import xpm_mock", cache),
            "import_all_ms": fresh_process_ms("from xpm_mock import mock_modules", cache),
            "torch_tree_ms": min(tree_ms() for _ in range(ROUNDS)),
            "subclasses_1000_ms": min(subclasses_ms(True) for _ in range(ROUNDS)),
            "plain_subclasses_1000_ms": min(subclasses_ms(False) for _ in range(ROUNDS)),
        }
    print(json.dumps({"bench": "mock", **{name: round(value, 3) for name, value in figures.items()}}))


if __name__ == "__main__":
    main()
