"""Each screen looks as it did when somebody looked at it: 80x24 and 160x50, dark and light.

`UPDATE_PICTURES=1 pytest ...` draws them again; look at them before you commit.
"""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from rich.style import Style

from xpm_tui.stage import Sample, Stage, screen_lines

PICTURES = Path(__file__).parent / "pictures"

SIZES = [(80, 24), (160, 50)]

#: By name of the picture: keys that lead there.
SCREENS: dict[str, list[str]] = {
    "experiments": [],
    "runs": ["d"],
    "jobs": ["down", "enter"],
    "jobs-filtered": ["j", "slash", *"@state = RUNNING", "enter"],
    "filter-wrong": ["j", "slash", *"model = bm25 and", "enter"],
    "job": ["down", "enter", *["down"] * 4, "enter"],
    "job-failed": ["down", "enter", *["down"] * 7, "enter"],
    "log": ["down", "enter", *["down"] * 6, "l"],
    "log-search": ["down", "enter", *["down"] * 6, "l", "slash", *"step  123", "enter"],
    "services": ["s"],
    "orphans": ["o"],
    "help": ["question_mark"],
    "confirm": ["down", "enter", *["down"] * 4, "ctrl+k"],
}


@pytest.mark.parametrize("name", SCREENS)
def test_looks(sample: Sample, name: str) -> None:
    drawn: dict[tuple[int, int], str] = {}

    async def story(stage: Stage) -> None:
        await stage.press(*SCREENS[name])
        for size in SIZES:
            await stage.pilot.resize_terminal(*size)
            stage.app.theme = "xpm-dark"
            await stage.settle()
            dark = screen_lines(stage.app)
            stage.app.theme = "xpm-light"
            await stage.settle()
            drawn[size] = picture(dark, screen_lines(stage.app))

    sample.perform(story, SIZES[0])
    for (width, height), looks in drawn.items():
        check_picture(f"{name}-{width}x{height}", looks)


def check_picture(name: str, drawn: str) -> None:
    """Compare with the stored one."""
    file = PICTURES / f"{name}.txt"
    if os.environ.get("UPDATE_PICTURES"):
        file.write_text(drawn, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == drawn, f"{file} looks different"


def picture(dark: list[list[Any]], light: list[list[Any]]) -> str:
    """The text of a screen; below it, for each line, runs of letters that stand for looks; these looks."""
    letters: dict[tuple[str, str], str] = {}
    text, looks = [], []
    for dark_line, light_line in zip(dark, light, strict=True):
        dark_cells, light_cells = _cells(dark_line), _cells(light_line)
        assert [c for c, _ in dark_cells] == [c for c, _ in light_cells]
        text.append("".join(c for c, _ in dark_cells).rstrip())
        pairs = [(d, w) for (_, d), (_, w) in zip(dark_cells, light_cells, strict=True)]
        for pair in pairs:
            letters.setdefault(pair, chr(ord("a") + len(letters)))
        looks.append("".join(f"{letters[pair]}{len(list(run))}" for pair, run in groupby(pairs)))
    legend = [f"{letter}: {pair[0]} | {pair[1]}" for pair, letter in letters.items()]
    return "\n".join([*text, "---", *looks, "---", *legend, ""])


def _cells(line: list[Any]) -> list[tuple[str, str]]:
    return [(c, _look(segment.style)) for segment in line for c in segment.text]


def _look(style: Style | None) -> str:
    style = style or Style()
    colors = [color.triplet.hex if color and color.triplet else "-" for color in (style.color, style.bgcolor)]
    names = [n for n in ("bold", "dim", "italic", "underline", "reverse") if getattr(style, n)]
    return " ".join([*colors, *names])
