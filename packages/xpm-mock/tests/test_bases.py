"""Classes that stand in for fakes."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from xpm_mock import FakeModuleFinder
from xpm_mock.bases import FakeBase


@pytest.fixture
def torch(mocks: FakeModuleFinder) -> Any:
    return importlib.import_module("torch")


def test_the_base_is_a_plain_class(torch: Any) -> None:
    class Ours(torch.nn.Module):  # type: ignore[name-defined,misc,unused-ignore]
        pass

    base = Ours.__bases__[0]
    assert type(base) is type and base.__module__ == "torch.nn" and base.__qualname__ == "Module"
    assert base.__doc__ == "Mock of torch.nn.Module." and issubclass(base, FakeBase)
    assert Ours.__orig_bases__ == (torch.nn.Module,)


def test_private_and_dunder_attributes_are_missing(torch: Any) -> None:
    class Ours(torch.nn.Module):  # type: ignore[name-defined,misc,unused-ignore]
        pass

    ours = Ours()
    assert ours.anything
    for name in ("_cache", "__len__", "_repr_html_"):
        with pytest.raises(AttributeError, match="'Ours' object has no attribute"):
            getattr(ours, name)
    with pytest.raises(AttributeError):
        Ours.anything  # noqa: B018


def test_a_real_class_behind_answers_first(torch: Any) -> None:
    class Real:
        def __getattr__(self, name: str) -> str:
            if name == "known":
                return "real"
            raise AttributeError(name)

        def __call__(self, x: int) -> int:
            return x + 1

        def __enter__(self) -> str:
            return "entered"

        def __exit__(self, *exception: object) -> bool:
            return True

        def __post_init__(self) -> None:
            self.done = True

        def __add__(self, other: object) -> str:
            return "added"

        def __class_getitem__(cls, item: object) -> str:
            return f"item {item}"

    class Ours(torch.nn.Module, Real):  # type: ignore[name-defined,misc,unused-ignore]
        pass

    ours: Any = Ours()
    assert ours.known == "real" and ours.unknown and ours(1) == 2 and ours + 1 == "added"
    assert ours.__enter__() == "entered" and ours.__exit__(None, None, None) is True
    ours.__post_init__()
    assert ours.done is True and getattr(Ours, "__class_getitem__")(3) == "item 3"  # noqa: B009


def test_names_after_super_do_not_leak_to_the_class(torch: Any) -> None:
    class First(torch.nn.Module):  # type: ignore[name-defined,misc,unused-ignore]
        def run(self) -> Any:
            return super().run(), self.size, self._private

    class Second(torch.nn.Module):  # type: ignore[name-defined,misc,unused-ignore]
        pass

    assert not hasattr(First, "size") and not hasattr(Second, "run") and not hasattr(Second, "_private")
    assert getattr(Second, "size", 3) == 3


def test_class_methods_of_libraries(torch: Any) -> None:
    class Ours(torch.nn.Module):  # type: ignore[name-defined,misc,unused-ignore]
        pass

    class Apply(torch.autograd.Function):  # type: ignore[name-defined,misc,unused-ignore]
        pass

    assert Ours.from_pretrained("x") and Ours.load_from_checkpoint("x") and Apply.apply(3)
    assert not hasattr(Ours, "apply")


def test_constructors_of_builtin_types(torch: Any) -> None:
    class Error(torch.Thing, ValueError):  # type: ignore[name-defined,misc,unused-ignore]
        def __init__(self, message: str) -> None:
            super().__init__(message)

    class Number(torch.Thing, int):  # type: ignore[name-defined,misc,unused-ignore]
        pass

    assert Error("bad").args == ("bad",) and Number(3) + 1 == 4 and Number(3) == 3


def test_enumerations_and_test_cases(torch: Any) -> None:
    import enum
    import unittest

    class Kind(torch.utils.ExplicitEnum):  # type: ignore[name-defined,misc,unused-ignore]
        A = "a"

    class Case(torch.testing.TestCase):  # type: ignore[name-defined,misc,unused-ignore]
        pass

    assert issubclass(Kind, enum.Enum) and Kind("a") is Kind.A
    assert Kind.__bases__[0].__module__ == "torch.utils"
    assert issubclass(Case, unittest.TestCase)
