"""Import published packages that need torch, without torch.

    python tests-integration/mock_real_packages.py            # all of them
    python tests-integration/mock_real_packages.py timm       # one

Each is installed alone (`--no-deps`) into a folder of its own below the user's cache, then imported with
all its submodules while torch and the package's other dependencies are mocked. One JSON line per package on
stdout.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import pkgutil
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import NamedTuple


class Package(NamedTuple):
    """A published package, pinned."""

    #: Name on the index.
    distribution: str
    version: str
    #: Name to import.
    module: str
    #: What it needs besides torch, optional dependencies included.
    mocked: tuple[str, ...]


#: Pure Python, and torch imported at module level.
PACKAGES = [
    Package(
        "torchmetrics",
        "1.9.0",
        "torchmetrics",
        ("numpy", "lightning_utilities", "matplotlib", "scipy", "sklearn"),
    ),
    Package(
        "timm",
        "1.0.31",
        "timm",
        (
            "torchvision",
            "huggingface_hub",
            "safetensors",
            "numpy",
            "PIL",
            "datasets",
            "tensorflow",
            "tensorflow_datasets",
        ),
    ),
    Package(
        "peft",
        "0.21.2",
        "peft",
        ("transformers", "accelerate", "huggingface_hub", "safetensors", "numpy", "tqdm", "bitsandbytes"),
    ),
    Package("kornia", "0.9.0", "kornia", ("kornia_rs", "numpy")),
    Package(
        "pytorch-metric-learning",
        "2.9.0",
        "pytorch_metric_learning",
        ("numpy", "sklearn", "scipy", "tqdm", "PIL"),
    ),
]


def cache_folder() -> Path:
    """Return where packages are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "xpm-mock-real-packages"


def installer() -> list[str] | None:
    """Return the command that installs packages, or None if there is none."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--quiet"]
    for name, command in (
        ("uv", ["uv", "pip", "install", "--quiet", "--python", sys.executable]),
        ("pip", ["pip", "install", "--quiet"]),
    ):
        if shutil.which(name):
            return command
    return None


def install(package: Package) -> Path:
    """Install a package into the cache, once, and return its folder.

    Raises:
        RuntimeError: nothing to install with, or the index cannot be reached.
    """
    folder = cache_folder() / f"{package.distribution}-{package.version}"
    if folder.exists():
        return folder
    command = installer()
    if command is None:
        raise RuntimeError("neither pip nor uv is there")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        target = Path(temporary) / "target"
        requirement = f"{package.distribution}=={package.version}"
        done = subprocess.run(
            [*command, "--no-deps", "--target", str(target), requirement], capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip()[-500:])
        if not folder.exists():  # another process may have been faster
            target.rename(folder)
    return folder


def check(package: Package) -> dict[str, object]:
    """Import a package and its submodules under the mocks, and return what happened."""
    from xpm_mock import mock_modules

    sys.path.insert(0, str(install(package)))
    before = set(sys.modules)
    failures = {}
    with mock_modules(["torch", *package.mocked]):
        start = perf_counter()
        top = importlib.import_module(package.module)
        took_ms = (perf_counter() - start) * 1e3
        names = [package.module]
        for info in pkgutil.walk_packages(top.__path__, f"{package.module}."):
            names.append(info.name)
            try:
                importlib.import_module(info.name)
            except BaseException as error:  # noqa: BLE001  (reported below, whatever it is)
                failures[info.name] = f"{type(error).__name__}: {error}"
    left = [
        name for name in set(sys.modules) - before if name.partition(".")[0] in ("torch", *package.mocked)
    ]
    return {
        "package": f"{package.distribution} {package.version}",
        "modules": len(names),
        "import_ms": round(took_ms),
        "failures": failures,
        "left": sorted(left),
    }


def main(wanted: list[str]) -> int:
    """Check the named packages, or all; the number of failures is the exit code."""
    chosen = [package for package in PACKAGES if not wanted or package.distribution in wanted]
    if len(wanted) == 1:
        result = check(chosen[0])
        print(json.dumps(result))
        return 1 if result["failures"] or result["left"] else 0
    # One process each: what is imported for one must not help another.
    return sum(
        subprocess.run([sys.executable, "-W", "ignore", __file__, package.distribution]).returncode != 0
        for package in chosen
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
