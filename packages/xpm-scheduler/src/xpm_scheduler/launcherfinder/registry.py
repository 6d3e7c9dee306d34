"""Finding the launcher for what a task needs: the user's `launchers.py`, or else this machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from xpm_scheduler.launcherfinder import machine
from xpm_scheduler.launcherfinder.errors import NoLauncherFound
from xpm_scheduler.launcherfinder.hardware import CudaSpecification
from xpm_scheduler.launcherfinder.launchers_file import LaunchersFile
from xpm_scheduler.launcherfinder.parser import parse
from xpm_scheduler.launcherfinder.specs import (
    HostRequirement,
    HostSimpleRequirement,
    HostSpecification,
    RequirementUnion,
)
from xpm_scheduler.launchers.base import Launcher
from xpm_scheduler.launchers.direct import DirectLauncher

FILE_NAME = "launchers.py"


def find_launcher(*specs: HostRequirement | str, tags: Iterable[str] = ()) -> Launcher:
    """Find where a task can run.

        learn.submit(launcher=find_launcher("cuda(mem=8G) & cpu(cores=4)"))

    The user's `launchers.py`, in the folder of the settings, decides. Without that file: this machine, for
    what it offers.

    Args:
        specs: what the task needs, as strings or built with `cpu`, `cuda_gpu`...; several are alternatives,
            preferred first. Without any, any place will do.
        tags: labels that `launchers.py` understands.

    Raises:
        RequirementSyntaxError: a string cannot be understood.
        NoLauncherFound: nothing satisfies the requirements.
        LaunchersFileError: the user's file raised, or is not as expected.
    """
    return LauncherRegistry.instance().find(*specs, tags=tags)


class LauncherRegistry:
    """The launchers of one configuration folder."""

    _config_dir: ClassVar[Path | None] = None
    _instances: ClassVar[dict[Path, LauncherRegistry]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, config_dir: str | os.PathLike[str]) -> None:
        """Describe a folder; nothing is read before something is looked for.

        Args:
            config_dir: the folder that may hold `launchers.py`.
        """
        self._file = LaunchersFile(Path(config_dir) / FILE_NAME)
        self._machine_lock = threading.Lock()
        self._launchers: dict[str | tuple[str, ...], DirectLauncher] = {}

    @classmethod
    def instance(cls, config_dir: str | os.PathLike[str] | None = None) -> LauncherRegistry:
        """Return the registry of a folder; there is one for each.

        Args:
            config_dir: by default, what `set_config_dir` said, else the folder of the user's settings.
        """
        folder = Path(os.path.abspath(os.path.expanduser(config_dir or cls._config_dir or _settings_dir())))
        with cls._lock:
            return cls._instances.setdefault(folder, cls(folder))

    @classmethod
    def set_config_dir(cls, config_dir: str | os.PathLike[str] | None) -> None:
        """Say which folder `instance()` means from now on (`--xpm-config-dir`).

        Args:
            config_dir: the folder; `None` for that of the user's settings.
        """
        cls._config_dir = None if config_dir is None else Path(config_dir)

    @property
    def path(self) -> Path:
        """The user's `launchers.py`; it may not exist."""
        return self._file.path

    @cached_property
    def machine(self) -> HostSpecification:
        """What this machine offers, as it was when it was first asked for."""
        return machine.this_machine(self._devices.values())

    @cached_property
    def _devices(self) -> dict[str, CudaSpecification]:
        return machine.cuda_devices(os.environ)

    def find(self, *specs: HostRequirement | str, tags: Iterable[str] = ()) -> Launcher:
        """Find where a task can run; see `find_launcher`."""
        for spec in specs:
            if not isinstance(spec, (str, HostRequirement)):
                raise TypeError(f"{spec!r} is neither a requirement nor a string")
        asked = [parse(spec) if isinstance(spec, str) else spec for spec in specs]
        requirements = RequirementUnion(asked or [HostSimpleRequirement()])
        labels = {tags} if isinstance(tags, str) else set(tags)
        try:
            launcher = self._file.find(requirements, labels.copy())
        except FileNotFoundError:
            with self._machine_lock:
                match = requirements.match(self.machine)
                if match is not None:
                    return self._direct(match.requirement)
            reason = f"this machine has {self.machine}; describe other places in {self.path}"
            raise NoLauncherFound(requirements.alternatives, labels, reason) from None
        if launcher is None:
            reason = f"find_launcher in {self.path} has no launcher for it"
            raise NoLauncherFound(requirements.alternatives, labels, reason)
        return launcher

    def _direct(self, need: HostSimpleRequirement) -> DirectLauncher:
        """The launcher of this machine that hands out the cards that are needed."""
        # Always the same one for the same cards: the machine has its cores only once.
        wanted = need.accelerators
        devices = tuple(name for name, card in self._devices.items() if wanted and card.offers(wanted[0]))
        if not devices:
            return self._launchers.setdefault("cpu", DirectLauncher())
        if len(wanted) > 1:
            # Cards are handed out one by one; these jobs take what they find, so one at a time.
            return self._launchers.setdefault("all", DirectLauncher(max_jobs=1))
        return self._launchers.setdefault(devices, DirectLauncher(gpus=devices))


def _settings_dir() -> Path:
    from xpm_workspace.settings import settings_path

    return settings_path().parent
