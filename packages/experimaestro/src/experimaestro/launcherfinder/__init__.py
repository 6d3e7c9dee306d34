"""Finding a launcher for what a task needs."""

from xpm_scheduler.launcherfinder import (
    AcceleratorSpecification,
    CPUSpecification,
    CudaSpecification,
    HostRequirement,
    HostSimpleRequirement,
    HostSpecification,
    LauncherRegistry,
    MPSSpecification,
    find_launcher,
    parse,
)

__all__ = [
    "AcceleratorSpecification",
    "CPUSpecification",
    "CudaSpecification",
    "HostRequirement",
    "HostSimpleRequirement",
    "HostSpecification",
    "LauncherRegistry",
    "MPSSpecification",
    "find_launcher",
    "parse",
]
