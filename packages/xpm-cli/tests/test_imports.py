"""`experimaestro --help` is quick because it loads little."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from xpm_cli.main import main
try:
    main({arguments!r})
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""


def loaded_by(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(arguments=list(arguments))],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stderr.split())


def test_help_loads_no_heavy_module() -> None:
    heavy = {"aiohttp", "asyncio", "git", "msgspec", "omegaconf", "rich", "sqlite3", "textual", "yaml"}
    loaded = loaded_by("--help")
    assert "click" in loaded
    assert not heavy & loaded
    assert not any(m.startswith(("xpm_scheduler", "xpm_workspace", "xpm_tasks")) for m in loaded)
