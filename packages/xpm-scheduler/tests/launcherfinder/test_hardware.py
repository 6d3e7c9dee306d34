from __future__ import annotations

import itertools
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_scheduler.launcherfinder.hardware import (
    AcceleratorSpecification,
    CPUSpecification,
    CudaSpecification,
    HostSpecification,
    MPSSpecification,
    assign,
)
from xpm_scheduler.launcherfinder.quantities import Memory

KINDS: list[type[AcceleratorSpecification]] = [CudaSpecification, AcceleratorSpecification, MPSSpecification]


def cards(*kinds: type[AcceleratorSpecification]) -> st.SearchStrategy[tuple[AcceleratorSpecification, ...]]:
    card = st.builds(lambda kind, gib: kind(Memory(gib * 2**30)), st.sampled_from(kinds), st.integers(0, 4))
    return st.lists(card, max_size=5).map(tuple)


def test_values() -> None:
    assert CPUSpecification("16G", 4) == CPUSpecification(memory=16 * 2**30, cores=4)
    assert len({CudaSpecification("8G"), CudaSpecification("8GiB"), MPSSpecification("8G")}) == 2
    assert CudaSpecification("8G") != AcceleratorSpecification("8G")
    assert replace(CPUSpecification("16G", 4), cores=8) == CPUSpecification("16G", 8)
    with pytest.raises(FrozenInstanceError):
        CPUSpecification().cores = 3  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        CudaSpecification().memory = Memory(3)  # type: ignore[misc]


def test_written() -> None:
    assert str(CPUSpecification("16G", 4)) == "cpu(cores=4, mem=16G)"
    assert [str(kind("8G")) for kind in KINDS] == ["cuda(mem=8G)", "gpu(mem=8G)", "mps(mem=8G)"]
    assert str(CudaSpecification()) == "cuda"
    assert repr(CudaSpecification("8G")) == "CudaSpecification(memory=Memory('8G'))"


def test_a_forgotten_unit_is_noticed() -> None:
    with pytest.raises(ValueError, match=r"8 bytes of memory\? write '8G'"):
        CudaSpecification(8)
    assert CudaSpecification(Memory(8)) == CudaSpecification("8B")


@pytest.mark.parametrize(
    ("cores", "error"), [(-1, ValueError), (10**7, ValueError), (1.5, TypeError), (True, TypeError)]
)
def test_cores_are_a_number_that_makes_sense(cores: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="cores is"):
        CPUSpecification(cores=cores)


def test_what_nobody_said_is_never_too_little() -> None:
    assert CPUSpecification().offers(CPUSpecification("1T", 100))
    assert CPUSpecification("1G").offers(CPUSpecification("1G", 100))
    assert not CPUSpecification("1G", 1).offers(CPUSpecification("1G", 2))
    assert CudaSpecification().offers(CudaSpecification("80G"))
    assert not CudaSpecification("8G").offers(CudaSpecification("24G"))


@pytest.mark.parametrize("has", KINDS)
@pytest.mark.parametrize("wanted", KINDS)
def test_kinds(has: type[AcceleratorSpecification], wanted: type[AcceleratorSpecification]) -> None:
    assert has("8G").offers(wanted("8G")) == (has is wanted or wanted is AcceleratorSpecification)


def test_hosts_in_words() -> None:
    assert str(HostSpecification()) == "no graphics card"
    host = HostSpecification(
        CPUSpecification("23.5G", 1),
        [CudaSpecification("24G")] * 2 + [CudaSpecification()],
        max_duration="2d",
    )
    assert str(host) == "1 core, 23.5G of memory, 2 cuda with 24G, cuda, at most 2d for a job"
    assert str(HostSpecification(CPUSpecification(cores=2))) == "2 cores, no graphics card"


def test_small_wishes_leave_large_cards() -> None:
    wanted = (CudaSpecification("8G"), AcceleratorSpecification("40G"))
    assert assign(wanted, (CudaSpecification("80G"), CudaSpecification("24G"))) is not None


@given(wanted=cards(*KINDS), offered=cards(CudaSpecification, MPSSpecification))
def test_cards_are_given_whenever_that_is_possible(
    wanted: tuple[AcceleratorSpecification, ...], offered: tuple[AcceleratorSpecification, ...]
) -> None:
    possible = any(
        all(card.offers(want) for card, want in zip(chosen, wanted, strict=True))
        for chosen in itertools.permutations(offered, len(wanted))
    )
    used = assign(wanted, offered)
    assert (used is not None) == possible
    if used is not None:
        assert len(wanted) / 2 <= used <= len(wanted)
