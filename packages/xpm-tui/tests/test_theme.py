from __future__ import annotations

import os

import pytest
from textual.color import Color

from xpm_tui.cells import Tone
from xpm_tui.screens.main import MainScreen
from xpm_tui.stage import Sample, Stage, perform, screen_lines
from xpm_tui.theme import DARK, DEFAULTS, LIGHT, other_theme, start_theme


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({"TERM": "xterm-256color"}, "xpm-dark"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "xpm-dark"),
        ({"TERM": "xterm-256color", "COLORFGBG": "0;15"}, "xpm-light"),
        ({"TERM": "xterm-256color", "COLORFGBG": "15;default;0"}, "xpm-dark"),
        ({"TERM": "linux"}, "ansi-dark"),
        ({"TERM": "screen", "COLORFGBG": "0;7"}, "ansi-light"),
        ({}, "ansi-dark"),
    ],
)
def test_what_suits_the_terminal(environ: dict[str, str], theme: str) -> None:
    assert start_theme(environ) == theme
    assert other_theme(other_theme(theme)) == theme


def test_each_tone_has_a_colour_in_each_theme() -> None:
    assert set(DARK.variables) == set(LIGHT.variables) == set(DEFAULTS)
    assert {f"tone-{tone.value}" for tone in Tone} - set(DEFAULTS) == {"tone-plain", "tone-name"}


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_texts_can_be_read(theme: object) -> None:
    assert theme in (DARK, LIGHT)
    chosen = DARK if theme is DARK else LIGHT
    for background in (chosen.background, chosen.variables["tone-cursor"], chosen.variables["tone-changed"]):
        for tone in ("done", "failed", "running", "waiting", "doubt"):
            text = Color.parse(chosen.variables[f"tone-{tone}"])
            assert _contrast(text, Color.parse(str(background))) > 2.5


def _contrast(a: Color, b: Color) -> float:
    bright, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
def test_sixteen_colours(sample: Sample, theme: str) -> None:
    async def story(stage: Stage) -> None:
        await stage.press("down", "enter", *["down"] * 4, "enter", "escape", "ctrl+k")
        assert "Kill learn/" in stage.text()
        for line in screen_lines(stage.app):
            for segment in line:
                for color in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    assert color is None or color.number is None or color.number < 16

    perform(sample.app(theme=theme), story)


def test_no_colour(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert start_theme({"NO_COLOR": "", "COLORTERM": "truecolor"}) == "ansi-dark"

    async def story(stage: Stage) -> None:
        await stage.press("down", "enter", "down")
        main = stage.app.screen
        assert isinstance(main, MainScreen)
        lines = stage.text().splitlines()
        assert [line[0] for line in lines[3:6]] == [" ", "❯", " "]
        for sign in "✓✗►▷○∙-":
            assert any(line[2:3] == sign for line in lines), sign
        (cursor,) = [line for line in screen_lines(stage.app) if line and line[0].text.startswith("❯")]
        assert all(segment.style.reverse for segment in cursor[:-1])
        for keys in (["slash", *"model ~ x", "enter"], ["c", "enter", "down"], ["escape", "question_mark"]):
            await stage.press(*keys)
            for line in screen_lines(stage.app):
                styles = [segment.style for segment in line if segment.style]
                colors = [color for style in styles for color in (style.color, style.bgcolor) if color]
                assert all(color.is_default for color in colors)

    perform(sample.app(theme=None), story)
    assert os.environ["NO_COLOR"] == "1"


def test_sixty_columns(sample: Sample) -> None:
    async def story(stage: Stage) -> None:
        assert "gpu-12" in stage.text() and "5/13" in stage.text() and "Host" in stage.text()
        await stage.press("down", "enter")
        for word in ("✓ done", "learn", "39%", "51 min", "/ filter", "q quit"):
            assert word in stage.text()
        await stage.press("down", "ctrl+k")
        assert "Kill (y)" in stage.text() and "No (n)" in stage.text()

    sample.perform(story, (60, 20))
