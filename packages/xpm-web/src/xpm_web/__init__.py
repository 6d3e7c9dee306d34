"""The browser monitor: shows any `xpm_workspace.Monitor` and acts through any `Controller`.

It is found through the entry point `web` of the group `experimaestro.monitors`.
"""

from xpm_web.__about__ import __version__

__all__ = ["__version__"]
