"""Fixtures: a configuration folder, and programs that stand for others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from xpm_scheduler.launcherfinder.hardware import CPUSpecification, CudaSpecification, HostSpecification
from xpm_scheduler.launcherfinder.registry import LauncherRegistry

Write = Callable[[str], Path]


@pytest.fixture
def config_dir(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the settings of a user without any; `find_launcher` looks there."""
    folder = workdir / "config"
    folder.mkdir()
    monkeypatch.setattr(LauncherRegistry, "_instances", {})
    LauncherRegistry.set_config_dir(folder)
    yield folder
    LauncherRegistry.set_config_dir(None)


@pytest.fixture
def launchers_py(config_dir: Path) -> Write:
    """Writes the user's `launchers.py`."""

    def write(text: str) -> Path:
        path = config_dir / "launchers.py"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> HostSpecification:
    """Pretend that this machine has 4 cores, 16G and two cards."""
    cards = {"0": CudaSpecification("8G"), "1": CudaSpecification("24G")}
    host = HostSpecification(CPUSpecification("16G", 4), cards.values())
    monkeypatch.setattr("xpm_scheduler.launcherfinder.machine.cuda_devices", lambda environ: cards)
    monkeypatch.setattr("xpm_scheduler.launcherfinder.machine.this_machine", lambda cuda: host)
    return host


@pytest.fixture
def nvidia_smi(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Puts a shell script in the place of `nvidia-smi`, and takes the user's variables away."""
    folder = workdir / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def write(script: str) -> Path:
        path = folder / "nvidia-smi"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return write
