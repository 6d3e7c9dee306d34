"""Handing out the GPUs of this machine: each to one job at a time, whoever started it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from xpm_scheduler.job_guard import DEVICE_LOCK_VARIABLE
from xpm_scheduler.launchers.base import Handle
from xpm_workspace.locks import is_held

#: Seconds that `nvidia-smi` may take.
_DETECTION_S = 10.0


class NoDevices(ValueError):
    """GPUs are to be handed out, and there is none: name them, or run where there are some."""


class GpuPool:
    """The devices that a launcher hands out.

    A job process locks its device for as long as it runs, so that a job that outlives its scheduler keeps it,
    and that two experiments do not use one device together.
    """

    def __init__(self, devices: str | Sequence[str]) -> None:
        """Name the devices.

        Args:
            devices: their names, as in `CUDA_VISIBLE_DEVICES`; `"auto"` for those that this process sees.

        Raises:
            NoDevices: there is none.
        """
        self.devices = visible_devices() if devices == "auto" else [str(device) for device in devices]
        if not self.devices:
            raise NoDevices("no GPU was found on this machine: name them with gpus=[...], or leave gpus out")
        #: Who uses a device; `None` for a job that is being started.
        self._given: dict[str, Handle | None] = {}

    def take(self) -> str:
        """Return a free device, and keep it for a job that is about to start.

        When all are in use (by others: a launcher starts no more jobs than it has devices), it is the one
        that was given longest ago, and the job waits for it.
        """
        free = (d for d in self.devices if not self._in_use(d) and not is_held(_lock_of(d)))
        device = next(free, None) or min(self.devices, key=lambda d: [*self._given, d].index(d))
        self._given.pop(device, None)
        self._given[device] = None
        return device

    def give(self, device: str, handle: Handle) -> None:
        """The job was started: the device is free once its process is gone."""
        self._given[device] = handle

    def free(self, device: str) -> None:
        """The job could not be started."""
        self._given.pop(device, None)

    def environ(self, device: str) -> dict[str, str]:
        """Return the environment variables that give a device to a job."""
        return {"CUDA_VISIBLE_DEVICES": device, DEVICE_LOCK_VARIABLE: str(_lock_of(device))}

    def _in_use(self, device: str) -> bool:
        if device not in self._given:
            return False
        handle = self._given[device]
        return handle is None or handle.poll() is None


def visible_devices() -> list[str]:
    """The GPUs that this process may use."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [device.strip() for device in given.split(",") if device.strip() not in ("", "-1")]
    try:
        listed = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, text=True, timeout=_DETECTION_S, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    count = sum(line.startswith("GPU ") for line in listed.splitlines())
    return [str(number) for number in range(count)]


def _lock_of(device: str) -> Path:
    folder = Path(tempfile.gettempdir()) / f"experimaestro-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"gpu-{device.replace(os.sep, '_')}.lock"
