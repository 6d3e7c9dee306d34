"""Fragments become a section of the changelog."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from xpm_tools import changelog
from xpm_tools.errors import ToolError
from xpm_tools.packages import Package

DAY = date(2031, 2, 3)


@pytest.fixture
def package(tmp_path: Path) -> Package:
    folder = tmp_path / "l'été" / "xpm-mock"
    about = folder / "src" / "xpm_mock" / "__about__.py"
    about.parent.mkdir(parents=True)
    about.write_text('__version__ = "0.2.0"\n')
    (folder / "changes").mkdir()
    return Package(name="xpm-mock", module="xpm_mock", folder=folder, requirements=())


def fragment(package: Package, name: str, text: str) -> None:
    (package.folder / "changes" / name).write_text(text, encoding="utf-8")


def written(package: Package, old: str) -> str:
    """Release a package and give its changelog."""
    path = package.folder / "CHANGELOG.md"
    path.write_text(old, encoding="utf-8")
    found = changelog.fragments(package.folder / "changes")
    changelog.release(package, changelog.section(package.version, found, DAY))
    return path.read_text(encoding="utf-8")


def test_a_section_is_ordered_by_kind(package: Package) -> None:
    fragment(package, "7.fixed.md", "Pickling a fake works.\n")
    fragment(package, "b.added.md", "Décorateurs.\nOn two lines.\n")
    fragment(package, "a.added.md", "`noop_decorator`.")
    assert written(package, "# Changelog of xpm-mock\n\n## 0.1.0 (2030-01-01)\n\n* First version.\n") == (
        "# Changelog of xpm-mock\n\n"
        "## 0.2.0 (2031-02-03)\n\n"
        "### Added\n\n* `noop_decorator`.\n* Décorateurs.\n  On two lines.\n\n"
        "### Fixed\n\n* Pickling a fake works.\n\n"
        "## 0.1.0 (2030-01-01)\n\n* First version.\n"
    )


def test_a_draft_of_the_version_gets_its_date(package: Package) -> None:
    fragment(package, "1.added.md", "More.")
    assert written(package, "# Changelog of xpm-mock\n\n## 0.2.0 (unreleased)\n\n* First version.\n") == (
        "# Changelog of xpm-mock\n\n## 0.2.0 (2031-02-03)\n\n### Added\n\n* More.\n\n* First version.\n"
    )


def test_a_released_version_is_not_released_again(package: Package) -> None:
    fragment(package, "1.added.md", "More.")
    with pytest.raises(ToolError, match=r"has 0\.2\.0 already: `tools/xpm bump xpm-mock"):
        written(package, "# Changelog of xpm-mock\n\n## 0.2.0 (2030-01-01)\n\n* First version.\n")


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("added.md", "More.", "name it <anything>"),
        ("1.better.md", "More.", "name it <anything>"),
        ("1.added.md", " \n", "is empty"),
    ],
)
def test_a_fragment_that_says_nothing_is_refused(package: Package, name: str, text: str, error: str) -> None:
    fragment(package, name, text)
    with pytest.raises(ToolError, match=error):
        changelog.fragments(package.folder / "changes")


def test_showing_changes_nothing(
    package: Package, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fragment(package, "1.added.md", "More.")
    (package.folder / "CHANGELOG.md").write_text("# Changelog\n", encoding="utf-8")
    monkeypatch.setattr(changelog, "discover", lambda: [package])
    assert changelog.changelog([], write=False, today=DAY) == 0
    assert "# xpm-mock\n\n## 0.2.0 (2031-02-03)\n\n### Added\n\n* More.\n" in capsys.readouterr().out
    assert changelog.changelog(["xpm-mock"], write=True, today=DAY) == 0
    assert list((package.folder / "changes").iterdir()) == []
    assert "* More." in (package.folder / "CHANGELOG.md").read_text(encoding="utf-8")
    capsys.readouterr()
    changelog.changelog([], write=True, today=DAY)
    assert "no fragments" in capsys.readouterr().out
