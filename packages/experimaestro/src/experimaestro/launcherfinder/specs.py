"""What hosts have, and what tasks need."""

from xpm_scheduler.launcherfinder import (
    AcceleratorSpecification,
    CPUSpecification,
    CudaSpecification,
    HostRequirement,
    HostSimpleRequirement,
    HostSpecification,
    MPSSpecification,
    RequirementUnion,
    cpu,
    cuda_gpu,
    gpu,
    mps_gpu,
)

__all__ = [
    "AcceleratorSpecification",
    "CPUSpecification",
    "CudaSpecification",
    "HostRequirement",
    "HostSimpleRequirement",
    "HostSpecification",
    "MPSSpecification",
    "RequirementUnion",
    "cpu",
    "cuda_gpu",
    "gpu",
    "mps_gpu",
]
