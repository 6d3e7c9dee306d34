"""The short forms of the campaigns: `tools/xpm chaos` and `tools/xpm race`."""

from __future__ import annotations

from pathlib import Path

import chaos
import race


def test_some_random_kills(tmp_path: Path) -> None:
    """Which moments they hit depends on the machine; what must hold does not."""
    report = chaos.run(kills=3, tasks=6, seed=3, folder=tmp_path, seconds=10)
    assert report["chaos"] == "passed"


def test_three_experiments_at_the_same_moment(tmp_path: Path) -> None:
    report = race.race(rounds=1, tasks=30, experiments=3, seed=1, folder=tmp_path)
    assert report["race"] == "passed"
