"""`refactor default-values`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xpm_cli.refactor.rewriting import Unreadable, rewrite

if TYPE_CHECKING:
    from conftest import Command

MODULE = '''
from dataclasses import field as other
from xpm_tasks import (
    Config,
    Meta, Param,
)

def own():
    return None

class Model(Config):
    """Été."""
    a: Param[int] = 1; b: Param[str] = "é"  # two
    c: Param[tuple[int, int]] = 1, 2
    d: "Param[int]" = (
        3  # three
    )
    e: Meta[dict[str, int]] = {"a": 1,
        "b": 2}
    f: Param[int]
    g: Param[list[int]] = list((1, 2))

class Other(Config):
    model: Param[Model] = Model.C(f=1)

print(Other.C().__identifier__().hex(), Model.C(f=2).__identifier__().hex(), Model.C(f=2, a=5).c)
'''


def run(path: Path, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, *options, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def test_identifiers_stay(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "l'été #1" / "tasks.py"
    path.parent.mkdir()
    path.write_text(MODULE)
    path.chmod(0o751)
    before = run(path)
    result = command("refactor", "default-values", path.parent)
    assert result.code == 0 and result.err.startswith("7 defaults in 1 file; nothing was changed")
    assert path.read_text() == MODULE
    assert command("refactor", "default-values", path, "--perform").out == result.out
    assert path.stat().st_mode & 0o777 == 0o751
    assert run(path, "-W", "error::DeprecationWarning") == before
    assert command("refactor", "default-values", path, "--perform").err == "0 defaults in 0 files rewritten\n"
    assert list(path.parent.glob(".*")) == []


def test_the_diff_is_a_patch(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "tasks.py"
    path.write_text("from xpm_tasks import Param\nclass A:\n    x: Param[int] = 1\n")
    out = command("refactor", "default-values", path).out
    assert out.startswith(f"--- {path}\n+++ {path}\n")
    assert "-    x: Param[int] = 1\n+    x: Param[int] = field(default=1, ignore_default=True)\n" in out
    assert "+from xpm_tasks import field\n" in out


IMPORT = "from xpm_tasks import Param, field\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("field(ignore_default=2)", "field(default=2, ignore_default=True)"),
        ("field(help='x', ignore_default=True)", "field(help='x', default=True, ignore_default=True)"),
        ("-1", "field(default=-1, ignore_default=True)"),
        ("A.b", "field(default=A.b, ignore_default=True)"),
        ("lambda: 1", "field(default=lambda: 1, ignore_default=True)"),
        ("Path('x')", "field(default=Path('x'), ignore_default=True)"),
        ("a if b else c", "field(default=a if b else c, ignore_default=True)"),
    ],
)
def test_forms(before: str, after: str) -> None:
    text = IMPORT + "class A:\n    x: Param[int] = {}  # stays\n"
    done = rewrite(text.format(before).encode())
    assert done.source.decode() == text.format(after)
    assert (done.number, done.doubtful) == (1, [])
    assert rewrite(done.source).number == 0


@pytest.mark.parametrize(
    "line",
    [
        "x: Param[int]",
        "x: Param[int] = field(default=1)",
        "x: Param[int] = field(default=1, ignore_default=True)",
        "x: Param[int] = field(default_factory=f, ignore_default=True)",
        "x: Param[int] = field(**options, ignore_default=1)",
        "x: Constant[int] = 1",
        "x: int = 1",
        "x: 'not python' = 1",
        "x = 1",
    ],
)
def test_what_stays(line: str) -> None:
    source = (IMPORT + f"class A:\n    {line}\n").encode()
    assert rewrite(source) == (source, 0, [])


@pytest.mark.parametrize(
    ("head", "call", "added"),
    [
        ("import experimaestro as x\nParam = x.Param\n", None, ""),
        ("from experimaestro import *\nfrom experimaestro import Param\n", "field", ""),
        ("from experimaestro import Param, field as f\n", "f", ""),
        ("from experimaestro import Param\n", "field", "from experimaestro import field\n"),
        (
            "from dataclasses import field\nfrom experimaestro import Param\n",
            "xpm_field",
            "from experimaestro import field as xpm_field\n",
        ),
        ("from experimaestro.core import Param\r\n", "field", "from experimaestro.core import field\r\n"),
        (
            "def field(): ...\nfrom .a import Param\n",
            "xpm_field",
            "from experimaestro import field as xpm_field\n",
        ),
    ],
)
def test_imports(head: str, call: str | None, added: str) -> None:
    source = f"{head}class A:\n    x: Param[int] = 1\n".encode()
    if call is None:
        with pytest.raises(Unreadable, match="where Param comes from"):
            rewrite(source)
        return
    line = f"class A:\n    x: Param[int] = {call}(default=1, ignore_default=True)\n"
    assert rewrite(source).source.decode() == head + added + line


def test_a_module_in_front(tmp_path: Path) -> None:
    done = rewrite(b"import experimaestro as x\nclass A:\n    a: x.Param[int] = 1")
    assert done.source.endswith(b"a: x.Param[int] = x.field(default=1, ignore_default=True)")


def test_what_is_left_alone(tmp_path: Path, command: Command) -> None:
    broken, latin, call = tmp_path / "a.py", tmp_path / "b.py", tmp_path / "c.py"
    broken.write_text("class A(:\n")
    latin.write_bytes("# -*- coding: latin-1 -*-\n# é\n".encode("latin-1"))
    call.write_text(IMPORT + "class A:\n    x: Param[int] = own()\n")
    before = [path.read_bytes() for path in (broken, latin, call)]
    result = command("refactor", "default-values", tmp_path, "--perform")
    assert result.code == 1 and result.out == "" and "Traceback" not in result.err
    assert f"{broken} is left alone: it cannot be read" in result.err
    assert f"{latin} is left alone" in result.err and f"{call}:3 is left alone" in result.err
    assert [path.read_bytes() for path in (broken, latin, call)] == before
    assert command("refactor", "default-values").code == 2
    assert command("refactor", "default-values", tmp_path / "nothing.py").code == 2
