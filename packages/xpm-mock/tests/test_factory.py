"""One fake per path."""

from __future__ import annotations

import enum
import sys
from typing import Any, NamedTuple, Protocol

from xpm_mock.bases import FakeBase
from xpm_mock.factory import UNKNOWN_VERSION, FakeFactory, restore
from xpm_mock.fakes import FakeDecorator, FakeObject


def test_shared_once() -> None:
    factory = FakeFactory(["a.b"])
    assert factory.known("a.c") is None
    assert factory.shared("a.c") is factory.shared("a.c") is factory.known("a.c")
    assert type(factory.shared("a.b")) is FakeDecorator
    assert factory.make("a.c", shared=False) is not factory.shared("a.c")


def test_exceptions_are_real() -> None:
    factory = FakeFactory()
    assert issubclass(factory.shared("a.FooError"), Exception)
    assert issubclass(factory.shared("a.FooWarning"), UserWarning)
    assert factory.shared("a.FooError") is factory.shared("a.FooError")
    assert factory.shared("a.FooError")(1, x=2).args == (1,)


def test_bases() -> None:
    factory = FakeFactory()
    fake = factory.shared("a.Thing")
    base: Any = factory.base_for(fake, (fake,))
    assert issubclass(base, FakeBase) and base.__module__ == "a" and base.__name__ == "Thing"
    assert factory.base_for(fake, (int, fake)) is base
    assert factory.base_for(fake, (fake, Protocol)) is None
    assert factory.base_for(fake, (fake, NamedTuple)) is None
    mixin = factory.base_for(fake, (fake, enum.Enum))
    assert mixin is not base and factory.known_bases("a.Thing") == (base, mixin)
    assert factory.known_bases("a.Other") == ()


def test_the_outcomes_of_two_calls_are_one_base() -> None:
    factory = FakeFactory()
    first, second = factory.shared("a.make")(1), factory.shared("a.make")(2)
    bases = (first, second)
    assert factory.base_for(first, bases) is not None and factory.base_for(second, bases) is None


def test_availability() -> None:
    factory = FakeFactory()
    assert factory.is_available("json") and factory.is_available("json.decoder")
    assert not factory.is_available("no_such_thing") and not factory.is_available("no_such_thing.sub")
    assert not factory.is_available("") and not factory.is_available("...")


def test_version() -> None:
    factory = FakeFactory()
    assert factory.version("no_such_thing.sub") == UNKNOWN_VERSION
    assert factory.version("pytest.sub") == sys.modules["pytest"].__version__


def test_restore() -> None:
    assert isinstance(restore("a.b()"), FakeObject) and repr(restore("a.b()").c) == "a.b().c"


def test_long_paths_are_cut() -> None:
    fake: Any = FakeFactory().shared("a")
    for _ in range(1000):
        fake = fake.step()
    assert len(repr(fake)) < 250
