"""Settings of a library, kept in a JSON file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

from xpm_workspace.files import write_whole


class JsonSettings(MutableMapping[str, Any]):
    """A dictionary that is kept in a JSON file; a key with dots reaches into dictionaries.

        settings = JsonSettings(Path.home() / ".config" / "my-library.json")
        settings["datasets.folder"] = "/data"
        settings.get("datasets.folder")

    The file is read once, and written whole at each change.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Read the file.

        Args:
            path: the file; a missing one is an empty one.

        Raises:
            ValueError: it is not a JSON object.
        """
        #: The file.
        self.path = Path(path)
        self._content: dict[str, Any] = {}
        try:
            content = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{self.path}: this is not JSON: {error}") from None
        if not isinstance(content, dict):
            raise ValueError(f"{self.path}: a JSON object was expected")
        self._content = content

    def __getitem__(self, key: str) -> Any:
        found: Any = self._content
        for part in key.split("."):
            if not isinstance(found, dict) or part not in found:
                raise KeyError(key)
            found = found[part]
        return found

    def __setitem__(self, key: str, value: Any) -> None:
        *parents, last = key.split(".")
        folder = self._content
        for part in parents:
            inner = folder.setdefault(part, {})
            if not isinstance(inner, dict):
                raise KeyError(f"{key}: {part} is a value, not a dictionary")
            folder = inner
        folder[last] = value
        self.save()

    def __delitem__(self, key: str) -> None:
        parent, _, last = key.rpartition(".")
        folder = self[parent] if parent else self._content
        if not isinstance(folder, dict) or last not in folder:
            raise KeyError(key)
        del folder[last]
        self.save()

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def save(self) -> None:
        """Write the file: needed only after a change inside of a value."""
        text = json.dumps(self._content, indent=1, ensure_ascii=False, sort_keys=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, f"{text}\n".encode())

    def __repr__(self) -> str:
        return f"JsonSettings({str(self.path)!r})"


__all__ = ["JsonSettings"]
