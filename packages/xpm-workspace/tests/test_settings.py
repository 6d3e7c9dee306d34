from __future__ import annotations

import logging
from pathlib import Path

import pytest

from xpm_workspace.errors import SettingsError
from xpm_workspace.settings import Settings, find_workspace, get_settings, parse_settings, settings_path

EXAMPLE = """
server: {port: 12345}
env: {OMP_NUM_THREADS: 4, DEBUG: true}
history: {max_done: 3}
workspaces:
  - id: main
    path: ~/experiments
    max_retries: 2
    history: {max_failed: 2}
  - id: neuralir
    path: $XPM_TEST_ROOT/neural ir
    triggers: ["neuralir-*", "msmarco"]
    env: {A: b}
    folders: {data: /data}
  - id: cluster
    path: ~/xp
    ssh: {host: login.cluster}
"""


def test_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XPM_TEST_ROOT", "/mnt")
    settings = parse_settings(EXAMPLE)
    main, neural, cluster = settings.workspaces
    assert settings.server.port == 12345
    assert settings.env == {"OMP_NUM_THREADS": "4", "DEBUG": "true"}
    assert (settings.history.max_done, settings.history.max_failed) == (3, 1)
    assert main.path == Path("/home/me/experiments")
    assert main.history is not None and main.history.max_failed == 2
    assert neural.path == Path("/mnt/neural ir")
    assert cluster.ssh is not None and cluster.ssh.host == "login.cluster" and not cluster.local


def test_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XPM_TEST_ROOT", str(tmp_path))
    settings = parse_settings(EXAMPLE)
    assert find_workspace(workspace="cluster", settings=settings).id == "cluster"
    assert find_workspace(workdir=tmp_path / "neural ir", settings=settings).id == "neuralir"
    assert find_workspace(workdir=tmp_path / "o'ther", settings=settings).path == tmp_path / "o'ther"
    assert find_workspace(experiment_id="neuralir-7", settings=settings).id == "neuralir"
    assert find_workspace(experiment_id="other", settings=settings).id == "main"
    assert find_workspace(settings=settings).id == "main"
    with pytest.raises(SettingsError, match="did you mean 'main'"):
        find_workspace(workspace="mian", settings=settings)
    with pytest.raises(SettingsError, match="--workdir"):
        find_workspace(settings=Settings())


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert get_settings() == Settings()
    settings_path().parent.mkdir()
    settings_path().write_text("workspaces: [{id: a, path: /a}]")
    assert find_workspace().path == Path("/a")
    assert get_settings(settings_path().parent) == get_settings(settings_path()) == get_settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("workspaces: [", "line 1"),
        ("a: b: c", "line 1"),
        ("- 1", "must hold a mapping"),
        ("workspaces: [{path: /a}]", "missing required field `id`"),
        ("workspaces: [{id: 3}]", r"workspaces\[0\]\.id"),
        ("history: {max_done: many}", "history.max_done"),
        ("workspaces: 3", "workspaces"),
        ("workspaces: [{id: a, path: 3}]", "Expected a path"),
        ("workspaces: [3]", "workspaces"),
        ("a: \x00", "settings.yaml"),
    ],
)
def test_mistakes_are_pointed_at(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse_settings(text)


def test_unknown_keys_are_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        parse_settings("workspace: []\nworkspaces: [{id: a, trigers: [x]}]")
    messages = [record.getMessage() for record in caplog.records]
    assert "did you mean 'workspaces'" in messages[0]
    assert "workspaces[0].trigers" in messages[1] and "did you mean 'triggers'" in messages[1]


def test_empty_and_null() -> None:
    assert parse_settings("") == Settings()
    assert parse_settings("env:\nworkspaces:\n") == Settings()


def test_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        get_settings(path)
