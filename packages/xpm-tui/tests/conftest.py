"""Fixtures of the package's tests."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from xpm_tui.stage import Sample

settings.register_profile(
    "xpm", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
settings.load_profile("xpm")


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times are those of Greenwich, colours those of a good terminal."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def sample() -> Sample:
    """A workspace with a bit of everything."""
    return Sample()


def pytest_report_header() -> str:
    """Pictures depend on it."""
    import textual

    return f"textual {textual.__version__}, TERM={os.environ.get('TERM')}"
