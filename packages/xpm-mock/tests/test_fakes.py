"""Fakes: attributes, calls, identity; the cases hold most of what they must do."""

from __future__ import annotations

import importlib
import pickle
from typing import Any

import pytest

from xpm_mock import FakeModuleFinder, FakeObject


@pytest.fixture
def torch(mocks: FakeModuleFinder) -> Any:
    return importlib.import_module("torch")


def test_anything_goes(torch: Any) -> None:
    assert isinstance(torch.a.b.c(1, x=2).d["e"].f(), FakeObject)
    assert repr(torch.a.b(1).c) == "torch.a.b().c"
    assert torch.a.b is torch.a.b and torch.a() is not torch.a()
    assert torch.a().b.c is not torch.a().b.c


def test_truth(torch: Any) -> None:
    assert torch.a and torch.a() and torch.is_available() and torch.is_nothing_like_this_available
    assert not torch.is_nothing_like_this_available() and not torch._NOTHING_LIKE_THIS_AVAILABLE
    assert torch.is_json_available()


def test_attributes_can_be_set_and_deleted(torch: Any) -> None:
    torch.a.flag = 3
    assert torch.a.flag == 3 and vars(torch.a)["flag"] == 3
    del torch.a.flag
    del torch.a.flag
    assert torch.a.flag != 3


def test_methods_of_the_class_called_with_an_instance(torch: Any) -> None:
    class Ours(torch.nn.Module):  # type: ignore[name-defined,misc,unused-ignore]
        pass

    ours = Ours()
    torch.nn.Module.__init__(ours, 3, x=4)
    torch.nn.Module.__setattr__(ours, "size", 3)
    assert ours.size == 3
    torch.nn.Module.__delattr__(ours, "size")
    assert repr(torch.nn.Module.__getattr__(ours, "size")) == "torch.nn.Module.size"
    assert "Ours object" in torch.nn.Module.__repr__(ours)
    assert isinstance(torch.nn.Module.__new__(Ours), Ours)
    torch.nn.Module.__call__(ours, 3), torch.nn.Module.forward(ours, 3)
    assert repr(torch.nn.Module) == "torch.nn.Module"


def test_the_type_of_a_fake_can_be_called(torch: Any) -> None:
    x = torch.zeros(3)
    assert repr(type(x)(3).anything) == "fake().anything"
    assert repr(x.__class__(3)) == "fake()"
    assert isinstance(x, x.__class__)


def test_it_is_no_class(torch: Any) -> None:
    assert not isinstance(torch.Tensor, type) and callable(torch.Tensor)


def test_pickle(torch: Any) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(torch.nn.functional.relu, protocol)) is torch.nn.functional.relu
        assert pickle.loads(pickle.dumps(torch.Tensor.view, 4)) is torch.Tensor.view
        assert repr(pickle.loads(pickle.dumps(torch.zeros(3), protocol))) == "torch.zeros()"


def test_listed_decorators_return_anything_callable(torch: Any) -> None:
    class Ours(torch.nn.Module):  # type: ignore[name-defined,misc,unused-ignore]
        pass

    ours = Ours()
    assert torch.compile(ours) is ours and torch.compile(mode="x")(ours) is ours
    assert torch.compile(torch.nn.Module) is torch.nn.Module
    assert torch.inference_mode(False)(ours) is ours
    assert torch.no_grad().anything.goes()
    assert torch.optim.wrap(ours) is not ours
    with torch.no_grad() as context:
        assert context


def test_subclasses(torch: Any) -> None:
    assert torch.Tensor.__subclasses__() == []

    class Ours(torch.Tensor):  # type: ignore[name-defined,misc,unused-ignore]
        pass

    assert torch.Tensor.__subclasses__() == [Ours]


def test_fakes_work_on_after_uninstall(mocks: FakeModuleFinder) -> None:
    torch: Any = importlib.import_module("torch")
    tensor = torch.Tensor
    mocks.uninstall()

    class Ours(tensor):  # type: ignore[misc,valid-type]
        pass

    assert isinstance(Ours(), tensor) and tensor.anything.goes(3) and torch.nn.Module
