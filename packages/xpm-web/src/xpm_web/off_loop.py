"""Calls that may wait, in threads: nothing but the network happens in the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

#: So many requests look at once, and so many act: killing waits for processes to leave.
_LOOKING, _ACTING = 4, 4


class OffLoop:
    """Two sets of threads: people who act do not keep others from looking."""

    def __init__(self) -> None:
        self._looking = ThreadPoolExecutor(_LOOKING, "xpm-web-look")
        self._acting = ThreadPoolExecutor(_ACTING, "xpm-web-act")

    async def look(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call what only reads."""
        return await asyncio.get_running_loop().run_in_executor(self._looking, partial(function, *arguments))

    async def act(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call what changes something."""
        return await asyncio.get_running_loop().run_in_executor(self._acting, partial(function, *arguments))

    def close(self) -> None:
        """Take no more calls; what is being done is finished in its own time."""
        self._looking.shutdown(wait=False, cancel_futures=True)
        self._acting.shutdown(wait=False, cancel_futures=True)
