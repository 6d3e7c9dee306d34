from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from xpm_scheduler.errors import LauncherNotFound
from xpm_scheduler.launcherfinder import installed
from xpm_scheduler.launcherfinder.errors import BrokenLauncher
from xpm_scheduler.launchers.direct import DirectLauncher

Install = Callable[..., None]


@pytest.fixture
def install(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package that provides launchers, in a folder of the path."""

    def install(package: str, **launchers: str) -> None:
        folder = workdir / package
        information = folder / f"{package}-1.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = "".join(f"{name} = {value}\n" for name, value in launchers.items())
        (information / "entry_points.txt").write_text(f"[experimaestro.launchers]\n{lines}")
        (folder / f"{package}.py").write_text(
            "from xpm_scheduler.launchers.direct import DirectLauncher\nclass Mine(DirectLauncher): pass\n"
        )
        (folder / f"{package}_broken.py").write_text("import no_such_module\n")
        (folder / f"{package}_wrong.py").write_text("x = 1 +\n")
        monkeypatch.syspath_prepend(str(folder))
        for name in (package, f"{package}_broken", f"{package}_wrong"):
            monkeypatch.delitem(sys.modules, name, raising=False)

    return install


def test_names_import_nothing(install: Install) -> None:
    before = installed.names()
    install("xpm_test_one", aaa="xpm_test_one:Mine", zzz="xpm_test_one_broken:Mine")
    assert installed.names() == sorted([*before, "aaa", "zzz"])
    assert "xpm_test_one" not in sys.modules


def test_load(install: Install) -> None:
    install("xpm_test_two", two="xpm_test_two:Mine")
    launcher = installed.load("two")
    assert issubclass(launcher, DirectLauncher)
    assert launcher.__module__ == "xpm_test_two"
    del sys.modules["xpm_test_two"]


def test_the_first_on_the_path_wins(install: Install) -> None:
    install("xpm_test_three", same="nowhere:Mine")
    install("xpm_test_four", same="xpm_test_four:Mine")
    assert installed.load("same").__module__ == "xpm_test_four"
    del sys.modules["xpm_test_four"]


def test_a_miss_lists_the_names(install: Install) -> None:
    install("xpm_test_five", cluster="xpm_test_five:Mine")
    with pytest.raises(LauncherNotFound) as caught:
        installed.load("clutser")
    assert str(caught.value).startswith("no launcher 'clutser'; did you mean 'cluster'? installed: ")
    with pytest.raises(LauncherNotFound, match=r"no launcher 'qqqq'; installed: .*cluster"):
        installed.load("qqqq")


def test_no_launcher_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert installed.names() == []
    with pytest.raises(LauncherNotFound, match="no launcher 'direct'; installed: none"):
        installed.load("direct")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "xpm_test_six_broken:Mine",
            "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("xpm_test_six_wrong:Mine", "cannot be imported: SyntaxError"),
        ("xpm_test_six:Missing", "cannot be imported: AttributeError"),
        ("xpm_test_six:__name__", "is not a class derived from Launcher"),
        ("pathlib:Path", "is not a class derived from Launcher"),
    ],
)
def test_broken_launchers(install: Install, value: str, message: str) -> None:
    install("xpm_test_six", odd=value)
    with pytest.raises(BrokenLauncher) as caught:
        installed.load("odd")
    assert str(caught.value).startswith(f"launcher 'odd' of xpm_test_six ({value}) ")
    assert message in str(caught.value)
