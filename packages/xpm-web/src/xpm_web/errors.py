"""What can go wrong with the browser monitor.

WebError                       root of all of them
└── WeakToken                  the secret of the address is absent, or too easy to guess
"""

from __future__ import annotations


class WebError(Exception):
    """Root of the errors of this package."""


class WeakToken(WebError, ValueError):
    """Whoever reaches the port could look and act.

    Leave the token out (one is made for each start), or give a longer one.
    """
