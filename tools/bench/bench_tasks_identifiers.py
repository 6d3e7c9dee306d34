"""How many configurations are identified in a second. Prints one JSON line::

    python tools/bench/bench_tasks_identifiers.py [--count 20000] [--repeat 5]

* ``flat_per_s``: identifiers of flat configurations with 5 parameters, made beforehand;
* ``nested_per_s``: identifiers of roots of nested ones (depth 3, 20 parameters in all, 3 configurations);
* ``nested_configs_per_s``: the same, counting every configuration;
* ``wide_per_s``: identifiers of roots of depth 3 where each of the 3 configurations has 20 parameters;
* ``make_flat_per_s``, ``seal_flat_per_s``: making, and sealing, the flat ones.

The best of the repeats is kept: other programs only slow it down.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

from xpm_tasks import Config, Param, field


class Flat(Config):
    a: Param[int]
    b: Param[float]
    c: Param[str]
    d: Param[bool]
    e: Param[list[int]]


class Inner(Config):
    a: Param[int]
    b: Param[float]
    c: Param[str]
    d: Param[bool]
    e: Param[int] = field(default=3)
    f: Param[str] = field(default="x", ignore_default=True)


class Middle(Config):
    inner: Param[Inner]
    a: Param[int]
    b: Param[float]
    c: Param[str]
    d: Param[bool]
    e: Param[int] = field(default=3)


class Outer(Config):
    middle: Param[Middle]
    a: Param[int]
    b: Param[float]
    c: Param[str]
    d: Param[bool]
    e: Param[dict[str, int]]
    f: Param[list[float]]
    g: Param[int] = field(default=3)


def _wide(name: str, inner: Any) -> Any:
    meta: Any = type(Config)
    annotations: dict[str, Any] = {f"p{number:02}": Param[int] for number in range(19)}
    parameter: Any = Param
    annotations["inner"] = parameter[inner]
    return meta(name, (Config,), {"__annotations__": annotations, "__module__": __name__})


Wide3 = _wide("Wide3", int)
Wide2 = _wide("Wide2", Wide3)
Wide1 = _wide("Wide1", Wide2)


def make_flat(number: int) -> Any:
    return Flat.C(a=number, b=0.5, c="text", d=True, e=[1, 2, 3])


def make_nested(number: int) -> Any:
    inner = Inner.C(a=number, b=0.5, c="text", d=True)
    middle = Middle.C(inner=inner, a=1, b=0.5, c="text", d=True)
    return Outer.C(middle=middle, a=1, b=0.5, c="text", d=True, e={"k": 1}, f=[0.5, 1.5])


def make_wide(number: int) -> Any:
    values = {f"p{position:02}": number for position in range(19)}
    return Wide1.C(inner=Wide2.C(inner=Wide3.C(inner=1, **values), **values), **values)


def best_per_s(
    work: Callable[[list[Any]], None], make: Callable[[int], Any], count: int, repeat: int
) -> float:
    best = 0.0
    for _ in range(repeat):
        items = [make(number) for number in range(count)]
        start = time.perf_counter()
        work(items)
        best = max(best, count / (time.perf_counter() - start))
    return best


def identify(items: list[Any]) -> None:
    for item in items:
        item.__identifier__()


def make_again(items: list[Any]) -> None:
    for number in items:
        make_flat(number)


def seal(items: list[Any]) -> None:
    for item in items:
        item.seal()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000, help="configurations in each repeat")
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    count, repeat = arguments.count, arguments.repeat
    nested = best_per_s(identify, make_nested, count // 4, repeat)
    figures = {
        "flat_per_s": best_per_s(identify, make_flat, count, repeat),
        "nested_per_s": nested,
        "nested_configs_per_s": nested * 3,
        "wide_per_s": best_per_s(identify, make_wide, count // 10, repeat),
        "make_flat_per_s": best_per_s(make_again, int, count, repeat),
        "seal_flat_per_s": best_per_s(seal, make_flat, count, repeat),
    }
    print(json.dumps({"bench": "tasks_identifiers", **{key: round(value) for key, value in figures.items()}}))


if __name__ == "__main__":
    main()
