"""Where a repository comes from, without the secrets that people leave in URLs."""

from __future__ import annotations

import re
from pathlib import Path

from xpm_git.process import Deadline, run_git

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_PASSWORD = re.compile(r"[^/?#]*:(?!\d*(/|$))")  # a colon that is not followed by the number of a port
_SURELY_A_HOST = re.compile(
    r"((^|@)(\[[^]]+\]|localhost|[\w-]+(\.[\w-]+)+\.?)(:\d*)?|@[\w-]+:\d+)$"  # a bare name needs a port
)


def remote_url(root: Path, branch: str | None, deadline: Deadline) -> str | None:
    """Return the URL of the remote that a branch follows; else of `origin`, else of the first remote.

    Args:
        root: Top folder of the repository.
        branch: The current branch, None when detached.
        deadline: When git has to have answered.

    Returns:
        The URL without credentials, or None when there is no remote.
    """
    keys = r"^(remote\..*\.url|branch\..*\.remote)$"
    asked = run_git(["config", "-z", "--get-regexp", keys], root, deadline)
    urls: dict[str, str] = {}
    followed: str | None = None
    for entry in asked.stdout.decode("utf-8", "backslashreplace").split("\0"):
        key, _, value = entry.partition("\n")
        if key.startswith("remote."):
            urls.setdefault(key.removeprefix("remote.").removesuffix(".url"), value)
        elif branch is not None and key == f"branch.{branch}.remote":
            followed = value
    for name in (followed, "origin", *urls):
        if name in urls:
            return without_credentials(urls[name])
    return None


def without_credentials(url: str) -> str:
    """Remove what is secret in the URL of a repository: user and password, and the query of a web address.

    The user of an ssh address stays: it is no secret, and without it the address is another one.

    >>> without_credentials("https://me:token@example.org/code.git")
    'https://example.org/code.git'
    >>> without_credentials("git@example.org:code.git")
    'git@example.org:code.git'
    """
    parts = _URL.search(url)
    if parts is None:
        return url  # a path, or `user@host:path`, which has no place for a password
    scheme, rest = parts["scheme"].lower(), parts["rest"]
    user, host, path = _split(rest)
    if scheme.endswith("ssh"):
        name = user.partition(":")[0]
        host = f"{name}@{host}" if name else host
    elif scheme != "file":
        path = re.split(r"[?#]", path, maxsplit=1)[0]
    return f"{url[: parts.start('rest')]}{host}{path}"


def _split(rest: str) -> tuple[str, str, str]:
    """Split what follows `://` into user, host with port, path; what may be part of a password counts as one.

    >>> _split("me:pass/word@example.org/code")
    ('me:pass/word', 'example.org', '/code')
    """
    authority, path = _cut(rest)
    user, _, host = authority.rpartition("@")
    if "@" in path and _PASSWORD.match(rest) and not _SURELY_A_HOST.search(authority):
        # What should be the host hardly is one: a password with a `/` in it that somebody did not escape.
        user, _, rest = rest.rpartition("@")
        host, path = _cut(rest)
    return user, host, path


def _cut(rest: str) -> tuple[str, str]:
    """Cut where the host ends: at the path, the query or the fragment."""
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return host, rest[len(host) :]
