from __future__ import annotations

import importlib.metadata

import pytest

from xpm_workspace.errors import NoFrontend
from xpm_workspace.frontends import GROUP, find_frontend


def install(monkeypatch: pytest.MonkeyPatch, *twice: tuple[str, str], **frontends: str) -> None:
    named = [*frontends.items(), *twice]
    known = [importlib.metadata.EntryPoint(name, value, GROUP) for name, value in named]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: known if group == GROUP else [])


def test_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, mine="xpm_workspace.times:utc_iso", other="no_such_module:it")
    from xpm_workspace.times import utc_iso

    assert find_frontend("mine") is utc_iso


def test_the_first_on_the_path_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("mine", "no_such_module:it"), mine="xpm_workspace.times:utc_iso")
    from xpm_workspace.times import utc_iso

    assert find_frontend("mine") is utc_iso


def test_what_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, mine="no_such_module:it")
    with pytest.raises(NoFrontend, match=r"no monitor 'web' \(installed: mine\); pip install xpm-web"):
        find_frontend("web")
    with pytest.raises(NoFrontend, match=r"\(installed: mine\); install the package that has it"):
        find_frontend("theirs")
    with pytest.raises(NoFrontend, match="'mine' cannot be used: No module named 'no_such_module'"):
        find_frontend("mine")
