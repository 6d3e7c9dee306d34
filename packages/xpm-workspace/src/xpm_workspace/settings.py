"""The settings file: `~/.config/experimaestro/settings.yaml`."""

from __future__ import annotations

import difflib
import fnmatch
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from xpm_workspace.errors import SettingsError

logger = logging.getLogger(__name__)


class HistorySettings(msgspec.Struct, frozen=True, kw_only=True):
    """How many runs of an experiment are kept."""

    #: Runs that ended well.
    max_done: int = 5
    #: Runs that ended badly, since the last that ended well.
    max_failed: int = 1


class SSHSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace on another machine."""

    #: Machine, as `ssh` understands it.
    host: str
    #: The workspace there.
    path: str | None = None
    #: More options for `ssh`.
    options: list[str] = []


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The web monitor."""

    #: Address it listens on.
    host: str | None = None
    #: Port; 0 or nothing for any.
    port: int | None = None
    #: Fixed token instead of one made at each start.
    token: str | None = None


class WorkspaceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One workspace."""

    #: Short name, for `--workspace`.
    id: str
    #: Its folder; `~` and environment variables have been replaced.
    path: Path | None = None
    #: Environment variables of its jobs.
    env: dict[str, str] = {}
    #: Globs: experiments whose id matches go to this workspace.
    triggers: list[str] = []
    #: How often a resumable task is started again.
    max_retries: int | None = None
    #: How many runs are kept.
    history: HistorySettings | None = None
    #: Where it is, when it is on another machine.
    ssh: SSHSettings | None = None
    #: Other folders by purpose.
    folders: dict[str, str] = {}

    @property
    def local(self) -> bool:
        """Whether it is on this machine."""
        return self.ssh is None and self.path is not None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    #: The web monitor.
    server: ServerSettings = ServerSettings()
    #: Environment variables of all jobs.
    env: dict[str, str] = {}
    #: How many runs are kept, where the workspace says nothing.
    history: HistorySettings = HistorySettings()
    #: In order of preference.
    workspaces: list[WorkspaceSettings] = []


def settings_path() -> Path:
    """Return where the settings file is."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return Path(base) / "experimaestro" / "settings.yaml"


def get_settings(path: str | os.PathLike[str] | None = None) -> Settings:
    """Read the settings; a missing file is an empty one.

    Args:
        path: another file, or the folder that holds `settings.yaml`.

    Raises:
        SettingsError: the file cannot be read or understood; names the file, and the line or key.
    """
    file = settings_path() if path is None else Path(path)
    if file.is_dir():
        file = file / "settings.yaml"
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from error
    return parse_settings(text, str(file))


def parse_settings(text: str, file: str = "settings.yaml") -> Settings:
    """Parse the content of a settings file; `file` is its name in errors."""
    content = _load_yaml(text, file)
    if content is None:
        return Settings()
    if not isinstance(content, dict):
        raise SettingsError(f"{file}: the file must hold a mapping, such as 'workspaces: [...]'")
    _warn_unknown(content, Settings, file, "")
    workspaces = content.get("workspaces")
    for number, workspace in enumerate(workspaces if isinstance(workspaces, list) else []):
        if isinstance(workspace, dict):
            _warn_unknown(workspace, WorkspaceSettings, file, f"workspaces[{number}].")
            _make_environment(workspace)
            if isinstance(workspace.get("path"), str):
                workspace["path"] = os.path.expandvars(os.path.expanduser(workspace["path"]))
    content = {key: value for key, value in content.items() if value is not None}
    _make_environment(content)
    try:
        return msgspec.convert(content, Settings, dec_hook=_to_path)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{file}: {str(error).replace('`$.', '`')}") from error


def find_workspace(
    *,
    workspace: str | None = None,
    workdir: str | os.PathLike[str] | None = None,
    experiment_id: str | None = None,
    settings: Settings | None = None,
) -> WorkspaceSettings:
    """Choose a workspace: by id, by folder, by the triggers on the experiment's id, else the first local one.

    Args:
        workspace: id of a workspace of the settings.
        workdir: folder; settings for that folder are used if there are some.
        experiment_id: what the triggers are compared with.
        settings: instead of the user's settings file.

    Raises:
        SettingsError: there is no such workspace, or none at all.
    """
    settings = get_settings() if settings is None else settings
    if workspace is not None:
        return _by_id(settings.workspaces, workspace)
    if workdir is not None:
        folder = Path(os.path.abspath(os.path.expanduser(workdir)))
        known = (w for w in settings.workspaces if w.local and w.path == folder)
        return next(known, WorkspaceSettings(id=folder.name, path=folder))
    local = [w for w in settings.workspaces if w.local]
    if experiment_id is not None:
        for candidate in local:
            if any(fnmatch.fnmatchcase(experiment_id, trigger) for trigger in candidate.triggers):
                return candidate
    if local:
        return local[0]
    raise SettingsError(
        f"no workspace: give --workdir FOLDER, or put one in {settings_path()}:\n"
        "workspaces:\n  - id: main\n    path: ~/experiments"
    )


def _by_id(workspaces: Iterable[WorkspaceSettings], wanted: str) -> WorkspaceSettings:
    known = {workspace.id: workspace for workspace in workspaces}
    if wanted in known:
        return known[wanted]
    close = difflib.get_close_matches(wanted, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known) or 'none'}"
    raise SettingsError(f"no workspace {wanted!r} in {settings_path()}; {hint}")


def _load_yaml(text: str, file: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError(f"{file}{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{file}: {error}") from error


def _warn_unknown(content: dict[Any, Any], schema: type[msgspec.Struct], file: str, where: str) -> None:
    # Not an error: the file may be shared with a later version.
    for key in content:
        if key not in schema.__struct_fields__:
            close = difflib.get_close_matches(str(key), schema.__struct_fields__, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            logger.warning("%s: unknown key '%s%s'%s", file, where, key, hint)


def _make_environment(block: dict[Any, Any]) -> None:
    if isinstance(block.get("env"), dict):
        block["env"] = {str(name): _text(value) for name, value in block["env"].items()}


def _to_path(wanted: type, value: Any) -> Any:
    if wanted is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(f"Expected a path, got `{type(value).__name__}`")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
