from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from xpm_scheduler.launcherfinder.errors import LaunchersFileError
from xpm_scheduler.launcherfinder.launchers_file import LaunchersFile
from xpm_scheduler.launcherfinder.specs import cpu, gpu
from xpm_scheduler.launchers.direct import DirectLauncher

Write = Callable[[str], Path]

SIMPLE = """
from xpm_scheduler.launchers.direct import DirectLauncher

HERE = DirectLauncher(max_jobs=3)

def find_launcher(requirements, tags=set()):
    return HERE
"""


def test_the_function_decides(launchers_py: Write) -> None:
    file = LaunchersFile(
        launchers_py("""
from __future__ import annotations
from dataclasses import dataclass
from xpm_scheduler.launcherfinder import HostRequirement, HostSpecification
from xpm_scheduler.launchers.direct import DirectLauncher

@dataclass
class Place:
    host: HostSpecification
    launcher: DirectLauncher

HERE = Place(HostSpecification(), DirectLauncher(max_jobs=3))

def find_launcher(requirements: HostRequirement, tags: set[str] = set()) -> DirectLauncher | None:
    if "never" in tags or not requirements.match(HERE.host):
        return None
    return HERE.launcher
""")
    )
    launcher = file.find(cpu(cores=4), set())
    assert isinstance(launcher, DirectLauncher) and launcher.max_jobs == 3
    assert file.find(cpu(), set()) is launcher
    assert file.find(gpu(), set()) is None
    assert file.find(cpu(), {"never"}) is None


def test_no_file(config_dir: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LaunchersFile(config_dir / "launchers.py").find(cpu(), set())


def test_it_is_read_again_when_it_changes(launchers_py: Write) -> None:
    path = launchers_py(SIMPLE)
    file = LaunchersFile(path)
    first = file.find(cpu(), set())
    assert file.find(cpu(), set()) is first
    status = os.stat(path)
    # The same size, within the same second: a cache of byte code would not notice.
    path.write_text(SIMPLE.replace("3", "4"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    second = file.find(cpu(), set())
    assert second is not None and second.max_jobs == 4
    assert not (path.parent / "__pycache__").exists()


def test_a_mistake_is_mended(launchers_py: Write) -> None:
    file = LaunchersFile(launchers_py("1/0"))
    modules = set(sys.modules)
    with pytest.raises(LaunchersFileError):
        file.find(cpu(), set())
    assert set(sys.modules) == modules
    launchers_py(SIMPLE)
    assert file.find(cpu(), set()) is not None
    launchers_py("oops")
    with pytest.raises(LaunchersFileError):
        file.find(cpu(), set())


def test_frames_are_those_of_the_user(launchers_py: Write) -> None:
    path = launchers_py("""
from xpm_scheduler.launcherfinder import CudaSpecification

def helper():
    return CudaSpecification("8 parsecs")

def find_launcher(requirements, tags=set()):
    return helper()
""")
    with pytest.raises(LaunchersFileError) as caught:
        LaunchersFile(path).find(cpu(), set())
    lines = [line for line in str(caught.value).splitlines() if "^^^" not in line and "~~~" not in line]
    assert lines == [
        f"{path}: find_launcher failed: ValueError: '8 parsecs' is not an amount of memory: "
        "write it as 8G, 500M or 24GB",
        f'  File "{path}", line 8, in find_launcher',
        "    return helper()",
        f'  File "{path}", line 5, in helper',
        '    return CudaSpecification("8 parsecs")',
    ]
    assert caught.value.path == str(path)


def test_frames_follow_the_file(launchers_py: Write) -> None:
    path = launchers_py("first = 1/0")
    file = LaunchersFile(path)
    with pytest.raises(LaunchersFileError, match="first = 1/0"):
        file.find(cpu(), set())
    launchers_py("second = 1/0 # longer")
    with pytest.raises(LaunchersFileError, match="second = 1/0"):
        file.find(cpu(), set())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def find_launcher(:\n", "cannot be loaded: SyntaxError: invalid syntax\n"),
        ("raise SystemExit(3)", "cannot be loaded: SystemExit: 3\n"),
        (
            "import no_such_module",
            "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'\n",
        ),
        ("def find(requirements): ...", "does not define find_launcher; write `def find_launcher("),
        ("find_launcher = 3", "does not define find_launcher"),
        ("def find_launcher(requirements): ...", "find_launcher: too many positional arguments; write"),
        ("def find_launcher(a, b, c): ...", "find_launcher: missing a required argument: 'c'; write"),
        (
            "def find_launcher(a, b): return 'x'",
            "find_launcher returned an object of type str, not a launcher",
        ),
        (
            "from xpm_scheduler.launchers.direct import DirectLauncher\n"
            "def find_launcher(a, b): return DirectLauncher",
            "find_launcher returned the class DirectLauncher; write DirectLauncher()",
        ),
        (
            "def find_launcher(a, b): raise FileNotFoundError('x')",
            "find_launcher failed: FileNotFoundError: x\n",
        ),
        ("def find_launcher(a, b): return find_launcher(a, b)", "find_launcher failed: RecursionError"),
        ("# coding: no-such-coding", "cannot be loaded: SyntaxError"),
        ("x = '\0'", "cannot be loaded: "),
    ],
)
def test_what_is_said_of_mistakes(launchers_py: Write, text: str, message: str) -> None:
    path = launchers_py(text)
    with pytest.raises(LaunchersFileError) as caught:
        LaunchersFile(path).find(cpu(), set())
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_a_syntax_error_is_shown(launchers_py: Write) -> None:
    path = launchers_py("def find_launcher(:\n")
    with pytest.raises(LaunchersFileError) as caught:
        LaunchersFile(path).find(cpu(), set())
    assert f'File "{path}", line 1\n    def find_launcher(:\n' in str(caught.value)


def test_an_interruption_passes(launchers_py: Write) -> None:
    path = launchers_py("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        LaunchersFile(path).find(cpu(), set())


def test_what_cannot_be_read(config_dir: Path) -> None:
    (config_dir / "launchers.py").mkdir()
    with pytest.raises(LaunchersFileError, match="cannot be read: Is a directory"):
        LaunchersFile(config_dir / "launchers.py").find(cpu(), set())
    (config_dir / "file").touch()
    with pytest.raises(LaunchersFileError, match="cannot be read: Not a directory"):
        LaunchersFile(config_dir / "file" / "launchers.py").find(cpu(), set())
