"""What this machine offers, found without importing anything heavy."""

from __future__ import annotations

import logging
import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from xpm_scheduler.launcherfinder.hardware import (
    AcceleratorSpecification,
    CPUSpecification,
    CudaSpecification,
    HostSpecification,
    MPSSpecification,
)
from xpm_scheduler.launcherfinder.quantities import Memory
from xpm_scheduler.launchers.direct import usable_cores

logger = logging.getLogger("xpm.launchers")

#: `nvidia-smi` takes a second or two for each card when no process uses them; with a sick driver, for ever.
_NVIDIA_SMI_TIMEOUT_S = 15.0
_QUERY = ("--query-gpu=index,uuid,memory.total", "--format=csv,noheader,nounits")


def this_machine(cuda: Iterable[CudaSpecification] | None = None) -> HostSpecification:
    """Look at the cores, memory and graphics cards that this process may use.

    Respects the process's affinity, the memory limit of its cgroup, and `CUDA_VISIBLE_DEVICES`.

    Args:
        cuda: the CUDA cards, where they are known already.
    """
    memory = usable_memory()
    cards: list[AcceleratorSpecification] = list(cuda_devices(os.environ).values() if cuda is None else cuda)
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        cards.append(MPSSpecification(memory))
    return HostSpecification(CPUSpecification(memory, usable_cores()), cards)


def usable_memory(root: Path = Path("/")) -> Memory:
    """Return the memory of this machine, or what the cgroup of this process leaves of it; 0 when unknown.

    Args:
        root: where `proc` and `sys` are; for tests.
    """
    limits = _cgroup_limits(root)
    with suppress(OSError, ValueError):
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return Memory(min(limits, default=0))


def _cgroup_limits(root: Path) -> list[int]:
    """The limits of the groups of this process and of those around them; without a limit, `max`."""
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    limits = []
    for line in groups:
        _, controllers, path = line.split(":", 2)
        if controllers == "":  # version 2: one tree for all
            top, name = root / "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            top, name = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        group = top / path.lstrip("/")
        for folder in (group, *group.parents):
            with suppress(OSError, ValueError):
                limits.append(int((folder / name).read_text()))
            if folder == top:
                break
    return limits


def cuda_devices(environ: Mapping[str, str]) -> dict[str, CudaSpecification]:
    """Find the CUDA cards that a process with this environment sees; none without `nvidia-smi`.

    Returns:
        The cards by their names, as they are written in `CUDA_VISIBLE_DEVICES`.
    """
    program = shutil.which("nvidia-smi", path=environ.get("PATH"))
    visible = environ.get("CUDA_VISIBLE_DEVICES")
    if program is None or (visible is not None and not visible.strip()):
        return {}
    said = _run([program, *_QUERY], _NVIDIA_SMI_TIMEOUT_S)
    cards: dict[str, tuple[str, Memory]] = {}
    for line in said.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) == 3 and fields[0].isdecimal():
            # Cards that share the machine's memory answer "[N/A]".
            mebibytes = int(fields[2]) if fields[2].isdecimal() else 0
            cards[fields[0]] = (fields[1], Memory(mebibytes * 1024**2))
    seen = _visible(cards, visible)
    return {name: CudaSpecification(memory) for name, memory in seen.items()}


def _visible(cards: Mapping[str, tuple[str, Memory]], visible: str | None) -> dict[str, Memory]:
    """Apply `CUDA_VISIBLE_DEVICES` as CUDA does: what comes after a device that is not there is not seen."""
    if visible is None:
        return {index: memory for index, (_, memory) in cards.items()}
    seen = {}
    for wanted in (part.strip() for part in visible.split(",")):
        if wanted.startswith("MIG-"):  # a slice of a card, whose size nobody says here
            seen[wanted] = Memory(0)
            continue
        found = next((i for i, (uuid, _) in cards.items() if wanted and wanted in (i, uuid)), None)
        if found is None:
            found = next(
                (i for i, (uuid, _) in cards.items() if wanted[4:] and uuid.startswith(wanted)), None
            )
        if found is None:
            break
        seen[found] = cards[found][1]
    return seen


def _run(command: list[str], timeout_s: float) -> str:
    """Return what a command prints; nothing when it fails, or says nothing in time."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        logger.warning("%s: %s", command[0], error.strerror)
        return ""
    try:
        said, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        logger.warning("%s does not answer: no graphics card is used", command[0])
        _abandon(process)
        return ""
    if process.returncode:
        logger.info("%s failed with exit code %s", command[0], process.returncode)
        return ""
    return said


def _abandon(process: subprocess.Popen[str]) -> None:
    """Kill a process and what it started, and wait no longer: a sick driver may keep it from dying."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdout is not None:
        process.stdout.close()
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        process.returncode = -signal.SIGKILL  # Popen would warn about it
