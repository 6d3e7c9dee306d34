"""Installing and uninstalling: the state of the interpreter before and after."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xpm_mock import FakeModule, FakeModuleFinder, InvalidModuleName, MockError, MockWarning, mock_modules


def load(name: str) -> Any:
    return importlib.import_module(name)


def test_modules_and_path_are_restored_exactly() -> None:
    modules, path = dict(sys.modules), list(sys.meta_path)
    with mock_modules(["torch", "jax"]) as finder:
        assert finder.installed
        load("torch.nn.functional"), load("jax.numpy")
        assert {"torch", "torch.nn", "torch.nn.functional", "jax", "jax.numpy"} <= sys.modules.keys()
    assert dict(sys.modules) == modules
    assert sys.meta_path == path
    assert not finder.installed


def test_restored_after_an_exception() -> None:
    modules = dict(sys.modules)
    with pytest.raises(ZeroDivisionError), mock_modules(["torch"]):
        load("torch")
        _ = 1 / 0
    assert dict(sys.modules) == modules


def test_uninstall_keeps_finders_that_came_later() -> None:
    class Other:
        def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
            return None

    other: Any = Other()
    before = list(sys.meta_path)
    finder = mock_modules(["torch"])
    sys.meta_path.insert(0, other)
    try:
        finder.uninstall()
        assert sys.meta_path == [other, *before]
    finally:
        sys.meta_path.remove(other)
    finder.uninstall()  # again does nothing


def test_installing_twice_does_not_stack() -> None:
    before = list(sys.meta_path)
    first = mock_modules(["torch"], ["torch.compile"])
    second = mock_modules(["torch"], decorators=["torch.compile"])
    first.install()
    assert second is first
    assert len(sys.meta_path) == len(before) + 1
    first.uninstall()
    assert sys.meta_path == before


def test_an_inner_block_leaves_the_outer_mocks() -> None:
    outer = mock_modules(["torch"])
    with mock_modules(["torch"]) as inner:
        torch = load("torch")
    assert inner is outer and sys.modules["torch"] is torch
    outer.uninstall()

    with mock_modules(["torch"]) as one:
        with mock_modules(["torch"]):
            pass
        states = [one.installed]
    assert [*states, one.installed] == [True, False]


def test_uninstall_inside_the_block() -> None:
    with mock_modules(["torch"]) as finder:
        finder.uninstall()
        assert not finder.installed
    with finder:
        load("torch")
    assert "torch" not in sys.modules and finder not in sys.meta_path


def test_the_finder_is_a_context_manager() -> None:
    with FakeModuleFinder(["torch"]) as finder:
        assert finder.modules == ("torch",)
        assert isinstance(load("torch"), FakeModule)
    assert "torch" not in sys.modules
    assert repr(finder) == "FakeModuleFinder(['torch'])"


def test_two_finders_share_what_one_began() -> None:
    with mock_modules(["torch"]):
        linear = load("torch.nn").Linear
        with mock_modules(["torch", "jax"]):
            assert load("torch.nn.modules") is sys.modules["torch.nn.modules"]
            assert load("torch").nn.Linear is linear
            load("jax")
        assert "jax" not in sys.modules and "torch.nn.modules" in sys.modules


def test_a_wider_finder_after_a_narrow_one() -> None:
    with mock_modules(["torch.nn"]):
        load("torch.nn")
        with pytest.raises(ModuleNotFoundError):
            load("torch.optim")
        with mock_modules(["torch"]):
            load("torch.optim")
            load("torch.nn.init")


@pytest.mark.parametrize("names", [[""], ["torch."], [".nn"], ["torch nn"], ["torch", "1x"], [None]])
def test_bad_names(names: Any) -> None:
    path = list(sys.meta_path)
    with pytest.raises(InvalidModuleName) as caught:
        mock_modules(names)
    assert isinstance(caught.value, (MockError, ValueError))
    assert sys.meta_path == path


def test_one_name_may_be_a_string() -> None:
    with mock_modules("torch") as finder:
        assert finder.modules == ("torch",)


def test_nothing_to_mock() -> None:
    with mock_modules([]), pytest.raises(ModuleNotFoundError):
        load("torch")


# -- real modules


def test_a_module_imported_before_is_left_alone(write_module: Callable[[str, str], None]) -> None:
    write_module("heavy_real", "value = 3")
    write_module("heavy_package.__init__", "")
    write_module("heavy_package.part", "value = 4")
    real, package = load("heavy_real"), load("heavy_package")
    with pytest.warns(MockWarning, match="'heavy_real' is imported already") as caught:
        finder = mock_modules(["heavy_real"])
    assert caught[0].filename == __file__
    with pytest.warns(MockWarning), mock_modules(["heavy_package"]):
        assert load("heavy_package") is package
        assert load("heavy_package.part").value == 4
    assert load("heavy_real") is real
    finder.uninstall()
    assert sys.modules["heavy_real"] is real
    for name in ("heavy_package", "heavy_package.part"):
        del sys.modules[name]


def test_left_alone_with_warnings_as_errors(write_module: Callable[[str, str], None]) -> None:
    write_module("heavy_real", "")
    load("heavy_real")
    path = list(sys.meta_path)
    with pytest.raises(MockWarning):
        mock_modules(["heavy_real"])
    assert sys.meta_path == path


def test_mocks_made_by_hand_are_left_alone() -> None:
    by_hand = types.ModuleType("torch")
    sys.modules["torch"] = by_hand
    try:
        with pytest.warns(MockWarning):
            finder = mock_modules(["torch"])
        assert load("torch") is by_hand
        finder.uninstall()
        assert sys.modules["torch"] is by_hand
    finally:
        del sys.modules["torch"]


def test_a_really_installed_package_comes_back(strange_path: Path) -> None:
    package = strange_path / "heavy_lib"
    (package / "nn").mkdir(parents=True)
    (package / "__init__.py").write_text("from heavy_lib import nn\n__version__ = '1.2'\nname = 'real'\n")
    (package / "nn" / "__init__.py").write_text("class Module:\n    real = True\n")
    info = strange_path / "heavy_lib-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: heavy-lib\nVersion: 1.2\n")

    with mock_modules(["heavy_lib"]):
        fake = load("heavy_lib.nn")
        assert fake.Module.real != True  # noqa: E712
        assert load("heavy_lib").__version__ == "1.2"
    real = load("heavy_lib.nn")
    assert real.Module.real is True and load("heavy_lib").name == "real"
    assert str(strange_path) in str(real.__file__)
    with pytest.warns(MockWarning), mock_modules(["heavy_lib"]):
        assert load("heavy_lib.nn") is real
    for name in ("heavy_lib", "heavy_lib.nn"):
        del sys.modules[name]
    with mock_modules(["heavy_lib"]):
        assert load("heavy_lib.nn").Module.real is not True
    assert "heavy_lib" not in sys.modules
    assert load("heavy_lib.nn").Module.real is True
    for name in ("heavy_lib", "heavy_lib.nn"):
        del sys.modules[name]


def test_a_package_of_this_environment_comes_back() -> None:
    name = "sortedcontainers"  # comes with hypothesis
    kept = {key: sys.modules.pop(key) for key in list(sys.modules) if key.partition(".")[0] == name}
    try:
        with mock_modules([name]):
            assert isinstance(load(name), FakeModule)
        real = load(name)
        assert list(real.SortedList([2, 1])) == [1, 2]
    finally:
        for key in [key for key in sys.modules if key.partition(".")[0] == name]:
            del sys.modules[key]
        sys.modules.update(kept)


def test_only_a_submodule_of_a_real_package(write_module: Callable[[str, str], None]) -> None:
    write_module("half_real.__init__", "heavy = 'placeholder'\nvalue = 3")
    write_module("half_real.heavy", "raise RuntimeError('too heavy')")
    write_module("half_real.other", "value = 4")
    with mock_modules(["half_real.heavy", "half_real.gone"]):
        package = load("half_real")
        assert package.value == 3 and package.heavy == "placeholder"
        assert load("half_real.heavy").Thing(3)
        assert load("half_real.gone.deep").Thing is package.gone.deep.Thing
        assert load("half_real.other").value == 4
        assert vars(package)["heavy"] is sys.modules["half_real.heavy"]
    assert vars(package)["heavy"] == "placeholder" and not hasattr(package, "gone")
    assert sys.modules.get("half_real.heavy") is None
    for name in ("half_real", "half_real.other"):
        sys.modules.pop(name, None)


def test_a_submodule_of_nothing() -> None:
    with mock_modules(["no_such_cloud.deep.storage"]):
        storage = load("no_such_cloud.deep.storage")
        assert storage.Client().bucket("x")
        with pytest.raises(ModuleNotFoundError):
            load("no_such_cloud.other")
    assert "no_such_cloud" not in sys.modules


# -- the ways to import


def test_ways_to_import(mocks: FakeModuleFinder) -> None:
    namespace: dict[str, Any] = {}
    exec(
        "import torch\nimport torch.nn as nn\nfrom torch.nn import functional as F, Module as M\n"
        "from torch.nn.functional import relu\nfrom torch import *\nimport torch.optim.adam, torch.cuda",
        namespace,
    )
    torch = namespace["torch"]
    assert namespace["nn"] is torch.nn is sys.modules["torch.nn"]
    assert namespace["relu"] is namespace["F"].relu is load("torch.nn.functional").relu
    assert namespace["M"] is torch.nn.Module
    assert importlib.import_module(".nn", "torch") is torch.nn


def test_find_spec(mocks: FakeModuleFinder) -> None:
    spec = importlib.util.find_spec("torch.nn.functional")
    assert spec is not None and spec.name == "torch.nn.functional" and spec.origin == "mocked by xpm_mock"
    assert importlib.util.find_spec("torch") is load("torch").__spec__
    assert importlib.util.find_spec("torchish") is None
    assert mocks.find_spec("json") is None


def test_reload_and_loader(mocks: FakeModuleFinder) -> None:
    torch = load("torch")
    tensor = torch.Tensor
    reloaded: Any = importlib.reload(torch)
    assert reloaded is torch and torch.Tensor is tensor
    described = vars(torch)
    assert described["__spec__"].loader is described["__loader__"] is mocks
    assert described["__path__"] == [] and described["__package__"] == "torch"


def test_similar_names_are_not_mocked(write_module: Callable[[str, str], None]) -> None:
    write_module("torchlike", "value = 1")
    with mock_modules(["torch"]):
        assert load("torchlike").value == 1


def test_other_modules_are_untouched(
    mocks: FakeModuleFinder, write_module: Callable[[str, str], None]
) -> None:
    write_module("innocent", "import json\nvalue = json.dumps(1)")
    assert load("innocent").value == "1"
    mocks.uninstall()
    assert "innocent" in sys.modules


def test_a_decorator_out_of_reach_warns() -> None:
    with pytest.warns(MockWarning, match=r"'numba.jit' is in no mocked module: add 'numba'"):
        mock_modules(["torch"], ["numba.jit"]).uninstall()


def test_a_new_process_sees_no_mocks(mocks: FakeModuleFinder) -> None:
    import subprocess

    load("torch")
    code = "import importlib.util, sys; print(importlib.util.find_spec('torch'), 'xpm_mock' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "xpm_mock" not in shown and shown.endswith("False\n")
