"""Conventions on names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_mock.names import availability_target, exception_base, is_dunder, is_hidden, last_part, split_path


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("Tensor", False),
        ("_C", False),
        ("_dynamo", False),
        ("__config__", False),
        ("__private", False),
        ("__wrapped__", True),
        ("__array__", True),
        ("_repr_html_", True),
        ("_ipython_canary_method_should_not_exist_", True),
        ("_fields", True),
        ("_pytestfixturefunction", True),
        ("_xpm_path", True),
    ],
)
def test_is_hidden(name: str, hidden: bool) -> None:
    assert is_hidden(name) is hidden


def test_is_dunder() -> None:
    assert is_dunder("__init__") and not is_dunder("____") and not is_dunder("__x") and not is_dunder("x__")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("torch", ("torch", "torch")),
        ("torch.float32", ("torch", "float32")),
        ("torch.Tensor", ("torch", "Tensor")),
        ("torch.nn.Module", ("torch.nn", "Module")),
        ("torch.Tensor.view", ("torch", "Tensor.view")),
        ("torch.nn.functional.relu", ("torch.nn.functional", "relu")),
        ("torch.optim.lr_scheduler._LRScheduler", ("torch.optim.lr_scheduler", "_LRScheduler")),
        ("torch.zeros().shape", ("torch", "zeros().shape")),
        ("PIL.Image.open", ("PIL", "Image.open")),
        ("torch.FOO", ("torch", "FOO")),
    ],
)
def test_split_path(path: str, expected: tuple[str, str]) -> None:
    assert split_path(path) == expected


@given(st.lists(st.from_regex(r"\A_?[A-Za-z][a-z]{0,3}(\(\))?\Z"), min_size=2, max_size=6))
def test_split_path_loses_nothing(parts: list[str]) -> None:
    module, qualname = split_path(".".join(parts))
    assert f"{module}.{qualname}" == ".".join(parts)
    assert module and qualname


def test_last_part() -> None:
    assert last_part("torch.library.custom_op()") == "custom_op"
    assert last_part("torch") == "torch"


@pytest.mark.parametrize(
    ("path", "base"),
    [
        ("torch.cuda.OutOfMemoryError", "Exception"),
        ("torch.jit.TracerWarning", "UserWarning"),
        ("lib.exceptions.MisconfigurationException", "Exception"),
        ("optuna.exceptions.TrialPruned", "Exception"),
        ("lib._PrivateError", "Exception"),
        ("lib.exceptions.raise_it", None),
        ("lib.L1_ERROR", None),
        ("lib.ERROR", None),
        ("torch.nn.L1Loss", None),
        ("torch.error", None),
        ("torch.mean_squared_error", None),
    ],
)
def test_exception_base(path: str, base: str | None) -> None:
    assert exception_base(path) == base


@pytest.mark.parametrize(
    ("path", "argument", "target"),
    [
        ("transformers.is_torch_available()", None, "torch"),
        ("transformers.is_tf_available()", None, "tensorflow"),
        ("transformers.is_torch_available", None, None),
        ("torch.cuda.is_available()", None, None),
        ("lib._OMEGACONF_AVAILABLE", None, "omegaconf"),
        ("lib.package_available()", "PIL", "PIL"),
        ("lib.RequirementCache()", "my-lib[all]>=1.0", "my_lib"),
        ("lib.something()", "PIL", None),
        ("lib._AVAILABLE", None, None),
    ],
)
def test_availability_target(path: str, argument: str | None, target: str | None) -> None:
    assert availability_target(path, argument) == target
