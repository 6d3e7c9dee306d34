"""The command line of `tools/xpm`, and the environments that it makes."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from xpm_tools import bench, bootstrap, build, campaigns, commands, main, narration, paths
from xpm_tools.errors import CommandFailed, ToolError
from xpm_tools.packages import discover, read_toml

XPM = paths.ROOT / "tools" / "xpm"
#: They run before the tool environment is there: on a bare Python.
BARE = ("bootstrap", "commands", "errors", "main", "narration", "paths")


def test_help_needs_no_environment(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(XPM), "help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    for command in ("demo", "test", "bench", "chaos", "race", "fuzz", "build", "env", "bump", "changelog"):
        assert re.search(rf"^    {command}\b", done.stdout, re.MULTILINE)


def test_wrong_use_is_told_with_code_2() -> None:
    done = subprocess.run([sys.executable, "-S", str(XPM), "tset"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "tset" in done.stderr


def test_the_bare_modules_import_the_standard_library_only() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import importlib\n" + "\n".join(
        f"importlib.import_module('xpm_tools.{module}')" for module in BARE
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code, str(XPM.parent)], check=True)


def test_the_entry_can_be_read_by_an_old_python() -> None:
    compile(XPM.read_text(encoding="utf-8"), "xpm", "exec", flags=0)
    assert "from __future__" not in XPM.read_text(encoding="utf-8")
    assert not re.search(r"\bf[\"']", XPM.read_text(encoding="utf-8"))


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda module: None if module == "ensurepip" else object()
    )
    with pytest.raises(ToolError, match=r"has no ensurepip: .*apt-get install python3-venv"):
        bootstrap.check_python()


def test_an_error_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(arguments: object) -> None:
        raise ToolError("no compass")

    monkeypatch.setattr(main, "go_on_in_tools", fail)
    assert main.main(["env"]) == 1
    assert capsys.readouterr().err == "xpm: no compass\n"


def test_a_stamp_is_read_only_from_a_usable_environment(tmp_path: Path) -> None:
    environment = tmp_path / "l'été"
    (environment / "bin").mkdir(parents=True)
    assert bootstrap.stamps(environment) == {}
    bootstrap.stamp(environment, environment="1")
    assert bootstrap.stamps(environment) == {}
    (environment / "bin" / "python").touch()
    bootstrap.stamp(environment, environment="1")
    bootstrap.stamp(environment, examples="2")
    assert bootstrap.stamps(environment) == {"environment": "1", "examples": "2"}
    (environment / bootstrap.STAMP).write_text('{"torn')
    assert bootstrap.stamps(environment) == {}


def test_a_fingerprint_tells_its_parts_apart() -> None:
    assert bootstrap.fingerprint("a", "bc") == bootstrap.fingerprint(b"a", "bc")
    assert bootstrap.fingerprint("a", "bc") != bootstrap.fingerprint("ab", "c")


def test_nothing_of_the_callers_python_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("VIRTUAL_ENV", "/elsewhere")
    found = commands.environ(EXTRA="1")
    assert "/elsewhere" not in found.values()
    assert found["EXTRA"] == "1"
    assert found["HATCH_DATA_DIR"].startswith(str(paths.STATE))


def test_a_failing_program_is_told_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"(?s)ended with code 3.*too bad") as caught:
        commands.run_quietly([sys.executable, "-c", "print('too bad'); raise SystemExit(3)"], cwd=tmp_path)
    assert caught.value.code == 3


def test_a_loud_program_is_heard_and_remembered(capfd: pytest.CaptureFixture[str]) -> None:
    code, output = commands.call_and_copy([sys.executable, "-c", "print('hello')"], limit_s=60)
    assert (code, output) == (0, "hello\n")
    assert capfd.readouterr().out == "hello\n"
    assert commands.call([sys.executable, "-c", "raise SystemExit(4)"]) == 4


def test_a_program_that_hangs_is_killed(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    hangs = "import time; print('begins', flush=True); time.sleep(1000)"
    code, output = commands.call_and_copy([sys.executable, "-c", hangs], limit_s=1)
    assert (code, output) == (-signal.SIGKILL, "begins\n")
    assert "did not end within 1 s and is killed" in capfd.readouterr().err
    with pytest.raises(CommandFailed) as caught:
        commands.run_quietly([sys.executable, "-c", hangs], limit_s=1, cwd=tmp_path)
    assert (caught.value.code, caught.value.output) == (-signal.SIGKILL, "begins\n")


def test_a_step_tells_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    with narration.step("counting"):
        pass
    assert re.fullmatch(r"xpm: counting \.\.\.\nxpm: counting: done in \d\.\d s\n", capsys.readouterr().err)


def test_an_unknown_benchmark_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "bench_submit.py").touch()
    (tmp_path / "make_workspace.py").touch()
    assert list(bench.benchmarks(tmp_path)) == ["submit"]
    with pytest.raises(ToolError, match="no benchmark `nothing`"):
        bench.bench("nothing")


@pytest.mark.parametrize("name", ["chaos", "race"])
def test_a_campaign_is_run_with_the_options_that_were_given(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[list[str]] = []

    def call(command: list[str]) -> int:
        called.append(command)
        return 3

    monkeypatch.setattr(main, "go_on_in_tools", lambda arguments: None)
    monkeypatch.setattr(campaigns, "ensure_environment", lambda: Path("python"))
    monkeypatch.setattr(campaigns, "call", call)
    assert main.main([name, "--seed", "5", "--keep"]) == 1
    assert campaigns.program(name).is_file()
    assert called == [["python", str(campaigns.program(name)), "--seed", "5", "--keep"]]


def test_a_wheel_without_its_marker_of_types_is_refused(tmp_path: Path) -> None:
    import zipfile

    package = discover()[0]
    wheel = tmp_path / "untyped.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{package.module}/__init__.py", "")
    with pytest.raises(ToolError, match=r"has no .*/py\.typed"):
        build.check_typed(wheel, package)


def test_every_package_is_under_the_contracts() -> None:
    modules = {package.module for package in discover()}
    settings = read_toml(paths.ROOT / "pyproject.toml")["tool"]["importlinter"]
    assert set(settings["root_packages"]) == modules
    (layers,) = (each for each in settings["contracts"] if each["type"] == "layers")
    assert {name.strip() for layer in layers["layers"] for name in layer.split("|")} == modules
