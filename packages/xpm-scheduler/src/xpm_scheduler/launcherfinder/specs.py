"""What a task needs of a machine, what a machine offers, and whether they fit. Frozen values.

need = cuda_gpu(mem="8G") * 2 & cpu(cores=4, mem="16G") | cuda_gpu(mem="24G")
need.match(HostSpecification(accelerators=[CudaSpecification("80G")]))
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from xpm_scheduler.launcherfinder.hardware import (
    ACCELERATORS,
    AcceleratorSpecification,
    CPUSpecification,
    CudaSpecification,
    HostSpecification,
    MPSSpecification,
    assign,
)
from xpm_scheduler.launcherfinder.quantities import Duration, Memory

__all__ = [
    "ACCELERATORS",
    "AcceleratorSpecification",
    "CPUSpecification",
    "CudaSpecification",
    "HostRequirement",
    "HostSimpleRequirement",
    "HostSpecification",
    "MPSSpecification",
    "Match",
    "RequirementUnion",
    "cpu",
    "cuda_gpu",
    "duration",
    "gpu",
    "mps_gpu",
]

#: More than one machine has: what comes from a text must not fill the memory.
_MOST_ACCELERATORS, _MOST_ALTERNATIVES = 128, 64
_ORDER = {kind: number for number, kind in enumerate(ACCELERATORS.values())}


@dataclass(frozen=True, kw_only=True)
class Match:
    """A machine that offers what is needed."""

    #: To compare machines: the priority of the machine, plus up to a half for how well it fits. Nothing is
    #: added when all its graphics cards would stay idle.
    score: float
    #: The alternative that the machine satisfies.
    requirement: HostSimpleRequirement
    #: The machine.
    host: HostSpecification


class HostRequirement(ABC):
    """What a task needs of a machine, possibly with alternatives. Equal when the same is asked.

    `a & b` asks for both, `a | b` for the first that can be had, `a * n` for n times the hardware.
    """

    @property
    @abstractmethod
    def alternatives(self) -> tuple[HostSimpleRequirement, ...]:
        """What will do, preferred first; at least one."""

    def match(self, host: HostSpecification) -> Match | None:
        """Tell whether a machine satisfies this: the first alternative that it does, or `None`."""
        return next(filter(None, (a._match(host) for a in self.alternatives)), None)

    def choose(self, hosts: Iterable[HostSpecification]) -> Match | None:
        """Choose among machines: the preferred alternative counts first, then the score, then the order."""
        hosts = tuple(hosts)
        for alternative in self.alternatives:
            found = [match for match in map(alternative._match, hosts) if match is not None]
            if found:
                return max(found, key=lambda match: match.score)
        return None

    def __and__(self, other: HostRequirement) -> HostRequirement:
        if not isinstance(other, HostRequirement):
            return NotImplemented
        if len(self.alternatives) * len(other.alternatives) > _MOST_ALTERNATIVES:
            raise ValueError(f"more than {_MOST_ALTERNATIVES} alternatives")
        return _union([a._merge(b) for a in self.alternatives for b in other.alternatives])

    def __or__(self, other: HostRequirement) -> RequirementUnion:
        if not isinstance(other, HostRequirement):
            return NotImplemented
        return RequirementUnion((*self.alternatives, *other.alternatives))

    def __mul__(self, count: int) -> HostRequirement:
        if isinstance(count, bool) or not isinstance(count, int):
            return NotImplemented
        if count < 1:
            raise ValueError(f"a requirement is multiplied by 1 or more, not {count}")
        return _union([a._multiply(count) for a in self.alternatives])

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HostRequirement):
            return NotImplemented
        mine, others = self.alternatives, other.alternatives
        return len(mine) == len(others) and all(a._key == b._key for a, b in zip(mine, others, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(a._key for a in self.alternatives))

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        return " | ".join(a._written() for a in self.alternatives)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


@dataclass(frozen=True, init=False, eq=False, repr=False)
class HostSimpleRequirement(HostRequirement):
    """What a task needs, without alternatives."""

    #: Graphics cards and how many of each: CUDA cards first, large ones first.
    cards: tuple[tuple[AcceleratorSpecification, int], ...]
    #: Processors and their memory.
    cpu: CPUSpecification
    #: How long it will take; zero when nobody said.
    duration: Duration

    def __init__(
        self,
        *,
        accelerators: Iterable[AcceleratorSpecification] = (),
        cpu: CPUSpecification | None = None,
        duration: Duration | int | str = 0,
    ) -> None:
        """Say what is needed; the builders (`cpu`, `cuda_gpu`...) are shorter.

        Args:
            accelerators: graphics cards, one entry for each.
            cpu: processors and their memory.
            duration: how long it will take, such as `2h`, or seconds.
        """
        object.__setattr__(self, "cards", _sorted(Counter(accelerators)))
        object.__setattr__(self, "cpu", CPUSpecification() if cpu is None else cpu)
        object.__setattr__(self, "duration", Duration(duration))

    @property
    def accelerators(self) -> tuple[AcceleratorSpecification, ...]:
        """The graphics cards, one entry for each."""
        return tuple(card for card, count in self.cards for _ in range(count))

    @property
    def alternatives(self) -> tuple[HostSimpleRequirement, ...]:
        """This one."""
        return (self,)

    @property
    def _key(self) -> tuple[object, ...]:
        return (self.cards, self.cpu, self.duration)

    def _match(self, host: HostSpecification) -> Match | None:
        if host.max_duration and self.duration > host.max_duration:
            return None
        wanted = self.accelerators
        if len(wanted) < host.min_gpu or not host.cpu.offers(self.cpu):
            return None
        used = assign(wanted, host.accelerators)
        if used is None:
            return None
        fit = used / len(host.accelerators) if host.accelerators else 1
        return Match(score=host.priority + fit / 2, requirement=self, host=host)

    def _merge(self, other: HostSimpleRequirement) -> HostSimpleRequirement:
        """Both: the cards of both, and the larger of the rest."""
        cores, memory = max(self.cpu.cores, other.cpu.cores), max(self.cpu.memory, other.cpu.memory)
        return HostSimpleRequirement._of(
            Counter(dict(self.cards)) + Counter(dict(other.cards)),
            CPUSpecification(memory, cores),
            max(self.duration, other.duration),
        )

    def _multiply(self, count: int) -> HostSimpleRequirement:
        if not (self.cards or self.cpu):
            raise ValueError(f"there is no hardware in '{self}' that could be multiplied")
        return HostSimpleRequirement._of(
            {card: number * count for card, number in self.cards},
            CPUSpecification(Memory(self.cpu.memory * count), self.cpu.cores * count),
            self.duration,
        )

    @classmethod
    def _of(
        cls, cards: Mapping[AcceleratorSpecification, int], cpu: CPUSpecification, duration: Duration
    ) -> HostSimpleRequirement:
        made = cls(cpu=cpu, duration=duration)
        object.__setattr__(made, "cards", _sorted(cards))
        return made

    def _written(self) -> str:
        parts = [f"duration={self.duration}"] if self.duration else []
        parts += [f"{card} * {count}" if count > 1 else str(card) for card, count in self.cards]
        if self.cpu or not parts:
            parts.append(str(self.cpu))
        return " & ".join(parts)


@dataclass(frozen=True, init=False, eq=False, repr=False)
class RequirementUnion(HostRequirement):
    """Several requirements: the first that can be had will do."""

    _alternatives: tuple[HostSimpleRequirement, ...]

    def __init__(self, requirements: Iterable[HostRequirement]) -> None:
        """Join requirements.

        Args:
            requirements: preferred first; unions among them are opened, repetitions left out.
        """
        members = tuple(dict.fromkeys(a for requirement in requirements for a in requirement.alternatives))
        if not members:
            raise ValueError("a union of requirements has at least one member")
        if len(members) > _MOST_ALTERNATIVES:
            raise ValueError(f"more than {_MOST_ALTERNATIVES} alternatives")
        object.__setattr__(self, "_alternatives", members)

    @property
    def alternatives(self) -> tuple[HostSimpleRequirement, ...]:
        """The members, preferred first."""
        return self._alternatives


def cpu(*, mem: Memory | int | str = 0, cores: int = 0) -> HostSimpleRequirement:
    """Ask for cores and main memory: `cpu(cores=4, mem="16G")`."""
    return HostSimpleRequirement(cpu=CPUSpecification(memory=mem, cores=cores))


def cuda_gpu(*, mem: Memory | int | str = 0) -> HostSimpleRequirement:
    """Ask for a CUDA card with at least that memory: `cuda_gpu(mem="8G")`."""
    return HostSimpleRequirement(accelerators=[CudaSpecification(mem)])


def gpu(*, mem: Memory | int | str = 0) -> HostSimpleRequirement:
    """Ask for a graphics card of any kind with at least that memory."""
    return HostSimpleRequirement(accelerators=[AcceleratorSpecification(mem)])


def mps_gpu(*, mem: Memory | int | str = 0) -> HostSimpleRequirement:
    """Ask for the graphics processor of a Mac with at least that memory."""
    return HostSimpleRequirement(accelerators=[MPSSpecification(mem)])


def duration(length: Duration | int | str) -> HostSimpleRequirement:
    """Say how long the task will take: `duration("2h")`."""
    return HostSimpleRequirement(duration=length)


def _union(members: list[HostSimpleRequirement]) -> HostRequirement:
    return members[0] if len(members) == 1 else RequirementUnion(members)


def _sorted(
    cards: Mapping[AcceleratorSpecification, int],
) -> tuple[tuple[AcceleratorSpecification, int], ...]:
    """Put cards in the order in which they are shown, so that equal requirements are equal."""
    if sum(cards.values()) > _MOST_ACCELERATORS:
        raise ValueError(f"more than {_MOST_ACCELERATORS} graphics cards for one task")

    def rank(entry: tuple[AcceleratorSpecification, int]) -> tuple[int, str, int]:
        card = entry[0]
        return (_ORDER.get(type(card), len(_ORDER)), card.kind, -card.memory)

    return tuple(sorted(cards.items(), key=rank))
