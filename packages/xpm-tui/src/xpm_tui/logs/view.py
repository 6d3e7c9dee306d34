"""Shows a log of any size, and follows it."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Console
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from xpm_tui import words
from xpm_tui.desk import Desk
from xpm_tui.logs.drawing import draw
from xpm_tui.logs.searcher import Found, Searcher, Searching
from xpm_tui.logs.source import LogSource
from xpm_tui.logs.window import CHUNK, LogWindow
from xpm_workspace.records import LogPart

#: How often a log is looked at for what is new.
POLL_S = 0.25

#: Lines that are held above and below the screen, if the log has them.
_MARGIN = 300

#: Of a log that grows faster than it can be read, the end is shown.
_TOO_MUCH = 4 * CHUNK

#: Drawn lines that are kept.
_DRAWN = 2000


class LogRead(Message):
    """A part of the log came: instead of what is shown (`load`), after it, or before it."""

    def __init__(self, source: LogSource, place: str, part: LogPart, at: int) -> None:
        super().__init__()
        self.source = source
        self.place = place
        self.part = part
        #: Show this place; -1 is the end.
        self.at = at


class LogView(Widget, can_focus=True):
    """Some lines of a log; the others are read when one comes near them."""

    DEFAULT_CSS = """
    LogView { height: 1fr; background: $background; color: $foreground; }
    LogView > .log--found { background: $warning; color: $background; }
    LogView:nocolor > .log--found { text-style: reverse; }
    LogView > .log--empty { color: $tone-dim; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--found", "log--empty"}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", "Up", show=False),
        Binding("down", "scroll(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("home,g", "top", "Top", show=False),
        Binding("end,G", "bottom", "Bottom", show=False),
        Binding("left", "sideways(-1)", "Left", show=False),
        Binding("right", "sideways(1)", "Right", show=False),
        Binding("F", "follow", "Follow", show=False),
        Binding("w", "wrap", "Wrap", show=False),
        Binding("n", "again(1)", "Next", show=False),
        Binding("N", "again(-1)", "Previous", show=False),
    ]

    class Moved(Message):
        """What `LogView.status` says changed."""

    def __init__(self, desk: Desk, source: LogSource, *, empty: str = "Nothing was written yet.") -> None:
        """Show a log from its end.

        Args:
            desk: reads.
            source: what is read.
            empty: said when there is nothing.
        """
        super().__init__()
        self._desk = desk
        self._empty = empty
        self._wrapped = True
        self._searcher = Searcher(desk, self)
        self._note = ""
        self._start(source)

    def _start(self, source: LogSource) -> None:
        self.source = source
        self._window = LogWindow()
        self._top = 0
        self._left = 0
        self._drawn: dict[tuple[int, int], Strip] = {}
        self._laid_out: tuple[object, list[Strip]] = (None, [])
        self._loaded = False
        #: Whether the end is shown as it comes.
        self.following = True

    def show(self, source: LogSource) -> None:
        """Show another log."""
        self._searcher.stop()
        self._note = ""
        self._start(source)
        self._load(-CHUNK, -1)
        self.refresh()

    def on_mount(self) -> None:
        """Begin at the end."""
        self._load(-CHUNK, -1)
        self.set_interval(POLL_S, self._poll)

    def on_unmount(self) -> None:
        """A search that goes on is of no use to anybody."""
        self._searcher.stop()

    # --- What one can ask

    def status(self) -> str:
        """Return where one is, in words."""
        window = self._window
        if self._note:
            return self._note
        if not window.size:
            return "empty"
        last = min(self._top + self.size.height, len(window.lines))
        at = window.lines[last].offset if last < len(window.lines) else window.end
        share = f"{int(100 * at / window.size)}%"
        return f"{'► following' if self.following else share} of {words.size(window.size)}"

    # --- Reading

    def _ask(self, place: str, offset: int, limit: int, at: int = 0) -> None:
        source = self.source
        self._desk.ask(
            self,
            f"log {place}",
            lambda: source.read(offset, limit),
            lambda part: LogRead(source, place, part, at),
        )

    def _load(self, offset: int, at: int) -> None:
        self._ask("load", offset, 2 * CHUNK, at)

    def _poll(self) -> None:
        if self._loaded and self._window.at_end and self.screen.is_active:
            self._ask("after", self._window.end, CHUNK)

    def on_log_read(self, read: LogRead) -> None:
        """Take in what was read."""
        read.stop()
        if read.source is not self.source:
            return
        window, part = self._window, read.part
        if read.place == "load":
            window.load(part)
            self._loaded = True
            self._place(read.at)
        elif part.size < window.end or (self.following and part.size - window.end > _TOO_MUCH):
            # It was begun anew, or grows faster than anybody can read.
            self._load(-CHUNK, -1)
            return
        elif read.place == "after":
            before = window.end
            self._top = max(self._top - window.append(part), 0)
            if window.end == before and part.size == window.size:
                return
        else:
            self._top += window.prepend(part)
        if self.following:
            self._top = self._last_top()
        self._moved()

    def _place(self, at: int) -> None:
        if at < 0:
            self._top = self._last_top()
        else:
            self._top = max(min(self._window.find(at) - 2, self._last_top()), 0)

    def _moved(self) -> None:
        window = self._window
        if self._loaded:
            if self._top < _MARGIN and window.start > 0:
                begin = max(window.start - CHUNK, 0)
                self._ask("before", begin, window.start - begin)
            if self._top + self.size.height + _MARGIN > len(window.lines) and not window.at_end:
                self._ask("after", window.end, CHUNK)
        self.refresh()
        self.post_message(self.Moved())

    # --- Moving

    def _last_top(self) -> int:
        """Return the first line of the last screen."""
        room = self.size.height
        top = len(self._window.lines)
        while top > 0:
            room -= self._height_of(top - 1)
            if room < 0:
                break
            top -= 1
        return min(top, max(len(self._window.lines) - 1, 0))

    def _height_of(self, number: int) -> int:
        width = max(self.size.width, 1)
        return max(-(-self._strip(number).cell_length // width), 1) if self._wrapped else 1

    def _go(self, top: int) -> None:
        last = self._last_top()
        self._top = max(min(top, last), 0)
        self.following = top >= last and self._window.at_end
        self._note = ""
        self._moved()

    def action_scroll(self, step: int) -> None:
        """Move by a line."""
        self._go(self._top + step)

    def action_page(self, step: int) -> None:
        """Move by a screen."""
        self._go(self._top + step * max(self.size.height - 1, 1))

    def action_top(self) -> None:
        """Go to the beginning."""
        self.following = False
        self._note = ""
        if self._window.start == 0:
            self._go(0)
        else:
            self._load(0, 0)

    def action_bottom(self) -> None:
        """Go to the end, and stay there."""
        self.following = True
        self._note = ""
        if self._window.at_end:
            self._go(len(self._window.lines))
        else:
            self._load(-CHUNK, -1)

    def action_follow(self) -> None:
        """Follow the end, or stop following."""
        if self.following:
            self.following = False
            self._moved()
        else:
            self.action_bottom()

    def action_sideways(self, step: int) -> None:
        """Move sideways, in lines that are not wrapped."""
        if not self._wrapped:
            self._left = max(self._left + step * max(self.size.width // 2, 1), 0)
            self.refresh()

    def action_wrap(self) -> None:
        """Wrap long lines, or leave them out of the screen."""
        self._wrapped = not self._wrapped
        self._left = 0
        self._go(self._last_top() if self.following else self._top)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move by some lines."""
        event.stop()
        self._go(self._top + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move by some lines."""
        event.stop()
        self._go(self._top - 3)

    def on_resize(self) -> None:
        """What fits changed."""
        if self.following:
            self._top = self._last_top()
        self._moved()

    # --- Searching

    def search(self, text: str) -> None:
        """Find a text, from what is shown on; at the end, from the beginning."""
        self._drawn.clear()
        self._note = ""
        self._searcher.want(text)
        if text:
            self.following = False
            self._search(1, self._offset(self._top))
        else:
            self.refresh()

    def action_again(self, step: int) -> None:
        """Find the next place, or the one before."""
        line = self._found_line()
        self._search(step, self._offset(line + 1 if step > 0 else line))

    def _search(self, step: int, offset: int) -> None:
        self._searcher.start(self.source, step, offset, self._window.size)

    def _found_line(self) -> int:
        """The line that a search from here takes as the last place: the first one with a hit."""
        lines, wanted = self._window.lines, self._searcher.wanted
        for number in range(self._top, min(self._top + self.size.height, len(lines))):
            if wanted is not None and wanted.search(lines[number].content):
                return number
        return self._top

    def _offset(self, number: int) -> int:
        lines = self._window.lines
        return lines[number].offset if number < len(lines) else self._window.end

    def on_searching(self, searching: Searching) -> None:
        """Say how far it is."""
        searching.stop()
        if self._searcher.active:
            self._note = f"searching… {int(100 * searching.share)}%"
            self.post_message(self.Moved())

    def on_found(self, found: Found) -> None:
        """Show it."""
        found.stop()
        if found.source is not self.source or not self._searcher.active:
            return
        self._searcher.stop()
        self._note = "" if found.offset is not None else "not found"
        if found.offset is None:
            self.post_message(self.Moved())
        elif self._window.holds(found.offset):
            self._place(found.offset)
            self._moved()
        else:
            self._load(max(found.offset - CHUNK, 0), found.offset)

    # --- Drawing

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        rows = self._rows()
        style = self.rich_style
        strip = rows[y] if y < len(rows) else Strip([])
        return strip.apply_style(style).adjust_cell_length(self.size.width, style)

    def _rows(self) -> list[Strip]:
        """The lines of the screen: with wrapped lines, they depend on each other."""
        window = self._window
        state = (
            *(self._loaded, self._top, self._left, self._wrapped, self.size),
            *(window.start, window.end, self._searcher.wanted),
        )
        if state != self._laid_out[0]:
            self._laid_out = (state, self._lay_out())
        return self._laid_out[1]

    def _lay_out(self) -> list[Strip]:
        width, height = max(self.size.width, 1), self.size.height
        if not self._window.lines and self._loaded:
            return [Strip([Segment(f" {self._empty}", self.get_component_rich_style("log--empty"))])]
        strips: list[Strip] = []
        for number in range(self._top, min(self._top + height, len(self._window.lines))):
            strip = self._strip(number)
            if self._wrapped and strip.cell_length > width:
                strips += [strip.crop(x, x + width) for x in range(0, strip.cell_length, width)]
            else:
                strips.append(strip.crop(self._left, self._left + width))
            if len(strips) >= height:
                break
        return strips[:height]

    def _strip(self, number: int) -> Strip:
        line = self._window.lines[number]
        key = (line.offset, len(line.content))
        found = self._drawn.get(key)
        if found is None:
            if len(self._drawn) > _DRAWN:
                self._drawn.clear()
            text = draw(line.content, self._searcher.wanted, self.get_component_rich_style("log--found"))
            found = self._drawn[key] = Strip(text.render(_console))
        return found


#: Only turns styled text into segments; writes nowhere.
_console = Console(force_terminal=True, color_system="truecolor", width=1 << 14)
