"""The server: a thread with a loop of its own, beside whatever else the process does."""

from __future__ import annotations

import asyncio
import socket
import threading
from urllib.parse import quote

from aiohttp import web

from xpm_web.application import make_application
from xpm_web.connections import limited, most_connections
from xpm_web.events import Hub
from xpm_web.extensions import find_pages
from xpm_web.guard import Guard, choose_token
from xpm_web.off_loop import OffLoop
from xpm_workspace.frontends import Options, Target, WebPages

#: Where to listen when nothing is said: this machine only.
DEFAULT_HOST = "127.0.0.1"
#: Who sends no request for so long after connecting, or between two, is disconnected.
IDLE_S = 20.0
#: Longest first line of a request: the longest filter, each character as four bytes of three letters.
MAX_LINE_BYTES = 64 * 1024
#: How long those who are being answered are waited for at the end.
_LEAVE_S = 1.0
#: Seconds given to the last words of what was answered to reach whoever asked.
_LAST_WORDS_S = 0.02
#: Turns of the loop from letting a visitor in to a handler of its requests, one to spare.
_TURNS = 4


class Server:
    """Serves one workspace."""

    def __init__(self, target: Target, options: Options, *, pages: list[WebPages] | None = None) -> None:
        """Listen, and answer from now on.

        Args:
            target: what is shown.
            options: where to listen, and the secret.
            pages: what else is served; by default, all that is installed.

        Raises:
            OSError: the address cannot be listened on.
            WeakToken: the secret can be guessed.
        """
        self._target = target
        self._token = choose_token(options.token)
        self._host = options.host or DEFAULT_HOST
        self._pages = find_pages() if pages is None else pages
        self._socket = _listen(self._host, options.port or 0)
        self._loop = asyncio.new_event_loop()
        self._off_loop = OffLoop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="xpm-web", daemon=True)
        self._closed = False
        try:
            self._hub = Hub(target.monitor, self._loop)
            self._thread.start()
            self._runner = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
            self._hub.start()
        except BaseException:
            self._end_loop()
            self._socket.close()
            raise

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        """The address to give to people; it holds the secret."""
        return f"{self.root}?token={quote(self._token)}"

    @property
    def root(self) -> str:
        """The address without the secret."""
        name = socket.gethostname() if self._host in ("0.0.0.0", "::", "") else self._host
        return f"http://{f'[{name}]' if ':' in name else name}:{self.port}/"

    def close(self) -> None:
        """Stop serving, and wait for it; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        self._hub.close()
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._off_loop.close()
        self._end_loop()

    async def _start(self) -> web.AppRunner:
        guard = Guard(self._token, self._host)
        application = make_application(self._target, guard, self._hub, self._off_loop, self._pages)
        runner = web.AppRunner(
            application,
            access_log=None,
            keepalive_timeout=IDLE_S,
            shutdown_timeout=_LEAVE_S,
            max_line_size=MAX_LINE_BYTES,
            handler_cancellation=True,  # nobody waits for a log after the visitor left
        )
        await runner.setup()
        assert runner.server is not None
        factory = limited(runner.server, most_connections())
        self._listening = await self._loop.create_server(factory, sock=self._socket, backlog=1024)
        return runner

    async def _stop(self) -> None:
        # Nobody is let in any more. Who was let in just now has a handler some turns later: a listening
        # server that is closed before that drops them, and leaves their sockets open.
        self._loop.remove_reader(self._socket)
        await _some_turns()
        self._listening.close()
        assert self._runner.server is not None
        visitors = [handler.transport for handler in self._runner.server.connections]
        await self._runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(_LAST_WORDS_S)
        for visitor in visitors:
            if visitor is not None:
                visitor.abort()
        await _some_turns()  # a connection lets go of its socket in the turn after it was closed

    def _end_loop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()


async def _some_turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def _listen(host: str, port: int) -> socket.socket:
    """Take the port now, in the caller's thread: whoever asked learns at once that it is in use."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise OSError(f"{host!r} is no address of this machine: {error.strerror}") from error
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(1024)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise OSError(
            error.errno, f"cannot listen on port {port} of {host}: {error.strerror}; choose another one"
        ) from error
    return listening
