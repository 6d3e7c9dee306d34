"""Draws the pictures of the terminal monitor in the documentation, from a workspace in memory.

Usage: terminal_pictures.py [FOLDER]
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

from xpm_tui.logs.source import FileLog
from xpm_tui.screens.main import MainScreen
from xpm_tui.stage import Sample, Stage

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"

SIZE = (110, 26)

#: By name of the picture: keys that lead there.
SCREENS: dict[str, list[str]] = {
    "experiments": [],
    "jobs": ["down", "enter", *["down"] * 4],
    "filter": ["j", "slash", *"@state = RUNNING and modle ~", "enter"],
    "job": ["down", "enter", *["down"] * 6, "enter", *["down"] * 3],
    "confirm": ["down", "enter", *["down"] * 4, "ctrl+k"],
    "log": ["down", "enter", *["down"] * 6, "l", "slash", *"loss 0.49", "enter"],
    "services": ["s"],
    "running": ["down", "enter"],
}

OUTPUT = """\
experiment msmarco-ranking, run 20260314_130326, in /data/experiments
  started  ir.index.build/6b86b273 corpus=msmarco
  done     ir.index.build/6b86b273 corpus=msmarco
  started  ir.rank.learn/d4735e3a lr=1e-05 model=bm25
  failed   ir.rank.learn/e7f6c011 lr=0.0001 model=monobert: FAILED: ValueError: loss is not a number
  started  ir.rank.learn/7902699b lr=0.001 model=monobert
"""


def draw(name: str, folder: Path) -> None:
    """Draw one picture."""
    sample = Sample()

    async def story(stage: Stage) -> None:
        if name == "running":
            await _add_output(stage, folder)
        await stage.press(*SCREENS[name])
        svg = stage.app.export_screenshot(title="experimaestro", simplify=True)
        (folder / f"terminal-{name}.svg").write_text(_local(svg), encoding="utf-8")

    sample.perform(story, SIZE)


async def _add_output(stage: Stage, folder: Path) -> None:
    """Show the output of an experiment below, as `run-experiment --console` does."""
    link = stage.app.link
    assert link is not None
    file = folder / "output.tmp"
    file.write_text(OUTPUT, encoding="utf-8")
    main = MainScreen(link, None, FileLog(file, "output"))
    stage.app.main = main
    await stage.app.push_screen(main)
    main.title_bar.show_state("► running")
    await stage.settle()


def _local(svg: str) -> str:
    """Ask no other host for fonts."""
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def main(folder: Path) -> None:
    """Draw all."""
    os.environ.update(TZ="UTC", COLORTERM="truecolor")
    os.environ.pop("NO_COLOR", None)
    time.tzset()
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCREENS:
        draw(name, folder)
    (folder / "output.tmp").unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
