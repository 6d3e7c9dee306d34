"""What a run ran with: `environment.json` of its folder, as it was captured when the run started."""

from __future__ import annotations

import json
from typing import Any

from xpm_workspace.layout import RunLayout


def read_environment(run: RunLayout) -> dict[str, Any] | None:
    """Return the content of `environment.json`; `None` when there is none, or it makes no sense.

    It comes from any version of Experimaestro and any machine: whoever shows it takes nothing for granted.
    """
    try:
        content = json.loads(run.environment.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def describe_environment(environment: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what people look for first, as names and values.

    Args:
        environment: from `read_environment`.
    """
    shown = [
        ("captured", _text(environment.get("captured_at"))),
        ("host", _text(environment.get("hostname"))),
        ("python", _words(environment.get("python"), "version", "executable")),
        ("system", _words(environment.get("platform"), "system", "release", "machine")),
    ]
    shown += [("repository", _repository(item)) for item in _items(environment.get("repositories"))]
    shown += [
        ("editable", _words(item, "name", "version", "path")) for item in _items(environment.get("editable"))
    ]
    packages = environment.get("packages")
    if isinstance(packages, dict):
        shown.append(("packages", str(len(packages))))
    return [(name, value) for name, value in shown if value]


def _repository(item: dict[str, Any]) -> str:
    parts = [
        _text(item.get("root") or item.get("path")),
        _text(item.get("branch")),
        _text(item.get("commit"))[:12],
    ]
    if item.get("dirty"):
        parts.append("with uncommitted changes" + (" (kept)" if item.get("diff") else ""))
    return " ".join(part for part in parts if part)


def _words(value: Any, *names: str) -> str:
    if not isinstance(value, dict):
        return ""
    return " ".join(text for text in (_text(value.get(name)) for name in names) if text)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _items(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
