"""The diagram in the documentation is the table of the code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).parents[1] / "tools" / "state_diagram.py"


def test_the_page_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, str(TOOL), "--check"])
    assert done.returncode == 0, "run tools/state_diagram.py"
