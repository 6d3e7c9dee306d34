"""What a task needs of a machine, and where to run it: requirements, and the launcher finder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xpm_scheduler.launcherfinder.dynamic import DynamicLauncher
    from xpm_scheduler.launcherfinder.errors import (
        BrokenLauncher,
        LaunchersFileError,
        NoLauncherFound,
        RequirementSyntaxError,
    )
    from xpm_scheduler.launcherfinder.parser import parse
    from xpm_scheduler.launcherfinder.quantities import Duration, Memory
    from xpm_scheduler.launcherfinder.registry import LauncherRegistry, find_launcher
    from xpm_scheduler.launcherfinder.specs import (
        AcceleratorSpecification,
        CPUSpecification,
        CudaSpecification,
        HostRequirement,
        HostSimpleRequirement,
        HostSpecification,
        Match,
        MPSSpecification,
        RequirementUnion,
        cpu,
        cuda_gpu,
        duration,
        gpu,
        mps_gpu,
    )

__all__ = [
    "AcceleratorSpecification",
    "BrokenLauncher",
    "CPUSpecification",
    "CudaSpecification",
    "Duration",
    "DynamicLauncher",
    "HostRequirement",
    "HostSimpleRequirement",
    "HostSpecification",
    "LauncherRegistry",
    "LaunchersFileError",
    "MPSSpecification",
    "Match",
    "Memory",
    "NoLauncherFound",
    "RequirementSyntaxError",
    "RequirementUnion",
    "cpu",
    "cuda_gpu",
    "duration",
    "find_launcher",
    "gpu",
    "mps_gpu",
    "parse",
]

#: Lazy: who only writes requirements needs no launcher, and no asyncio.
_HOMES = {
    "dynamic": "DynamicLauncher",
    "errors": "BrokenLauncher LaunchersFileError NoLauncherFound RequirementSyntaxError",
    "parser": "parse",
    "quantities": "Duration Memory",
    "registry": "LauncherRegistry find_launcher",
    "specs": "AcceleratorSpecification CPUSpecification CudaSpecification HostRequirement "
    "HostSimpleRequirement HostSpecification MPSSpecification Match RequirementUnion cpu cuda_gpu duration "
    "gpu mps_gpu",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names.split():
            value = getattr(import_module(f"{__name__}.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
