"""Where a repository comes from, without the secrets that people leave in URLs."""

from __future__ import annotations

import os
import re
from pathlib import Path

from xpm_git.process import run_git

# The part of a URL that may hold `user:password@`. A password with a `/` that was not escaped ends it too early,
# so a port that is no number makes us look further.
_AUTHORITY = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_WEB = re.compile(r"(https?|ftps?)$", re.IGNORECASE)


def remote_url(root: Path, branch: str | None) -> str | None:
    """Return the URL of the remote that a branch follows; else of `origin`, else of the first remote.

    Args:
        root: Top folder of the repository.
        branch: The current branch, None when detached.

    Returns:
        The URL without credentials, or None when there is no remote.
    """
    asked = run_git(["config", "-z", "--get-regexp", r"^(remote\..*\.url|branch\..*\.remote)$"], root)
    urls: dict[str, str] = {}
    followed: str | None = None
    for entry in os.fsdecode(asked.stdout).split("\0"):
        key, _, value = entry.partition("\n")
        if key.startswith("remote."):
            urls.setdefault(key[len("remote.") : -len(".url")], value)
        elif branch is not None and key == f"branch.{branch}.remote":
            followed = value
    for name in (followed, "origin", next(iter(urls), None)):
        if name is not None and name in urls:
            return without_credentials(urls[name])
    return None


def without_credentials(url: str) -> str:
    """Remove the user, password and query of a URL; the user of an ssh URL stays, it is no secret.

    >>> without_credentials("https://me:token@example.org/a.git")
    'https://example.org/a.git'
    >>> without_credentials("git@example.org:a.git")
    'git@example.org:a.git'
    """
    parts = _AUTHORITY.search(url)
    if parts is None:
        return url
    scheme, rest = parts["scheme"], parts["rest"]
    authority, slash, path = rest.partition("/")
    if "@" not in authority and "@" in path and re.search(r":(?!\d*$)", authority):
        authority, slash, path = rest, "", ""
        head, _, tail = rest.rpartition("@")
        host, slash, path = tail.partition("/")
        authority = f"{head}@{host}"
    user, at, host = authority.rpartition("@")
    if _WEB.search(scheme):
        path = re.split(r"[?#]", path, maxsplit=1)[0]
        host = re.split(r"[?#]", host, maxsplit=1)[0]
        user = ""
    elif scheme.lower().endswith("ssh"):
        user = user.partition(":")[0]
    else:
        user = ""
    return f"{url[: parts.start()]}{scheme}://{user}{at if user else ''}{host}{slash}{path}"
