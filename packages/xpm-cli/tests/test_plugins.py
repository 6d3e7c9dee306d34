"""Commands of other packages, found without importing them."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xpm_cli.plugins import GROUP, LAUNCHERS_GROUP, find_plugins

if TYPE_CHECKING:
    from conftest import Command

HELLO = """
import click

@click.command()
@click.argument("name")
def hello(name):
    "Say hello."
    click.echo(f"hello {name}")

broken = 1
"""


def install(folder: Path, package: str, entry_points: str) -> None:
    """What an installer leaves in site-packages."""
    info = folder / f"{package}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "entry_points.txt").write_text(entry_points)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "xpm_hello.py").write_text(HELLO)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "xpm_hello", raising=False)
    return folder


def test_a_command_of_another_package(site: Path, command: Command) -> None:
    install(
        site, "their_package", f"[console_scripts]\nx = a:b\n[{GROUP}]\nhello = xpm_hello:hello [extra]\n"
    )
    assert command("hello", "you") == (0, "hello you\n", "")
    shown = command("--help").out
    assert "Commands of other packages" in shown and "their_package" in shown
    assert command("helo").err.startswith("error: no such command 'helo'; did you mean 'hello'?")


def test_a_command_for_launchers(site: Path, command: Command) -> None:
    install(site, "their_package", f"[{LAUNCHERS_GROUP}]\nhello = xpm_hello:hello\n")
    assert command("launchers", "hello", "you") == (0, "hello you\n", "")
    assert "Commands of other packages" in command("launchers", "--help").out
    assert "hello" not in command("--help").out
    assert command("hello", "you").code == 2


def test_listing_imports_nothing(site: Path, command: Command) -> None:
    install(site, "their_package", f"[{GROUP}]\nhello = not_there:hello\n")
    assert "hello" in command("--help").out


def test_ours_come_first(site: Path, command: Command) -> None:
    install(site, "their_package", f"[{GROUP}]\nversion = xpm_hello:hello\n")
    assert "xpm-cli" in command("version").out


@pytest.mark.parametrize("target", ["not_there:hello", "xpm_hello:nothing", "xpm_hello:broken"])
def test_a_command_that_cannot_be_used_says_whose_it_is(site: Path, command: Command, target: str) -> None:
    install(site, "their_package", f"[{GROUP}]\nhello = {target}\n")
    result = command("hello")
    assert result.code == 2 and result.out == ""
    assert "'hello' of the package their_package" in result.err and "update or remove" in result.err
    assert "Traceback" not in result.err


def test_the_same_as_importlib_finds(site: Path) -> None:
    install(site, "one", f"[{GROUP}]\na = m:a\n\n# comment\n b = m.n:b.c\n[other]\nc=m:c\n")
    install(site, "two", f"[{GROUP}]\nd=m:d\n")
    expected = {entry.name: entry.value for entry in entry_points(group=GROUP)}
    assert {plugin.name: plugin.target for plugin in find_plugins().values()} == expected
    assert set(expected) >= {"a", "b", "d"}


def test_the_first_package_of_a_name_counts(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "one", f"[{GROUP}]\na = m:a\n")
    install(tmp_path / "later", "one", f"[{GROUP}]\na = m:old\nb = m:b\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "later"), str(tmp_path / "nothing")])
    assert find_plugins()["a"].target == "m:a"
    assert "b" not in find_plugins()


def test_odd_files_do_no_harm(site: Path) -> None:
    install(site, "one", f"[{GROUP}]\nno target\n= m:a\nx = m:a\n")
    (site / "two-1.dist-info").write_text("a file")
    (site / "three-1.dist-info").mkdir()
    (site / "three-1.dist-info" / "entry_points.txt").write_bytes(b"\xff\xfe[" + GROUP.encode() + b"]\n")
    assert find_plugins()["x"].package == "one"
