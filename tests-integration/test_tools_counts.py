"""The numbers of tests are read from what pytest says."""

from __future__ import annotations

import pytest

from xpm_tools.counts import Counts, count


@pytest.mark.parametrize(
    ("closing", "expected"),
    [
        ("============ 12 passed in 1.20s ============", Counts(passed=12)),
        ("12 passed in 1s", Counts(passed=12)),
        (
            "1 failed, 2 passed, 3 skipped, 1 warning in 65.1s (0:01:05)",
            Counts(passed=2, failed=1, skipped=3),
        ),
        ("2 passed, 1 error in 0.10s", Counts(passed=2, failed=1)),
        ("1 xfailed, 2 errors in 0.10s", Counts(failed=2)),
        ("\x1b[32m======= \x1b[32m\x1b[1m3 passed\x1b[0m\x1b[32m in 0.1s\x1b[0m =======", Counts(passed=3)),
        ("no tests ran in 0.01s", Counts()),
        ("INTERNALERROR> 3 passed", Counts()),
    ],
)
def test_the_last_line_counts(closing: str, expected: Counts) -> None:
    assert count(f"collected 15 items\n.F.s\n{closing}\n\n") == expected


def test_a_run_without_tests_counts_nothing_of_an_earlier_one() -> None:
    assert count("7 passed in 0.1s\nno tests ran in 0.01s\n") == Counts()


def test_counts_add_up() -> None:
    total = sum((Counts(passed=1, skipped=2), Counts(passed=3, failed=4)), Counts())
    assert total == Counts(passed=4, failed=4, skipped=2)
