"""Colours: dark and light, and for terminals with sixteen of them."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from xpm_tui.cells import Tone

DARK = Theme(
    name="xpm-dark",
    primary="#5aa9e6",
    secondary="#7fc8a9",
    accent="#f4b860",
    warning="#f4b860",
    error="#f2727f",
    success="#7fd18b",
    foreground="#d8dee9",
    background="#12151c",
    surface="#1b202a",
    panel="#272e3b",
    dark=True,
    variables={
        "tone-dim": "#8a94a6",
        "tone-done": "#7fd18b",
        "tone-failed": "#f2727f",
        "tone-running": "#6cb8f0",
        "tone-waiting": "#b3a5d6",
        "tone-doubt": "#f4b860",
        "tone-cursor": "#264a66",
        "tone-changed": "#3a3524",
    },
)

LIGHT = Theme(
    name="xpm-light",
    primary="#1f6fb2",
    secondary="#2f7d5b",
    accent="#a35c00",
    warning="#a35c00",
    error="#b3261e",
    success="#1e7a34",
    foreground="#1c232e",
    background="#fbfbf9",
    surface="#eef0f2",
    panel="#dde2e7",
    dark=False,
    variables={
        "tone-dim": "#667080",
        "tone-done": "#1e7a34",
        "tone-failed": "#b3261e",
        "tone-running": "#1f6fb2",
        "tone-waiting": "#6b4fa0",
        "tone-doubt": "#9a5700",
        "tone-cursor": "#c8def0",
        "tone-changed": "#fbf0cc",
    },
)

#: For the themes of sixteen colours, which the terminal chooses.
DEFAULTS = {
    "tone-dim": "ansi_bright_black",
    "tone-done": "ansi_green",
    "tone-failed": "ansi_red",
    "tone-running": "ansi_blue",
    "tone-waiting": "ansi_magenta",
    "tone-doubt": "ansi_yellow",
    "tone-cursor": "ansi_cyan",
    "tone-changed": "ansi_default",
}


def start_theme(environ: Mapping[str, str]) -> str:
    """Return the name of the theme that suits a terminal, from what it says of itself.

    `COLORFGBG` holds the numbers of its colours; terminals that know more than sixteen say so.
    """
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    light = background in ("7", "15")
    term = environ.get("TERM", "")
    if "NO_COLOR" in environ:
        return "ansi-light" if light else "ansi-dark"
    if not environ.get("COLORTERM") and not any(
        sign in term for sign in ("256", "direct", "kitty", "ghostty")
    ):
        return "ansi-light" if light else "ansi-dark"
    return LIGHT.name if light else DARK.name


def other_theme(name: str) -> str:
    """Return the light theme for the dark one, and the other way round."""
    names = {"xpm-dark": "xpm-light", "xpm-light": "xpm-dark", "ansi-dark": "ansi-light"}
    return names.get(name, "ansi-dark")


def tone_style(variables: Mapping[str, str], tone: Tone) -> Style:
    """Return the style of a tone outside of tables, where there is no style sheet.

    Args:
        variables: those of the theme.
        tone: what the text means.
    """
    value = variables.get(f"tone-{tone.value}")
    color = None if value is None else Color.parse(value).rich_color
    return Style(color=color, bold=tone in (Tone.NAME, Tone.FAILED))
