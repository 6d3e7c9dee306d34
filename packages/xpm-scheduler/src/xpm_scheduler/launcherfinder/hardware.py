"""What machines have, and what tasks need: processors and accelerators. Frozen values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from xpm_scheduler.launcherfinder.quantities import Duration, Memory

#: Fewer bytes than this are a unit that was forgotten.
_SMALLEST = 1024**2
_MOST_CORES = 1_000_000


@dataclass(frozen=True, init=False)
class CPUSpecification:
    """Processors and their memory; zero is what nobody said."""

    #: Main memory.
    memory: Memory
    #: Number of cores.
    cores: int

    def __init__(self, memory: Memory | int | str = 0, cores: int = 0) -> None:
        """Describe processors.

        Args:
            memory: a text such as `16G`, or bytes.
            cores: how many.
        """
        if isinstance(cores, bool) or not isinstance(cores, int):
            raise TypeError(f"cores is a whole number, not {type(cores).__name__}")
        if not 0 <= cores <= _MOST_CORES:
            raise ValueError(f"cores is between 0 and {_MOST_CORES}, not {'less' if cores < 0 else 'more'}")
        object.__setattr__(self, "memory", to_memory(memory))
        object.__setattr__(self, "cores", cores)

    def offers(self, wanted: CPUSpecification) -> bool:
        """Whether these processors are enough; what nobody said is never too little."""
        return _enough(self.cores, wanted.cores) and _enough(self.memory, wanted.memory)

    def __bool__(self) -> bool:
        return bool(self.memory or self.cores)

    def __str__(self) -> str:
        return "cpu" + _arguments(cores=self.cores, mem=self.memory)


@dataclass(frozen=True, init=False)
class AcceleratorSpecification:
    """One graphics card, of whatever kind; as something that a task needs, any kind will do."""

    #: Its name in requirement strings.
    kind: ClassVar[str] = "gpu"

    #: Its own memory; zero is what nobody said.
    memory: Memory

    def __init__(self, memory: Memory | int | str = 0) -> None:
        """Describe a card.

        Args:
            memory: a text such as `24G`, or bytes.
        """
        object.__setattr__(self, "memory", to_memory(memory))

    def offers(self, wanted: AcceleratorSpecification) -> bool:
        """Whether this card can be used where `wanted` is asked for."""
        return isinstance(self, type(wanted)) and _enough(self.memory, wanted.memory)

    def __str__(self) -> str:
        return self.kind + _arguments(mem=self.memory)


@dataclass(frozen=True, init=False)
class CudaSpecification(AcceleratorSpecification):
    """One CUDA card."""

    kind: ClassVar[str] = "cuda"


@dataclass(frozen=True, init=False)
class MPSSpecification(AcceleratorSpecification):
    """The graphics processor of a Mac; its memory is that of the machine."""

    kind: ClassVar[str] = "mps"


@dataclass(frozen=True, init=False)
class HostSpecification:
    """What a machine, or a partition of a cluster, offers; zero is what nobody said, and refuses nothing."""

    #: Processors and their memory.
    cpu: CPUSpecification
    #: Its graphics cards, one entry for each.
    accelerators: tuple[AcceleratorSpecification, ...]
    #: How long a job may run; zero for no limit.
    max_duration: Duration
    #: Tasks that need fewer graphics cards are refused, to keep the machine for those that do.
    min_gpu: int
    #: Added to the score of a match: the place to prefer has the highest.
    priority: int

    def __init__(
        self,
        cpu: CPUSpecification | None = None,
        accelerators: Iterable[AcceleratorSpecification] = (),
        *,
        max_duration: Duration | int | str = 0,
        min_gpu: int = 0,
        priority: int = 0,
    ) -> None:
        """Describe a machine.

        Args:
            cpu: processors and their memory.
            accelerators: graphics cards, one entry for each: `[CudaSpecification("24G")] * 4`.
            max_duration: how long a job may run, such as `2d`, or seconds.
            min_gpu: refuse tasks that need fewer cards.
            priority: how much to prefer it to others.
        """
        object.__setattr__(self, "cpu", CPUSpecification() if cpu is None else cpu)
        object.__setattr__(self, "accelerators", tuple(accelerators))
        object.__setattr__(self, "max_duration", Duration(max_duration))
        object.__setattr__(self, "min_gpu", min_gpu)
        object.__setattr__(self, "priority", priority)

    def __str__(self) -> str:
        """Describe it to people, in one line."""
        cores = "" if not self.cpu.cores else "1 core" if self.cpu.cores == 1 else f"{self.cpu.cores} cores"
        memory = f"{self.cpu.memory.rounded()} of memory" if self.cpu.memory else ""
        cards = [
            f"{_times(self.accelerators.count(card))}{card.kind}"
            + (f" with {card.memory.rounded()}" if card.memory else "")
            for card in dict.fromkeys(self.accelerators)
        ]
        limit = f"at most {self.max_duration} for a job" if self.max_duration else ""
        return ", ".join(filter(None, (cores, memory, *(cards or ["no graphics card"]), limit)))


#: Kinds of cards by their name in requirement strings.
ACCELERATORS: dict[str, type[AcceleratorSpecification]] = {
    kind.kind: kind for kind in (CudaSpecification, AcceleratorSpecification, MPSSpecification)
}


def assign(
    wanted: tuple[AcceleratorSpecification, ...], offered: tuple[AcceleratorSpecification, ...]
) -> float | None:
    """Give each card that is wanted one of those offered.

    Returns:
        How much of the cards given is used, from a half (nothing was said) to 1 each; `None` if some card
        cannot be had.
    """
    # Large ones get the smallest card that will do. Those that can be of any kind come last: what is left for
    # them is then as large as it can be, so that no other order would succeed where this one fails.
    free = sorted(offered, key=lambda card: card.memory or float("inf"))
    used = 0.0
    for want in sorted(wanted, key=lambda w: (type(w) is AcceleratorSpecification, -w.memory)):
        given = next((card for card in free if card.offers(want)), None)
        if given is None:
            return None
        free.remove(given)
        used += 0.5 + (want.memory / given.memory / 2 if given.memory else 0)
    return used


def to_memory(value: Memory | int | str) -> Memory:
    """Read an amount of memory, and refuse `8` where `8G` was meant."""
    if isinstance(value, int) and not isinstance(value, (bool, Memory)) and 0 < value < _SMALLEST:
        raise ValueError(f"{value} bytes of memory? write '{value}G', or '{value}B' if that is what you mean")
    return Memory(value)


def _enough(has: int, wanted: int) -> bool:
    return not has or has >= wanted


def _arguments(**named: object) -> str:
    given = ", ".join(f"{name}={value}" for name, value in named.items() if value)
    return f"({given})" if given else ""


def _times(count: int) -> str:
    return "" if count == 1 else f"{count} "
