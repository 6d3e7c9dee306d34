from __future__ import annotations

import json
from pathlib import Path

import pytest

from xpm_cli.main import main


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["find-launchers", *arguments])
    assert isinstance(left.value.code, int)
    return left.value.code


def test_this_machine_runs_small_tasks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("--xpm-config-dir", str(tmp_path), "cpu(cores=1)") == 0
    assert capsys.readouterr().out.startswith("local")
    assert run("--xpm-config-dir", str(tmp_path), "--json", "cpu(cores=1)") == 0
    assert json.loads(capsys.readouterr().out)["launcher"] == "local"


@pytest.mark.parametrize(
    ("spec", "message"), [("cpu(cors=1)", "cores"), ("cpu(cores=100000)", "cores"), ("", "")]
)
def test_what_cannot_be_had_is_one_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, spec: str, message: str
) -> None:
    assert run("--xpm-config-dir", str(tmp_path), spec) == 2
    stderr = capsys.readouterr().err
    assert stderr.startswith("error: ") and message in stderr
    assert "Traceback" not in stderr
