"""A line of a log as it is drawn: colours are kept, nothing else that a terminal would obey."""

from __future__ import annotations

import re

from rich.ansi import AnsiDecoder
from rich.style import Style
from rich.text import Text

#: Links, titles, clipboards: what a log may not do.
_COMMANDS = re.compile(r"\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)")

_TAB = 8


def draw(content: bytes, wanted: re.Pattern[bytes] | None = None, found: Style | None = None) -> Text:
    """Return a line for the screen.

    Args:
        content: as it is in the file. Of a line that was rewritten, as progress bars do, the last version
            counts.
        wanted: what was looked for.
        found: how that looks.
    """
    versions = [version for version in content.split(b"\r") if version]
    text = versions[-1].decode("utf-8", "replace") if versions else ""
    line = AnsiDecoder().decode_line(_COMMANDS.sub("", text)) if "\x1b" in text else Text(text)
    line.expand_tabs(_TAB)
    plain = line.plain
    if not plain.isprintable():
        line.plain = "".join(c if c.isprintable() else "·" for c in plain)
    if wanted is not None and found is not None:
        flags = wanted.flags & re.IGNORECASE
        needle = re.compile(wanted.pattern.decode(), flags)
        line.highlight_regex(needle, style=found)
    line.end = ""
    return line
