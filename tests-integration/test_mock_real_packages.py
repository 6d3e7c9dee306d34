"""Published packages that import torch at module level import under the mock, without torch."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parent / "mock_real_packages.py"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mock_real_packages", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


script = _script()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per package, marked as needing a package index."""
    metafunc.config.addinivalue_line("markers", "network: needs a package index; skipped without one")
    metafunc.parametrize(
        "package",
        [
            pytest.param(package, id=package.distribution, marks=pytest.mark.network)
            for package in script.PACKAGES
        ],
    )


def test_real_package(package: tuple[str, ...]) -> None:
    try:
        script.install(package)
    except RuntimeError as error:
        pytest.skip(f"cannot install {package[0]}: {error}")
    command = [sys.executable, "-W", "ignore", str(SCRIPT), package[0]]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.strip(), done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["failures"] == {} and result["left"] == [], result
    assert result["modules"] > 10
