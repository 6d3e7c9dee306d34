"""What an import must not load, and that the package's public names are real."""

from __future__ import annotations

import subprocess
import sys

import xpm_services


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.split())


def test_only_the_proxy_loads_the_web() -> None:
    assert not {"aiohttp", "asyncio", "xpm_services.service"} & loaded_by("import xpm_services")
    names = ", ".join(name for name in xpm_services.__all__)
    heavy = {"aiohttp", "asyncio", "sqlite3", "xpm_services.proxy"}
    assert not heavy & loaded_by(f"from xpm_services import {names}")
    assert "aiohttp" in loaded_by("import xpm_services.proxy")


def test_all_is_real() -> None:
    for name in xpm_services.__all__:
        assert getattr(xpm_services, name) is not None
    assert set(xpm_services.__all__) == set(dir(xpm_services))
