"""The documents tell the truth: links lead somewhere, the commands that they name exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xpm_tools.main import make_parser
from xpm_tools.paths import ROOT
from xpm_tools.stages import STAGES

if TYPE_CHECKING:
    from conftest import Project

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


def test_the_experiment_of_the_readme_works_as_written(project: Project) -> None:
    text = read(ROOT / "README.md")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (settings,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (shell,) = (
        block for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "run-experiment" in block
    )
    project.write("experiment.py", code)
    project.write("full.yaml", settings)
    for line in shell.strip().splitlines():
        program, *arguments = line.split()
        assert program == "experimaestro"
        done = project.command(*arguments)
    assert "my-experiment" in done.stdout
    assert "(2/2 jobs)" in done.stdout


def test_the_example_is_described_without_its_heavy_imports(project: Project) -> None:
    """Whether scikit-learn and the others are installed or not."""
    yaml = ROOT / "examples" / "digits" / "full.yaml"
    done = project.run(str(yaml), "--run-mode", "DRY_RUN", "-c", "widths=[8]")
    tasks = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("digits.")]
    grid = ["digits.learning.train", "digits.learning.evaluate"] * 3
    assert tasks == ["digits.data.split", *grid, "digits.comparison.compare"]


def test_the_index_leads_to_every_page() -> None:
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert pages <= set(LINK.findall(read(ROOT / "docs" / "index.md")))
