"""What an import must not load: finding the frontend costs nothing."""

from __future__ import annotations

import json
import subprocess
import sys


def test_the_entry_point_is_light() -> None:
    code = "import sys, json, xpm_web.frontend; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"aiohttp", "asyncio", "sqlite3", "msgspec", "xpm_workspace"}
