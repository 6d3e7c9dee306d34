"""Pages about configurations, and the check that there are some."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from experimaestro.mkdocs.metaloader import Module
from experimaestro.sphinx import add_parameters
from experimaestro.tools.documentation import DocumentationAnalyzer

LIBRARY = '''
import not_installed_here
from pathlib import Path
from experimaestro import Config, Meta, Param, PathGenerator, Task, field


class Model(Config):
    """A model.

    It has layers.

    Attributes:
        layers: How deep | how wide
    """
    layers: Param[int] = field(default=2)
    kind: Param[str]


class _Hidden(Config):
    pass


class Learn(Task):
    model: Param[Model]
    out: Meta[Path] = field(default_factory=PathGenerator("out"))
'''


def test_a_page_without_the_heavy_imports(make_module: Callable[..., ModuleType], tmp_path: Path) -> None:
    (tmp_path / "modules" / "xpm_pages.py").write_text(LIBRARY)
    module = Module("xpm_pages", mocks=["not_installed_here"])
    assert [each.title for each in module.configurations] == ["A model.", "", ""]
    page = module.markdown(level=3)
    assert "### `xpm_pages.Model`\n\nA model.\n\nIt has layers." in page
    assert "| `layers` | `int` | `2` | How deep \\| how wide |" in page
    assert "| `kind` | `str` |  |  |" in page
    assert "| `out` | `Path` | generated |  |" in page
    assert "not_installed_here" not in sys.modules
    with pytest.raises(ImportError):
        Module("xpm_pages")


@pytest.fixture
def library(make_module: Callable[..., ModuleType]) -> None:
    make_module("xpm_library.models", LIBRARY.replace("import not_installed_here", ""))
    make_module("xpm_library.broken", "").__dict__.clear()
    del sys.modules["xpm_library.broken"]


def test_an_incomplete_documentation(
    make_module: Callable[..., ModuleType], library: None, workdir: Path, tmp_path: Path
) -> None:
    (tmp_path / "modules" / "xpm_library" / "broken.py").write_text("raise ValueError('why')")
    (workdir / "page.rst").write_text(
        "Title\n=====\n\n.. autoclass:: xpm_library.models.Model\n   :members:\n\n"
        ".. autoclass:: xpm_library.models.Gone\n.. automodule:: xpm_library.models\n"
        ".. autoclass:: elsewhere.Gone\n"
    )
    analyzer = DocumentationAnalyzer(workdir / "page.rst", ["xpm_library"])
    analyzer.analyze()
    assert analyzer.documented == ["xpm_library.models.Model"]
    assert analyzer.undocumented == ["xpm_library.models.Learn"]
    assert analyzer.unknown == ["xpm_library.models.Gone"]
    assert analyzer.without_help == ["xpm_library.models.Learn.model", "xpm_library.models.Model.kind"]
    assert analyzer.errors == {"xpm_library.broken": "ValueError: why"}
    with pytest.raises(AssertionError, match=r"Learn: no page mentions it"):
        analyzer.assert_valid_documentation()


def test_a_complete_documentation(library: None, workdir: Path) -> None:
    (workdir / "pages").mkdir()
    (workdir / "pages" / "one.md").write_text("# A\n\n::: xpm_library.models.Model\n")
    (workdir / "two.md").write_text("```{eval-rst}\n.. autoclass:: xpm_library.models.Learn\n```\n")
    analyzer = DocumentationAnalyzer(workdir, {"xpm_library"}, {"xpm_library.broken"})
    analyzer.analyze()
    assert analyzer.report() == ""
    analyzer.assert_valid_documentation()


def test_parameters_in_docstrings(tasks: ModuleType) -> None:
    lines = ["Learns."]
    add_parameters(None, "class", "x.Learn", tasks.Learn, None, lines)
    assert ":param rate: The learning rate (default: ``0.1``)" in lines
    assert ":type rate: float" in lines
    assert ":param out: (generated)" in lines
    add_parameters(None, "function", "x.run", print, None, untouched := ["Runs."])
    assert untouched == ["Runs."]


def test_a_real_sphinx(tasks: ModuleType, workdir: Path, tmp_path: Path) -> None:
    pytest.importorskip("sphinx")
    (workdir / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(tmp_path / 'modules')!r})\n"
        "extensions = ['sphinx.ext.autodoc', 'experimaestro.sphinx']\n"
    )
    (workdir / "index.rst").write_text("Page\n====\n\n.. autoclass:: xpm_old_names.Learn\n")
    build = [sys.executable, "-m", "sphinx", "-q", "-b", "text", str(workdir), str(workdir / "out")]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = (workdir / "out" / "index.txt").read_text()
    assert 'The learning rate (default: "0.1")' in " ".join(text.split())
