"""The message while a large index is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xpm_cli.building import BuildingMessage

if TYPE_CHECKING:
    from conftest import Command, Sample


def test_one_line_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with BuildingMessage() as message:
        for done in range(0, 100_000, 1000):
            message(done, 100_000)
    assert capsys.readouterr().err == "building the index of 100000 jobs, once\n"


@pytest.mark.parametrize(("quiet", "total"), [(True, 100_000), (False, 100)])
def test_nothing(capsys: pytest.CaptureFixture[str], quiet: bool, total: int) -> None:
    with BuildingMessage(quiet=quiet) as message:
        message(0, total)
    assert capsys.readouterr().err == ""


def test_a_line_that_changes_in_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    times = iter([1.0, 1.1, 2.0])
    monkeypatch.setattr("xpm_cli.building.time.monotonic", lambda: next(times))
    with BuildingMessage() as message:
        for done in (0, 5000, 10_000):
            message(done, 100_000)
    assert capsys.readouterr().err == (
        "\rbuilding the index: 0 of 100000 jobs\rbuilding the index: 10000 of 100000 jobs\r\x1b[K"
    )


def test_a_command_tells(sample: Sample, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xpm_cli.building._WORTH_TELLING", 2)
    assert command("jobs", "list", "--workdir", sample.layout.root).err.startswith("building the index of ")
    assert command("jobs", "list", "--workdir", sample.layout.root).err == ""
