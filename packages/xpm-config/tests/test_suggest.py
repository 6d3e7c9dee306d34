from __future__ import annotations

import time

import pytest

from xpm_config.suggest import closest, did_you_mean, listing, valid_keys


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("lerning_rate", "learning_rate"),
        ("learning-rate", "learning_rate"),
        ("LearningRate", "learning_rate"),
        ("batch", "batch_size"),
        ("zzz", None),
        ("", None),
    ],
)
def test_closest(name: str, found: str | None) -> None:
    assert closest(name, ["learning_rate", "batch_size"]) == found


def test_many_candidates_take_no_time() -> None:
    start = time.perf_counter()
    assert closest("a" * 20, (f"{i}" * 10 for i in range(1_000_000))) is None
    assert time.perf_counter() - start < 5


def test_messages() -> None:
    assert did_you_mean("ab", ["abc"]) == "did you mean 'abc'?"
    assert did_you_mean("zz", ["abc"]) is None
    assert valid_keys("zz", ["abc", "de"]) == "known keys: abc, de"
    assert valid_keys("zz", []) == "known keys: none"
    assert listing("abcdefghijklmnop").endswith("k, l, ... (16 in all)")
