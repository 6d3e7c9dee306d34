"""The example of the README runs as a newcomer would run it: as a script."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_example_runs_twice(workdir: Path) -> None:
    [code] = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    script = workdir / "first.py"
    script.write_text(code)
    first, second = (
        subprocess.run([sys.executable, str(script)], cwd=workdir, capture_output=True, text=True)
        for _ in range(2)
    )
    assert (first.returncode, first.stdout) == (0, "3\n\n"), first.stderr
    assert "1 executed" in first.stderr
    assert "nothing was executed" in second.stderr
