"""The entry point of this package: what is imported before anything is shown."""

from __future__ import annotations

from collections.abc import Callable

from xpm_workspace.frontends import Options, Target


class Console:
    """Shows a workspace in the terminal (`xpm_workspace.frontends.HostingFrontend`)."""

    def show(self, target: Target, options: Options) -> int:
        """See `Frontend`.

        Raises:
            NoTerminal: there is none.
        """
        from xpm_tui.app import ExperimentTUI
        from xpm_tui.terminal import captured, leaving_on_signals

        with captured() as capture:
            app = ExperimentTUI(target, capture=capture)
            with leaving_on_signals(lambda number: app.exit(128 + number)):
                code = app.run()
        return 1 if code is None else code

    def host(self, target: Callable[[], Target], work: Callable[[], int]) -> int:
        """See `HostingFrontend`.

        Raises:
            NoTerminal: there is none.
        """
        from xpm_tui.hosting import host

        return host(target, work)


#: Registered as `console`.
console = Console()
