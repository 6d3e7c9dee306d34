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
)


def start_theme(environ: Mapping[str, str]) -> str:
    """Return the name of the theme that suits a terminal, from what it says of itself.

    `COLORFGBG` holds the numbers of its colours; terminals that know more than sixteen say so.
    """
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    light = background in ("7", "15")
    term = environ.get("TERM", "")
    if not environ.get("COLORTERM") and not any(sign in term for sign in ("256", "direct", "kitty", "ghostty")):
        return "ansi-light" if light else "ansi-dark"
    return LIGHT.name if light else DARK.name


def other_theme(name: str) -> str:
    """Return the light theme for the dark one, and the other way round."""
    names = {"xpm-dark": "xpm-light", "xpm-light": "xpm-dark", "ansi-dark": "ansi-light"}
    return names.get(name, "ansi-dark")


class _Tones:
    """Tones outside of tables, where there is no style sheet."""

    _VARIABLES = {  # noqa: RUF012 - a constant
        Tone.DONE: "text-success",
        Tone.FAILED: "text-error",
        Tone.RUNNING: "text-primary",
        Tone.DOUBT: "text-warning",
    }

    def of(self, variables: Mapping[str, str], tone: Tone) -> Style:
        """Return the style of a tone in a theme."""
        name = self._VARIABLES.get(tone)
        if name is None:
            return Style(dim=tone in (Tone.DIM, Tone.WAITING), bold=tone is Tone.NAME)
        return Style(color=Color.parse(variables[name]).rich_color, bold=tone is Tone.FAILED)


TONES = _Tones()
