"""The entry point `web` of `experimaestro.monitors`."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xpm_web.server import Server
    from xpm_workspace.frontends import Options, Target

#: How long it takes at most to notice Ctrl+C.
_HEAR_S = 0.5


class WebFrontend:
    """Shows a workspace in browsers (`xpm_workspace.frontends.BackgroundFrontend`)."""

    def start(self, target: Target, options: Options) -> Server:
        """Serve in the background.

        Raises:
            OSError: the address cannot be listened on.
            WeakToken: the secret can be guessed.
        """
        from xpm_web.server import Server

        server = Server(target, options)
        if options.on_ready is not None:
            options.on_ready(server.url)
        return server

    def show(self, target: Target, options: Options) -> int:
        """Serve until the person presses Ctrl+C; return the exit code."""
        from xpm_web.server import Server

        # Whoever reads the address may press it at once.
        with contextlib.suppress(KeyboardInterrupt), contextlib.closing(Server(target, options)) as server:
            if options.on_ready is not None:
                options.on_ready(server.url)
            # Not in one go: the system may tell another thread of Ctrl+C, or this one just before it waits,
            # and neither ends the waiting.
            while True:
                time.sleep(_HEAR_S)
        return 0


#: The entry point.
frontend = WebFrontend()
