from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_scheduler.launcherfinder.specs import (
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
    duration,
    gpu,
    mps_gpu,
)

SIMPLE = st.builds(
    HostSimpleRequirement,
    accelerators=st.lists(
        st.builds(
            lambda kind, gib: kind(gib * 2**30),
            st.sampled_from([CudaSpecification, AcceleratorSpecification, MPSSpecification]),
            st.integers(0, 3),
        ),
        max_size=3,
    ),
    cpu=st.builds(
        lambda gib, cores: CPUSpecification(gib * 2**30, cores), st.integers(0, 3), st.integers(0, 3)
    ),
    duration=st.integers(0, 5),
)
ANY: st.SearchStrategy[HostRequirement] = SIMPLE | st.lists(SIMPLE, min_size=1, max_size=3).map(
    RequirementUnion
)

A100 = CudaSpecification("80G")
SMALL = CudaSpecification("8G")


def test_composition() -> None:
    need = cuda_gpu(mem="8G") * 2 & cpu(cores=4, mem="16G")
    assert need == HostSimpleRequirement(accelerators=[SMALL, SMALL], cpu=CPUSpecification("16G", 4))
    assert str(need) == "cuda(mem=8G) * 2 & cpu(cores=4, mem=16G)"
    assert need == cpu(mem="16G") & 2 * cuda_gpu(mem="8G") & cpu(cores=4) & cpu(cores=1)
    longer = duration("2h") & (need | mps_gpu()) & duration("1h")
    assert str(longer) == f"duration=2h & {need} | duration=2h & mps"
    assert [a.duration for a in longer.alternatives] == [7200, 7200]


def test_multiplication_is_of_hardware() -> None:
    assert (cpu(cores=2, mem="3G") & gpu() & duration("1h")) * 2 == (
        cpu(cores=4, mem="6G") & gpu() & gpu() & duration("1h")
    )
    with pytest.raises(ValueError, match="no hardware in 'duration=2h'"):
        duration("2h") * 2
    with pytest.raises(ValueError, match="by 1 or more, not 0"):
        gpu() * 0


@pytest.mark.parametrize("other", [2.0, True, "2", None])
def test_what_is_no_number_does_not_multiply(other: object) -> None:
    with pytest.raises(TypeError):
        gpu() * other  # type: ignore[operator]


@pytest.mark.parametrize("other", ["cpu", 2, None])
def test_only_requirements_are_combined(other: object) -> None:
    with pytest.raises(TypeError):
        gpu() & other  # type: ignore[operator]
    with pytest.raises(TypeError):
        gpu() | other  # type: ignore[operator]


def test_limits() -> None:
    for count in (129, 10**12):
        with pytest.raises(ValueError, match="more than 128 graphics cards"):
            gpu() * count
    with pytest.raises(ValueError, match="more than 128 graphics cards"):
        (gpu() * 100) & (gpu() * 100)
    ten = RequirementUnion(cpu(cores=n) for n in range(1, 11))
    with pytest.raises(ValueError, match="more than 64 alternatives"):
        ten & ten
    with pytest.raises(ValueError, match="more than 64 alternatives"):
        RequirementUnion(cpu(cores=n) for n in range(65))
    with pytest.raises(ValueError, match="at least one"):
        RequirementUnion([])


def test_equality() -> None:
    assert RequirementUnion([gpu(), gpu()]) == gpu()
    assert hash(RequirementUnion([gpu()])) == hash(gpu())
    assert gpu() | cpu() != cpu() | gpu()
    assert gpu() != "gpu"
    assert repr(gpu() | cpu()) == "<RequirementUnion gpu | cpu>"


@given(SIMPLE, SIMPLE, SIMPLE)
def test_both_in_any_order(a: HostRequirement, b: HostRequirement, c: HostRequirement) -> None:
    assert a & b == b & a
    assert (a & b) & c == a & (b & c)


@given(ANY, ANY, SIMPLE)
def test_alternatives(a: HostRequirement, b: HostRequirement, c: HostRequirement) -> None:
    assert (a | b) & c == (a & c) | (b & c)
    assert a | a == a
    assert (a | b).alternatives[0] == a.alternatives[0]


@given(ANY)
def test_values_can_be_copied(need: HostRequirement) -> None:
    for other in (copy.deepcopy(need), pickle.loads(pickle.dumps(need))):
        assert other == need
        assert hash(other) == hash(need)


@given(SIMPLE, SIMPLE)
def test_who_offers_both_offers_each(a: HostRequirement, b: HostRequirement) -> None:
    host = HostSpecification(CPUSpecification("2G", 2), [CudaSpecification("2G")] * 2, max_duration=4)
    if (a & b).match(host):
        assert a.match(host) and b.match(host)


# --- Matching


def test_accelerators() -> None:
    host = HostSpecification(accelerators=[SMALL, A100])
    for need in (gpu(), cuda_gpu() * 2, cuda_gpu(mem="80G") & gpu(), cpu(cores=64)):
        assert need.match(host)
    for need in (gpu() * 3, cuda_gpu(mem="24G") * 2, mps_gpu(), cuda_gpu(mem="81G")):
        assert need.match(host) is None


def test_cpu() -> None:
    host = HostSpecification(CPUSpecification("16G", 4))
    assert cpu(cores=4, mem="16G").match(host)
    assert cpu(cores=5).match(host) is None
    assert cpu(mem="17G").match(host) is None


def test_duration() -> None:
    host = HostSpecification(max_duration="2h")
    assert duration("2h").match(host)
    assert cpu().match(host)
    assert duration("2h1s").match(host) is None
    assert duration("365d").match(HostSpecification())


def test_hosts_kept_for_gpus() -> None:
    host = HostSpecification(accelerators=[A100] * 4, min_gpu=2)
    assert cpu().match(host) is None
    assert gpu().match(host) is None
    assert (gpu() * 2).match(host)


def test_a_union_tries_its_members_in_order() -> None:
    first, second = cuda_gpu(mem="40G"), cuda_gpu(mem="8G")
    large, small = HostSpecification(accelerators=[A100]), HostSpecification(accelerators=[SMALL])
    found = (first | second).match(large)
    assert found is not None and found.requirement == first and found.host is large
    found = (first | second).match(small)
    assert found is not None and found.requirement == second
    assert (first | second).match(HostSpecification()) is None


def test_the_preferred_alternative_counts_more_than_the_place() -> None:
    cluster = HostSpecification(accelerators=[A100], priority=-1)
    laptop = HostSpecification(CPUSpecification(cores=4), priority=5)
    found = (gpu() | cpu()).choose([laptop, cluster])
    assert found is not None and found.host is cluster
    found = (mps_gpu() | cpu()).choose([cluster, laptop])
    assert found is not None and found.host is laptop
    assert mps_gpu().choose([laptop, cluster]) is None


def test_small_jobs_leave_large_machines_alone() -> None:
    bare, small, large = (HostSpecification(accelerators=c) for c in ([], [SMALL], [A100] * 8))
    for need, expected in ((cpu(cores=1), bare), (gpu(mem="6G"), small), (gpu(mem="60G"), large)):
        for hosts in ([bare, small, large], [large, small, bare]):
            found = need.choose(hosts)
            assert found is not None and found.host is expected


def test_scores() -> None:
    def score(need: HostRequirement, host: HostSpecification) -> float:
        found = need.match(host)
        assert found is not None
        return found.score

    assert score(cpu(), HostSpecification()) == 0.5
    assert score(cpu(), HostSpecification(accelerators=[A100], priority=3)) == 3
    assert score(gpu(mem="80G"), HostSpecification(accelerators=[A100])) == 0.5
    assert score(gpu(mem="40G"), HostSpecification(accelerators=[A100] * 2)) == 0.1875


def test_equal_scores_keep_the_order() -> None:
    one, two = HostSpecification(CPUSpecification(cores=1)), HostSpecification(CPUSpecification(cores=2))
    found = cpu().choose([two, one])
    assert found is not None and found.host is two


def test_cards_of_other_packages() -> None:
    class Other(AcceleratorSpecification):
        kind = "other"

    need = HostSimpleRequirement(accelerators=[Other("8G"), CudaSpecification()])
    assert str(need) == "cuda & other(mem=8G)"
    assert need.match(HostSpecification(accelerators=[A100])) is None
    assert need.match(HostSpecification(accelerators=[A100, Other("9G")]))
