from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpm_git.process import Deadline
from xpm_git.remotes import remote_url, without_credentials

CLEANED = [
    ("https://example.org/code.git", "https://example.org/code.git"),
    ("https://me@example.org/code.git", "https://example.org/code.git"),
    ("https://me:secret@example.org/code.git", "https://example.org/code.git"),
    ("https://ghp_0123secret@example.org/code", "https://example.org/code"),
    ("https://oauth2:secret@example.org:8443/a/b.git", "https://example.org:8443/a/b.git"),
    ("https://me:se@cret@example.org/code.git", "https://example.org/code.git"),
    ("https://me:sec/ret@example.org/code.git", "https://example.org/code.git"),
    ("https://me:se@cr/et@example.org/code.git", "https://example.org/code.git"),
    ("https://me:secret@/@example.org/code.git", "https://example.org/code.git"),
    ("https://me:sec?r#et@example.org/code.git", "https://example.org/code.git"),
    ("https://me:sec%2Fret@example.org/code.git", "https://example.org/code.git"),
    ("HTTPS://me:secret@example.org/code.git", "HTTPS://example.org/code.git"),
    ("https://example.org/code.git?private_token=secret", "https://example.org/code.git"),
    ("https://example.org?token=secret", "https://example.org"),
    ("https://example.org?token=sec@ret", "https://example.org"),
    ("https://me:secret@example.org?token=sec@ret", "https://example.org"),
    ("https://example.org/code.git#secret", "https://example.org/code.git"),
    ("http://[2001:db8::1]:8080/code", "http://[2001:db8::1]:8080/code"),
    ("https://me:secret@[2001:db8::1]/code", "https://[2001:db8::1]/code"),
    ("http://[2001:db8::1]/@scope/code", "http://[2001:db8::1]/@scope/code"),
    ("https://me:secret@example.org/@scope/code", "https://example.org/@scope/code"),
    ("https://me:secret@localhost/code@2", "https://localhost/code@2"),
    ("https://me:secret@gitlab:8080/code@2", "https://gitlab:8080/code@2"),
    ("https://me:secret@example.org./code@2", "https://example.org./code@2"),
    ("https://me:secret@[fe80::1%25eth0]/code@2", "https://[fe80::1%25eth0]/code@2"),
    ("ssh://git@[fe80::1%25eth0]/code@2", "ssh://git@[fe80::1%25eth0]/code@2"),
    ("https://me:1234?secret@example.org/code", "https://example.org/code"),
    ("https://gitlab/@scope/code", "https://gitlab/@scope/code"),
    ("https://gitlab:8080/@scope/code", "https://gitlab:8080/@scope/code"),
    ("https://example.org/@scope/code", "https://example.org/@scope/code"),
    ("https://example.org:8443/@scope/code", "https://example.org:8443/@scope/code"),
    ("ftp://me:secret@example.org/code", "ftp://example.org/code"),
    ("git://me:secret@example.org/code", "git://example.org/code"),
    ("ssh://git@example.org/code.git", "ssh://git@example.org/code.git"),
    ("ssh://git:secret@example.org:22/code.git", "ssh://git@example.org:22/code.git"),
    ("git+ssh://me:secret@example.org/code", "git+ssh://me@example.org/code"),
    ("ssh://example.org/code", "ssh://example.org/code"),
    ("git@example.org:team/code.git", "git@example.org:team/code.git"),
    ("helper::https://me:secret@example.org/code", "helper::https://example.org/code"),
    ("/srv/git/code.git", "/srv/git/code.git"),
    ("../code@home", "../code@home"),
    ("file:///srv/git/code.git", "file:///srv/git/code.git"),
    ("file:///srv/a?b#c", "file:///srv/a?b#c"),
    ("", ""),
]


@pytest.mark.parametrize(("url", "expected"), CLEANED)
def test_without_credentials(url: str, expected: str) -> None:
    assert without_credentials(url) == expected


@given(
    scheme=st.sampled_from(["https", "http", "ssh", "ftps", "git", "git+ssh"]),
    user=st.from_regex(r"[A-Za-z0-9._%-]{0,8}", fullmatch=True),
    password=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=9)
    .filter(lambda text: not re.search(r"@[^/?#]*[/?#]", text) or not re.search(r"[.:\]]|localhost", text))
    .map(lambda text: f"~S3{text}CR3T~"),  # where it holds `@host/`, nobody can tell where it ends
    path=st.from_regex(r"(/[A-Za-z0-9._-]{0,5}){0,3}", fullmatch=True),
)
def test_no_password_is_left(scheme: str, user: str, password: str, path: str) -> None:
    cleaned = without_credentials(f"{scheme}://{user}:{password}@example.org{path}")
    assert "~" not in cleaned  # which is nowhere else
    assert cleaned.endswith(f"example.org{path}")
    assert without_credentials(cleaned) == cleaned


def remote_of(repo: Any, branch: str | None = "main") -> str | None:
    return remote_url(repo.root, branch, Deadline())


@pytest.mark.usefixtures("both_ways")
def test_which_remote(repo: Any) -> None:
    assert remote_of(repo) is None
    repo.git("remote", "add", "backup", "https://example.org/backup")
    assert remote_of(repo) == "https://example.org/backup"
    repo.git("remote", "add", "origin", "https://me:secret@example.org/origin")
    assert remote_of(repo) == "https://example.org/origin"
    repo.git("config", "branch.main.remote", "backup")
    assert remote_of(repo) == "https://example.org/backup"
    assert remote_of(repo, None) == remote_of(repo, "other") == "https://example.org/origin"
    repo.git("config", "branch.main.remote", ".")  # follows a local branch
    assert remote_of(repo) == "https://example.org/origin"


def test_names_with_dots(repo: Any, make_repo: Callable[..., Any]) -> None:
    repo.git("config", "remote.a.url.b.url", "https://example.org/dots")
    repo.git("config", "branch.x.remote.y.remote", "a.url.b")
    assert remote_of(repo, "x.remote.y") == "https://example.org/dots"


def test_of_several_addresses_the_first(repo: Any) -> None:
    repo.git("remote", "add", "origin", "https://example.org/first")
    repo.git("remote", "set-url", "--add", "origin", "https://example.org/second")
    repo.git("remote", "set-url", "--push", "origin", "https://me:secret@example.org/push")
    assert remote_of(repo) == "https://example.org/first"


def test_rewritten_addresses_do_not_bring_their_credentials(repo: Any) -> None:
    repo.git("config", "url.https://me:secret@example.org/.insteadOf", "https://example.org/")
    repo.git("remote", "add", "origin", "https://example.org/code")
    assert remote_of(repo) == "https://example.org/code"
