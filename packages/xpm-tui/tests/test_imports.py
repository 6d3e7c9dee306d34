"""What an import must not load."""

from __future__ import annotations

import subprocess
import sys

import xpm_tui


def loaded(code: str) -> set[str]:
    command = [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


def test_the_entry_point_is_light() -> None:
    modules = loaded("from xpm_tui.frontend import console")
    assert not {"textual", "rich", "asyncio"} & modules


def test_names() -> None:
    assert sorted(xpm_tui.__all__) == dir(xpm_tui)
    for name in xpm_tui.__all__:
        assert getattr(xpm_tui, name) is not None
    assert not hasattr(xpm_tui, "nothing")


def test_it_is_registered() -> None:
    from importlib.metadata import entry_points

    (found,) = entry_points(group="experimaestro.monitors", name="console")
    assert found.load() is xpm_tui.console
