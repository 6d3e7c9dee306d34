"""What can go wrong in the terminal monitor.

WorkspaceError
└── NoTerminal     there is no terminal to show anything on
"""

from __future__ import annotations

from xpm_workspace.errors import WorkspaceError


class NoTerminal(WorkspaceError):
    """Standard input or output is not a terminal. Use the web monitor, or the commands that print tables."""
