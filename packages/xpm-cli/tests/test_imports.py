"""Each command loads little: a test of what is imported, since a stopwatch tells too late."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Real, Sample

CODE = """
import sys
from xpm_cli.main import main
try:
    main({arguments!r})
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""

HEAVY = {
    "aiohttp",
    "asyncio",
    "git",
    "numpy",
    "omegaconf",
    "pandas",
    "rich",
    "textual",
    "xpm_config",
    "xpm_mock",
}


def loaded_by(*arguments: object) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(arguments=list(map(str, arguments)))],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stderr.split())


def test_help_loads_no_heavy_module() -> None:
    loaded = loaded_by("--help")
    assert "click" in loaded
    assert not (HEAVY | {"importlib.metadata", "msgspec", "sqlite3", "yaml"}) & loaded
    assert not any(m.startswith(("xpm_scheduler", "xpm_workspace", "xpm_tasks")) for m in loaded)


def test_looking_loads_neither_the_scheduler_nor_the_configuration(sample: Sample) -> None:
    for words in (
        ["experiments", "list"],
        ["experiments", "runs", "my-experiment"],
        ["jobs", "list", "--filter", "lr = 0.1"],
        ["jobs", "path", "0101"],
    ):
        loaded = loaded_by(*words, "--workdir", sample.layout.root)
        assert "sqlite3" in loaded
        assert not (HEAVY | {"importlib.metadata", "yaml", "psutil"}) & loaded, words
        assert not any(m.startswith("xpm_scheduler") for m in loaded), words


def test_an_error_loads_nothing_more(sample: Sample) -> None:
    loaded = loaded_by("jobs", "path", "nothing", "--workdir", sample.layout.root)
    assert not (HEAVY | {"xpm_scheduler", "xpm_git"}) & loaded


def test_parameters_are_shown_without_the_code_of_the_user(real: Real) -> None:
    loaded = loaded_by("jobs", "info", real.small.job_id, "--workdir", real.layout.root)
    assert "xpm_cli_tasks" not in loaded
    loaded = loaded_by("jobs", "diff", real.small.job_id, real.large.job_id, "--workdir", real.layout.root)
    assert "xpm_cli_tasks" not in loaded
