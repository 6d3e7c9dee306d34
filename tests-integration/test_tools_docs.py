"""The documents tell the truth: links lead somewhere, the commands that they name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xpm_tools.main import make_parser
from xpm_tools.paths import ROOT
from xpm_tools.stages import STAGES

PATTERNS = ("*.md", "docs/**/*.md", "packages/*/*.md", "examples/**/*.md")
DOCUMENTS = sorted(path for pattern in PATTERNS for path in ROOT.glob(pattern))
#: Code holds no links; it is removed before looking for them.
CODE = re.compile(r"^( *)```.*?^\1```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"tools/xpm ((?:[a-z]+ ?)+)")


def read(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document: Path) -> None:
    targets = [link.partition("#")[0] for link in LINK.findall(CODE.sub("", read(document)))]
    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_the_commands_of_the_tools_exist(document: Path) -> None:
    parser = make_parser()
    for words in COMMAND.findall(read(document)):
        command, *others = words.split()
        assert f"\n    {command}" in parser.format_help()
        if command == "test":
            assert set(others) <= STAGES.keys()


def test_contributing_names_all_stages() -> None:
    assert f"`{' '.join(STAGES)}`" in read(ROOT / "CONTRIBUTING.md")
