"""Identifiers: the vectors of the specification, one test for each rule, and a second implementation."""

from __future__ import annotations

import enum
import json
import struct
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xpm_tasks import (
    Config,
    Constant,
    DataPath,
    Identifier,
    IdentifierError,
    InstanceConfig,
    LightweightTask,
    Meta,
    OptionalDataPath,
    Param,
    PathGenerator,
    Task,
    copyconfig,
    deprecate,
    field,
    from_state_dict,
    setmeta,
    state_dict,
    tag,
)
from xpm_tasks.errors import DeclarationError, MissingParameterError
from xpm_tasks.submitting import mark_output


def int64(value: int) -> bytes:
    return struct.pack(">q", value)


def double(value: float) -> bytes:
    return struct.pack(">d", value)


def sha(*parts: bytes) -> str:
    return sha256(b"".join(parts)).hexdigest()


def hexa(config: Config) -> str:
    return config.__identifier__().hex()


def raw(config: Config) -> bytes:
    return config.__identifier__().all


class Color(enum.Enum):
    RED = 1


class A(Config):
    __xpmid__ = "v.a"
    x: Param[int]


class B(Config):
    __xpmid__ = "v.b"
    a: Param[A]
    l: Param[list[float]]  # noqa: E741 - the name is part of the vector


class Holder(Config):
    __xpmid__ = "v.holder"
    value: Param[Any]


class Node(Config):
    __xpmid__ = "v.node"
    next: Param[Node | None] = field(default=None, ignore_default=True)
    other: Param[Node | None] = field(default=None, ignore_default=True)
    name: Param[str] = field(default="", ignore_default=True)


class Instance(InstanceConfig):
    __xpmid__ = "v.instance"
    x: Param[int]


class Pair(Config):
    __xpmid__ = "v.pair"
    a: Param[Config]
    b: Param[Config]


# --- Vectors ---


def test_vector_a() -> None:
    assert hexa(A.C(x=1)) == sha(b"\x00v.a\x03x\x05\x01", int64(1))
    assert hexa(A.C(x=1)) == "69cf86e23c4396f194776dfe2e1b4e684ee4dde32fa2286de36e38865b7f3d8f"


def test_vector_b() -> None:
    expected = sha(b"\x00v.b\x03a\x05\x00", raw(A.C(x=1)), b"\x03l\x05\x07", double(1), b"\x02", double(0.5))
    assert hexa(B.C(a=A.C(x=1), l=[0.5])) == expected


@pytest.mark.parametrize("sealed", [False, True])
def test_the_same_before_and_after_sealing(sealed: bool) -> None:
    config = B.C(a=A.C(x=1), l=[0.5])
    before = hexa(config)
    if sealed:
        config.seal()
    assert hexa(config) == before == hexa(B.C(a=A.C(x=1), l=[0.5]))


# --- Names of types ---


def test_name_of_module_and_class_is_lower_case() -> None:
    class Local(Config):
        pass

    name = f"{__name__}.test_name_of_module_and_class_is_lower_case.<locals>.Local".lower()
    assert hexa(Local.C()) == sha(b"\x00", name.encode())


def test_own_name_is_lower_case_and_not_inherited() -> None:
    class Base(Config):
        __xpmid__ = "My.Base"

    class Sub(Base):
        pass

    assert hexa(Base.C()) == sha(b"\x00my.base")
    assert hexa(Sub.C()) == sha(b"\x00", f"{__name__}.{Sub.__qualname__}".lower().encode())


def test_name_given_by_a_class_method_is_inherited() -> None:
    class Base(Config):
        @classmethod
        def __xpmid__(cls) -> str:
            return f"made.{cls.__name__}"

    class Sub(Base):
        pass

    assert hexa(Base.C()) == sha(b"\x00made.base")
    assert hexa(Sub.C()) == sha(b"\x00made.sub")


def test_name_built_with_identifier() -> None:
    class Named(Config):
        __xpmid__ = Identifier("my.lib").model.base

    assert hexa(Named.C()) == sha(b"\x00my.lib.model.base")


# --- Which parameters count ---


def test_parameters_are_sorted_by_name() -> None:
    class Two(Config):
        __xpmid__ = "v.two"
        b: Param[int]
        a: Param[str]

    assert hexa(Two.C(b=1, a="x")) == sha(b"\x00v.two\x03a\x05\x03x\x03b\x05\x01", int64(1))


@pytest.mark.parametrize("given", [{}, {"m": 3}, {"p": Path("x")}, {"d": Path("y")}, {"o": Path("z")}])
def test_ignored(given: dict[str, Any]) -> None:
    class Ignored(Config):
        __xpmid__ = "v.ignored"
        m: Meta[int] = field(default=1)
        p: Param[Path] = field(default=Path("a"))
        d: DataPath = field(default=Path("b"))
        o: OptionalDataPath

    assert hexa(Ignored.C(**given)) == sha(b"\x00v.ignored")


def test_optional_path_is_ignored_too() -> None:
    class OptionalPath(Config):
        __xpmid__ = "v.optpath"
        p: Param[Path | None]

    assert hexa(OptionalPath.C(p=Path("x"))) == hexa(OptionalPath.C(p=None)) == sha(b"\x00v.optpath")


def test_paths_in_lists_count() -> None:
    class Paths(Config):
        __xpmid__ = "v.paths"
        p: Param[list[Path]]

    assert hexa(Paths.C(p=[Path("x")])) == sha(b"\x00v.paths\x03p\x05\x07", double(1), b"\x11x")


def test_ignored_configuration_kept_by_setmeta() -> None:
    class Keeper(Config):
        __xpmid__ = "v.keeper"
        a: Meta[A]

    kept = Keeper.C(a=setmeta(A.C(x=1), False))
    assert hexa(kept) == sha(b"\x00v.keeper\x03a\x05\x00", raw(A.C(x=1)))
    assert hexa(Keeper.C(a=A.C(x=1))) == sha(b"\x00v.keeper")


def test_configuration_dropped_by_setmeta() -> None:
    assert hexa(Holder.C(value=setmeta(A.C(x=1), True))) == sha(b"\x00v.holder")


def test_elements_dropped_by_setmeta() -> None:
    dropped = setmeta(A.C(x=1), True)
    assert hexa(Holder.C(value=[dropped, 1])) == hexa(Holder.C(value=[1]))
    assert hexa(Holder.C(value={"a": dropped})) == hexa(Holder.C(value={}))


def test_elements_dropped_before_comparing_with_the_default() -> None:
    class Ignoring(Config):
        __xpmid__ = "v.ignoring"
        items: Param[list[A]] = field(default_factory=list, ignore_default=True)
        d: Param[dict[str, list[A]]] = field(default={"k": []}, ignore_default=True)
        s: Param[set[A]] = field(default=set(), ignore_default=True)
        t: Param[tuple[A, ...]] = field(default=(), ignore_default=True)

    def dropped() -> A:
        return setmeta(A.C(x=1), True)

    assert hexa(Ignoring.C(items=[dropped()])) == sha(b"\x00v.ignoring")
    assert hexa(Ignoring.C(d={"k": [dropped()]})) == sha(b"\x00v.ignoring")
    assert hexa(Ignoring.C(s={dropped()}, t=(dropped(),))) == sha(b"\x00v.ignoring")
    assert hexa(Ignoring.C(items=[dropped()]).seal()) == sha(b"\x00v.ignoring")
    counted = Ignoring.C(items=[dropped(), A.C(x=1)])
    assert hexa(counted) == sha(b"\x00v.ignoring\x03items\x05\x07", double(1), b"\x00", raw(A.C(x=1)))


def test_optional_without_default() -> None:
    class Optional(Config):
        __xpmid__ = "v.optional"
        x: Param[int | None]

    assert hexa(Optional.C(x=None)) == hexa(Optional.C()) == sha(b"\x00v.optional")  # type: ignore[call-arg]
    assert hexa(Optional.C(x=1)) == sha(b"\x00v.optional\x03x\x05\x01", int64(1))


def test_optional_with_default() -> None:
    class Optional(Config):
        __xpmid__ = "v.optional"
        x: Param[int | None] = field(default=None)
        y: Param[int | None] = field(default=None, ignore_default=True)
        z: Param[int | None] = field(default=3, ignore_default=True)

    assert hexa(Optional.C()) == sha(b"\x00v.optional\x03x\x05\x06")
    assert hexa(Optional.C(z=None)) == sha(b"\x00v.optional\x03x\x05\x06\x03z\x05\x06")


@pytest.mark.parametrize("given", [{}, {"x": 2}])
def test_default_counts(given: dict[str, int]) -> None:
    class Default(Config):
        __xpmid__ = "v.default"
        x: Param[int] = field(default=2)

    assert hexa(Default.C(**given)) == sha(b"\x00v.default\x03x\x05\x01", int64(2))


@pytest.mark.parametrize("given", [{}, {"x": 2}])
def test_default_ignored(given: dict[str, int]) -> None:
    class Default(Config):
        __xpmid__ = "v.default"
        x: Param[int] = field(default=2, ignore_default=True)

    assert hexa(Default.C(**given)) == sha(b"\x00v.default")
    assert hexa(Default.C(x=3)) == sha(b"\x00v.default\x03x\x05\x01", int64(3))


def test_bare_default_is_ignored() -> None:
    with pytest.warns(DeprecationWarning):

        class Default(Config):
            __xpmid__ = "v.default"
            x: Param[int] = 2
            y: Param[bool] = field(ignore_default=False)

    assert hexa(Default.C(x=2, y=False)) == sha(b"\x00v.default")


def test_default_with_meta_elements_removed() -> None:
    class Default(Config):
        __xpmid__ = "v.default"
        x: Param[list[A]] = field(default_factory=lambda: [A.C(x=1)], ignore_default=True)

    meta = setmeta(A.C(x=2), True)
    assert hexa(Default.C(x=[A.C(x=1)])) == hexa(Default.C(x=[meta, A.C(x=1)])) == sha(b"\x00v.default")
    assert hexa(Default.C(x=[A.C(x=3)])) != sha(b"\x00v.default")


def test_default_configuration_ignored() -> None:
    class Default(Config):
        __xpmid__ = "v.default"
        a: Param[A] = field(default=A.C(x=1), ignore_default=True)

    assert hexa(Default.C()) == hexa(Default.C(a=A.C(x=1))) == sha(b"\x00v.default")
    changed = Default.C()
    changed.a.x = 4
    assert hexa(changed) == sha(b"\x00v.default\x03a\x05\x00", raw(A.C(x=4)))
    assert hexa(Default.C()) == sha(b"\x00v.default")


def test_default_instance_ignored() -> None:
    """Another object with the same parameters is the default too, whatever else was met before."""

    class Default(Config):
        __xpmid__ = "v.default"
        first: Param[Any] = field(default=None, ignore_default=True)
        i: Param[Instance] = field(default=Instance.C(x=1), ignore_default=True)
        many: Param[list[Instance]] = field(
            default_factory=lambda: [Instance.C(x=1), Instance.C(x=1)], ignore_default=True
        )

    assert hexa(Default.C()) == hexa(Default.C(i=Instance.C(x=1))) == sha(b"\x00v.default")
    first = Instance.C(x=1)
    expected = sha(b"\x00v.default\x03first\x05\x00", raw(first))
    assert hexa(Default.C(first=first)) == hexa(Default.C(first=first, i=Instance.C(x=1))) == expected
    assert hexa(Default.C(many=[Instance.C(x=1), Instance.C(x=1)])) == sha(b"\x00v.default")
    assert hexa(Default.C(many=[first, first])) != sha(b"\x00v.default")


@pytest.mark.parametrize("constant", [False, True])
def test_default_that_is_marked(constant: bool) -> None:
    marked = setmeta(A.C(x=1), True)

    class Default(Config):
        __xpmid__ = "v.default"
        a: Param[A] = field(default=marked, ignore_default=True)

    class Fixed(Config):
        __xpmid__ = "v.default"
        a: Constant[A] = marked

    if constant:
        assert hexa(Fixed.C()) == sha(b"\x00v.default\x03a\x05\x00", raw(A.C(x=1)))
    else:
        assert hexa(Default.C()) == hexa(Default.C(a=A.C(x=1))) == sha(b"\x00v.default")
        assert hexa(Default.C(a=A.C(x=2))) == sha(b"\x00v.default\x03a\x05\x00", raw(A.C(x=2)))


def test_copies_of_a_default_share_what_it_shares() -> None:
    shared = Instance.C(x=1)

    class Default(Config):
        __xpmid__ = "v.default"
        l: Param[list[Instance]] = field(default=[shared, shared])  # noqa: E741

    assert (
        hexa(Default.C())
        == hexa(Default.C(l=[shared, shared]))
        != hexa(Default.C(l=[shared, Instance.C(x=1)]))
    )


def test_not_a_number_is_the_default() -> None:
    class Default(Config):
        __xpmid__ = "v.default"
        x: Param[float] = field(default=float("nan"), ignore_default=True)

    assert (
        hexa(Default.C())
        == hexa(Default.C(x=float("nan")))
        == hexa(Default.C().seal())
        == sha(b"\x00v.default")
    )


def test_factory_counts_before_it_is_called() -> None:
    class Factory(Config):
        __xpmid__ = "v.factory"
        x: Param[list[int]] = field(default_factory=lambda: [1])

    unread, read = Factory.C(), Factory.C()
    assert read.x == [1]
    assert hexa(unread) == hexa(read) == sha(b"\x00v.factory\x03x\x05\x07", double(1), b"\x01", int64(1))


def test_factory_ignored() -> None:
    class Factory(Config):
        __xpmid__ = "v.factory"
        x: Param[list[int]] = field(default_factory=lambda: [1], ignore_default=True)
        y: Param[int] = field(default_factory=lambda: 3, ignore_generated=True)

    config = Factory.C()
    assert hexa(config) == hexa(Factory.C(x=[1])) == sha(b"\x00v.factory")
    config.seal()
    assert hexa(config) == sha(b"\x00v.factory")
    assert hexa(Factory.C(y=3)) == sha(b"\x00v.factory\x03y\x05\x01", int64(3))


def test_generated_value_does_not_count(tmp_path: Path) -> None:
    class Generated(Config):
        __xpmid__ = "v.generated"
        a: Param[Any] = field(default_factory=PathGenerator("x"))

    from xpm_tasks import DirectoryContext

    config = Generated.C()
    assert hexa(config) == sha(b"\x00v.generated")
    config.seal(DirectoryContext(tmp_path))
    assert config.a == tmp_path / "x"
    assert hexa(config) == sha(b"\x00v.generated")
    assert hexa(Generated.C(a=1)) == sha(b"\x00v.generated\x03a\x05\x01", int64(1))


def test_constant_always_counts() -> None:
    class Versioned(Config):
        __xpmid__ = "v.versioned"
        version: Constant[int] = field(default=1, ignore_default=True)
        nothing: Constant[int | None] = None

    assert hexa(Versioned.C()) == sha(b"\x00v.versioned\x03nothing\x05\x06\x03version\x05\x01", int64(1))


def test_tags_do_not_count() -> None:
    assert hexa(A.C(x=tag(1)).tag("name", 3)) == hexa(A.C(x=1))


def test_integral_float_is_an_integer() -> None:
    assert hexa(A.C(x=1.0)) == hexa(A.C(x=1))  # type: ignore[arg-type]


def test_integer_is_a_float() -> None:
    assert hexa(B.C(a=A.C(x=1), l=[1])) == hexa(B.C(a=A.C(x=1), l=[1.0]))


def test_literal_and_enum() -> None:
    class Options(Config):
        __xpmid__ = "v.options"
        color: Param[Color]
        mode: Param[Literal["sum", 1]]

    expected = sha(
        b"\x00v.options\x03color\x05\x0a", f"{__name__}.Color:RED".encode(), b"\x03mode\x05\x03sum"
    )
    assert hexa(Options.C(color=Color.RED, mode="sum")) == expected


# --- Sets, instances, loops ---


def test_set_of_configurations() -> None:
    class Many(Config):
        __xpmid__ = "v.many"
        items: Param[set[A]]

    one, two = A.C(x=1), A.C(x=2)
    encoded = sorted((b"\x00" + raw(one), b"\x00" + raw(two)), key=lambda item: sha256(item).digest())
    expected = sha(b"\x00v.many\x03items\x05\x0e", double(2), *encoded)
    assert hexa(Many.C(items={one, two})) == hexa(Many.C(items={two, one})) == expected
    assert hexa(Many.C(items={A.C(x=2), A.C(x=1)}).seal()) == expected


def test_instances_are_told_apart() -> None:
    one, two = Instance.C(x=1), Instance.C(x=1)
    assert hexa(one) == hexa(two)
    assert hexa(Pair.C(a=one, b=one)) == sha(b"\x00v.pair\x03a\x05\x00", raw(one), b"\x03b\x05\x00", raw(one))
    assert hexa(Pair.C(a=one, b=two)) == sha(
        b"\x00v.pair\x03a\x05\x00", raw(one), b"\x03b\x05\x00", raw(one), b"\x0d", int64(1)
    )
    assert hexa(Pair.C(a=two, b=one)) == hexa(Pair.C(a=one, b=two))


def test_third_instance_and_first_again() -> None:
    one, two, three = (Instance.C(x=1) for _ in range(3))
    plain = b"\x00" + raw(one)
    expected = sha(
        b"\x00v.holder\x03value\x05\x07",
        double(4),
        plain,
        plain + b"\x0d" + int64(1),
        plain,
        plain + b"\x0d" + int64(2),
    )
    assert hexa(Holder.C(value=[one, two, one, three])) == expected


def test_equal_instances_in_a_set() -> None:
    """They sort alike: first those that were met before, then in the order in which they were made."""

    class Many(Config):
        __xpmid__ = "v.many"
        items: Param[set[Instance]]
        then: Param[Any]

    one, two, three = (Instance.C(x=1) for _ in range(3))
    encoded = [b"\x00" + raw(one) + (b"\x0d" + int64(place) if place else b"") for place in range(3)]
    start = b"\x00v.many\x03items\x05\x0e" + double(3) + b"".join(encoded) + b"\x03then\x05"
    for place, item in enumerate((one, two, three)):
        assert hexa(Many.C(items={three, one, two}, then=item)) == sha(start, encoded[place])

    class Before(Many):
        __xpmid__ = "v.before"
        first: Param[Instance]

    before = Before.C(first=three, items={one, three}, then=one)
    found = b"\x03items\x05\x0e" + double(2) + encoded[0] + encoded[1] + b"\x03then\x05" + encoded[1]
    assert hexa(before) == sha(b"\x00v.before\x03first\x05", encoded[0], found)


def test_instance_alone_is_like_any_other() -> None:
    """What existing results were made with before a class became an `InstanceConfig` is still found."""
    assert hexa(Holder.C(value=Instance.C(x=1))) == sha(
        b"\x00v.holder\x03value\x05\x00", sha256(b"\x00v.instance\x03x\x05\x01" + int64(1)).digest()
    )


def loop_bytes(name: str, distance: int, where: bytes = b"next") -> bytes:
    return sha256(
        b"\x00v.node\x03name\x05\x03" + name.encode() + b"\x03" + where + b"\x05\x00\x0b" + int64(distance)
    ).digest()


def test_loop_of_one() -> None:
    node = Node.C(name="n")
    node.next = node
    assert raw(node) == loop_bytes("n", 1)


def test_loop_of_two_depends_on_where_it_is_entered() -> None:
    one, two = Node.C(name="1"), Node.C(name="2")
    one.next, two.next = two, one
    inside = loop_bytes("2", 2)
    expected = sha(b"\x00v.node\x03name\x05\x031\x03next\x05\x00", inside)
    assert hexa(one) == expected
    one.seal()
    assert hexa(one) == expected
    other = sha(b"\x00v.node\x03name\x05\x032\x03next\x05\x00", loop_bytes("1", 2))
    assert hexa(two) == other
    # As part of something else, each is what it is alone.
    assert hexa(Holder.C(value=two)) == sha(b"\x00v.holder\x03value\x05\x00", bytes.fromhex(other))


def test_order_of_computation_does_not_matter() -> None:
    def build() -> tuple[Node, Node, Node]:
        one, two, three = Node.C(name="1"), Node.C(name="2"), Node.C(name="3")
        one.next, two.next, three.next = two, three, one
        two.other = two
        return one, two, three

    fresh = [hexa(item) for item in build()]
    items = build()
    items[0].seal()
    assert [hexa(item) for item in reversed(items)] == fresh[::-1]


def test_parts_above_a_loop_are_cached() -> None:
    loop = Node.C(name="loop")
    loop.next = loop
    top = loop
    for _ in range(100):
        top = Node.C(next=top, other=top)
    assert len(hexa(top)) == 64
    assert top.seal().__xpm__.digest is not None
    assert loop.__xpm__.digest is None


def test_loop_through_a_set() -> None:
    holder = Holder.C(value=None)
    holder.value = {holder}
    with pytest.raises(IdentifierError, match="holds itself through a set"):
        holder.__identifier__()


# --- Tasks ---


class Learn(Task):
    __xpmid__ = "v.learn"
    a: Param[A]


class Init(LightweightTask):
    __xpmid__ = "v.init"
    seed: Param[int]


def test_output_of_a_task() -> None:
    learn = Learn.C(a=A.C(x=1)).seal()
    output = A.C(x=2)
    mark_output(learn, output)
    assert hexa(output) == sha(b"\x00\x08\x00", raw(learn), b"v.a\x03x\x05\x01", int64(2))


def test_output_that_is_part_of_the_task() -> None:
    a = A.C(x=1)
    learn = Learn.C(a=a).seal()
    before = raw(learn)
    mark_output(learn, a)
    assert raw(learn) == before
    assert hexa(a) == sha(b"\x00\x08\x00", before, b"v.a\x03x\x05\x01", int64(1))
    assert hexa(copyconfig(a)) == hexa(a)


def test_init_tasks() -> None:
    learn = Learn.C(a=A.C(x=1))
    learn.__xpm__.init_tasks = (Init.C(seed=1), Init.C(seed=2))
    expected = sha(
        b"\x00v.learn\x03a\x05\x00",
        raw(A.C(x=1)),
        b"\x0c\x00",
        raw(Init.C(seed=1)),
        b"\x00",
        raw(Init.C(seed=2)),
    )
    assert hexa(learn) == expected


# --- Deprecated types ---


def test_deprecated_by_inheritance() -> None:
    @deprecate
    class OldA(A):
        __xpmid__ = "v.old"

    with pytest.warns(DeprecationWarning, match="OldA is deprecated: use A"):
        old = OldA.C(x=1)
    assert hexa(old) == hexa(A.C(x=1))
    assert old.__xpm__.original_identifier.hex() == sha(b"\x00v.old\x03x\x05\x01", int64(1))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_deprecated_with_conversion() -> None:
    @deprecate(A)
    class OldA(Config):
        __xpmid__ = "v.old"
        values: Param[list[int]]

        def __convert__(self) -> A:
            return A.C(x=sum(self.values))

    old = OldA.C(values=[1, 2])
    assert hexa(old) == hexa(A.C(x=3))
    assert hexa(Holder.C(value=old)) == hexa(Holder.C(value=A.C(x=3)))
    assert hexa(Holder.C(value=[old]).seal()) == hexa(Holder.C(value=[A.C(x=3)]))
    original = sha(b"\x00v.old\x03values\x05\x07", double(2), b"\x01", int64(1), b"\x01", int64(2))
    assert old.__xpm__.original_identifier.hex() == original
    assert Holder.C(value=old).__xpm__.original_identifier.hex() == sha(
        b"\x00v.holder\x03value\x05\x00", bytes.fromhex(original)
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_deprecated_more_than_once() -> None:
    class New(Config):
        __xpmid__ = "v.new"
        x: Param[int]

    @deprecate(New)
    class Old(Config):
        y: Param[int]

        def __convert__(self) -> New:
            return New.C(x=self.y)

    @deprecate(Old)
    class Older(Config):
        z: Param[int]

        def __convert__(self) -> Old:
            return Old.C(y=self.z)

    class Holds(Config):
        new: Param[New]

    assert hexa(Older.C(z=3)) == hexa(Old.C(y=3)) == hexa(New.C(x=3))
    assert hexa(Holder.C(value=[Older.C(z=3)]).seal()) == hexa(Holder.C(value=[New.C(x=3)]))
    older: Any = Older.C(z=3)
    assert repr(Holds.C(new=older)) == "Holds(new=New(x=3))"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_deprecated_in_circles() -> None:
    @deprecate(Config)
    class One(Config):
        def __convert__(self) -> Config:
            return Two.C()

    @deprecate(Config)
    class Two(Config):
        def __convert__(self) -> Config:
            return One.C()

    with pytest.raises(DeclarationError, match="leads back to an old form"):
        hexa(One.C())


@pytest.mark.parametrize("wrong", [3, staticmethod(lambda: "v.name"), lambda cls: "v.name", property(str)])
def test_name_of_the_wrong_kind(wrong: Any) -> None:
    class Named(Config):
        __xpmid__ = wrong

    with pytest.raises(DeclarationError, match=r"Named .*: __xpmid__ must be a string or a class method"):
        hexa(Named.C())


# --- Errors ---


def test_missing_value_says_where() -> None:
    with pytest.raises(MissingParameterError, match=r"Holder\.value\[1\] has no value for 'x'"):
        Holder.C(value=[1, A.C()]).__identifier__()  # type: ignore[call-arg]


def test_value_without_identifier_says_where() -> None:
    with pytest.raises(IdentifierError, match=r"Holder\.value: a value of type object"):
        Holder.C(value=[A.C(x=1), object()]).__identifier__()


# --- A second implementation, straight from the specification ---


def reference(config: Any) -> bytes:
    """The identifier of a configuration of `Any` values, computed with plain recursion and no cache."""
    return _reference_config(config, [])


def _reference_config(config: Any, path: list[Any]) -> bytes:
    path = [*path, config]
    met: dict[bytes, list[Any]] = {}

    def inside(value: Any, path: list[Any]) -> bytes:
        for distance, holder in enumerate(reversed(path), 1):
            if holder is value:
                return b"\x00\x0b" + int64(distance)
        digest = _reference_config(value, path)
        result = b"\x00" + digest
        if isinstance(value, InstanceConfig):
            known = met.setdefault(digest, [])
            if not any(item is value for item in known):
                known.append(value)
            position = next(i for i, item in enumerate(known) if item is value)
            if position:
                result += b"\x0d" + int64(position)
        return result

    def dropped(value: Any) -> bool:
        return isinstance(value, Config) and value.__xpm__.meta is True

    def encode(value: Any, path: list[Any]) -> bytes:
        if value is None:
            return b"\x06"
        if isinstance(value, float):
            return b"\x02" + double(value)
        if isinstance(value, int):
            return b"\x01" + int64(value) if -(2**63) <= value < 2**63 else b"\x0f" + str(value).encode()
        if isinstance(value, str):
            return b"\x03" + value.encode()
        if isinstance(value, list):
            kept = [encode(item, path) for item in value if not dropped(item)]
            return b"\x07" + double(len(kept)) + b"".join(kept)
        if isinstance(value, set):
            kept = [encode(item, []) for item in value if not dropped(item)]
            return b"\x0e" + double(len(kept)) + b"".join(sorted(kept, key=lambda e: sha256(e).digest()))
        if isinstance(value, enum.Enum):
            return b"\x0a" + f"{type(value).__module__}.{type(value).__qualname__}:{value.name}".encode()
        if isinstance(value, dict):
            items = sorted((key, item) for key, item in value.items() if not dropped(item))
            return b"\x09" + b"".join(encode(key, path) + encode(item, path) for key, item in items)
        return inside(value, path)

    data = b"\x00" + config.__xpmtype__.identifier.encode()
    for name, value in sorted(config.__xpm__.values.items()):
        if not dropped(value):
            data += b"\x03" + name.encode() + b"\x05" + encode(value, path)
    return sha256(data).digest()


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.just(Color.RED)
)


@st.composite
def graphs(draw: st.DrawFn) -> Config:
    """Configurations with shared parts, containers, instances and dropped elements."""
    pool: list[Any] = [Instance.C(x=1), Instance.C(x=1), A.C(x=1), setmeta(A.C(x=2), True)]
    for _ in range(draw(st.integers(1, 6))):
        values = st.recursive(
            st.one_of(leaves, st.sampled_from(pool)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
            ),
            max_leaves=5,
        )
        some = st.sets(st.one_of(st.integers(), st.sampled_from(pool[2:])), max_size=3)
        pool.append(Holder.C(value=draw(st.one_of(values, some))))
    made: Config = pool[-1]
    return made


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_agrees_with_the_second_implementation(config: Config) -> None:
    expected = reference(config)
    assert raw(config) == expected
    assert raw(config.seal()) == expected
    assert raw(copyconfig(config)) == expected


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=5, max_size=5),
    st.permutations(range(5)),
)
@settings(max_examples=150, deadline=None)
def test_loops_agree_with_the_second_implementation(links: list[tuple[int, int]], order: list[int]) -> None:
    nodes = [Holder.C(value=None) for _ in links]
    for position, (node, (one, two)) in enumerate(zip(nodes, links, strict=True)):
        node.value = [position, nodes[one], nodes[two]]
    expected = [reference(node) for node in nodes]
    assert [raw(node) for node in nodes] == expected
    for position in order:
        assert raw(nodes[position].seal()) == expected[position]
    assert [raw(node) for node in nodes] == expected


def test_subclasses_of_plain_types() -> None:
    class Text(str):
        pass

    class Number(float):
        pass

    assert hexa(Holder.C(value=Text("a"))) == hexa(Holder.C(value="a"))
    assert hexa(Holder.C(value=Number(1.5))) == hexa(Holder.C(value=1.5))
    assert hexa(B.C(a=A.C(x=1), l=[Number(0.5)])) == hexa(B.C(a=A.C(x=1), l=[0.5]))


def test_plain_parameter_without_identifier() -> None:
    class Named(Config):
        name: Param[str]

    with pytest.raises(IdentifierError, match=r"Named\.name: '\\udc80' is not valid Unicode: .*\(at "):
        Named.C(name="\udc80").__identifier__()


def test_default_that_cannot_be_compared() -> None:
    class Strange:
        def __eq__(self, other: object) -> bool:
            raise ValueError("no truth value")

        __hash__ = None  # type: ignore[assignment]

    class Default(Config):
        x: Param[Any] = field(default=3, ignore_default=True)

    with pytest.raises(IdentifierError, match=r"a value of type .*Strange has no identifier"):
        Default.C(x=Strange()).__identifier__()


def test_default_and_value_of_two_shapes() -> None:
    class Default(Config):
        __xpmid__ = "v.default"
        x: Param[Any] = field(default_factory=lambda: [A.C(x=1)], ignore_default=True)

    assert hexa(Default.C(x=[A.C(x=1)])) == hexa(Default.C()) == sha(b"\x00v.default")
    assert hexa(Default.C(x=(A.C(x=1),))) != hexa(Default.C())
    assert hexa(Default.C(x=3)) == sha(b"\x00v.default\x03x\x05\x01", int64(3))


def test_identifiers_compare() -> None:
    one = A.C(x=1).__identifier__()
    assert one == A.C(x=1).__identifier__() != A.C(x=2).__identifier__()
    assert hash(one) == hash(A.C(x=1).__identifier__())
    assert repr(one) == one.hex() == one.all.hex()
    assert (one == "x") is False


@given(graphs())
@settings(max_examples=100, deadline=None)
def test_loading_gives_the_same_identifier(config: Config) -> None:
    state = json.loads(json.dumps(state_dict(config)))
    assert from_state_dict(state).__identifier__() == config.__identifier__()
    assert json.dumps(state_dict(from_state_dict(state))) == json.dumps(state)
