"""What importing the package loads, and what it offers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import xpm_config


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import xpm_config",
        "from xpm_config import configuration, ConfigurationBase, GridSearch",
        "from xpm_config import read, find_yaml",
    ],
)
def test_omegaconf_is_not_loaded(code: str) -> None:
    modules = loaded_by(code)
    assert not modules & {"omegaconf", "antlr4", "xpm_mock", "xpm_git", "xpm_tasks"}


def test_import_is_nearly_nothing() -> None:
    assert not loaded_by("import xpm_config") & {
        "yaml",
        "dataclasses",
        "inspect",
        "json",
        "pathlib",
    } - loaded_by("")


def test_user_code_does_not_load_the_reader() -> None:
    assert "yaml" not in loaded_by("from xpm_config import configuration, ConfigurationBase")


def test_omegaconf_is_loaded_for_interpolations_only(folder: Path) -> None:
    (folder / "plain.yaml").write_text("id: x\na: 1e-3\n", encoding="utf-8")
    (folder / "text.yaml").write_text("id: x\na: ${id}\n", encoding="utf-8")
    code = "import xpm_config; xpm_config.read('{}', overrides=['b.c=[1]']).to(dict)"
    assert "omegaconf" not in loaded_by(code.format("plain"))
    assert "omegaconf" in loaded_by(code.format("text"))


def test_all_names_exist() -> None:
    for name in xpm_config.__all__:
        assert getattr(xpm_config, name) is not None
    assert set(xpm_config.__all__) <= set(dir(xpm_config))
    assert xpm_config.__all__ == sorted(xpm_config.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        xpm_config.nope  # noqa: B018


def test_names_stay_the_same_after_submodules_are_imported() -> None:
    # A submodule named like something it defines would take its place in the package.
    code = "import xpm_config, pkgutil, importlib\n"
    code += "for m in pkgutil.iter_modules(xpm_config.__path__):\n"
    code += "    importlib.import_module('xpm_config.' + m.name)\n"
    code += "for n in xpm_config.__all__: assert type(getattr(xpm_config, n)).__name__ != 'module', n"
    loaded_by(code)
