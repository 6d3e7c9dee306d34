"""The web monitor of a running experiment: `experiment(..., port=...)`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from xpm_workspace.controller import LocalController
from xpm_workspace.frontends import Background, BackgroundFrontend, Options, Target, find_frontend
from xpm_workspace.layout import ExperimentLayout
from xpm_workspace.monitor import LocalMonitor


class WebMonitor:
    """Serves in threads of its own from `start` to `close`, if a port was asked for."""

    def __init__(
        self, layout: ExperimentLayout, host: str | None, port: int | None, token: str | None
    ) -> None:
        """Find the frontend; nothing is started.

        Args:
            layout: the experiment that is shown first.
            host: address to listen on; by default, this machine only.
            port: where; 0 for any free port, `None` for no monitor at all.
            token: the secret; by default, a new one.

        Raises:
            NoFrontend: it is not installed.
        """
        self._layout = layout
        self._options = (host, port, token)
        self._frontend: BackgroundFrontend | None = None if port is None else find_frontend("web")
        self._closing = ExitStack()
        #: The address, with its secret, once it is served.
        self.url: str | None = None

    def start(self, say: Callable[[str], None]) -> None:
        """Serve; the workspace must exist.

        Args:
            say: called with a line for people.

        Raises:
            OSError: the address cannot be listened on.
        """
        if self._frontend is None:
            return
        host, port, token = self._options
        with ExitStack() as opened:
            monitor = opened.enter_context(LocalMonitor(self._layout.workspace))
            target = Target(
                monitor=monitor,
                controller=LocalController(monitor),
                title=str(self._layout.workspace.root),
                experiment_id=self._layout.experiment_id,
            )
            background: Background = self._frontend.start(target, Options(host=host, port=port, token=token))
            opened.callback(background.close)
            self._closing = opened.pop_all()
        self.url = background.url
        say(f"web monitor: {self.url}")

    def close(self) -> None:
        """Stop serving; a second time does nothing."""
        self._closing.close()
