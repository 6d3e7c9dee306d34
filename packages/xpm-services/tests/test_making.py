"""Services made again in a process that knows nothing of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from xpm_services import Service, resolve_service
from xpm_services.errors import CannotMake
from xpm_workspace.layout import RunLayout
from xpm_workspace.services import PastExperiment

BOARD = '''
from pathlib import Path
from xpm_services import Service
import helpers

class Board(Service):
    """A board."""
    id = "board"
    secret_fields = ("token",)

    def __init__(self, logs: Path, options: dict, token: str = "none"):
        self.logs, self.options, self.token = logs, options, token

    class Inner(Service):
        id = "inner"

def local():
    class Local(Service):
        id = "local"
    return Local()
'''

WRITE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import {module} as m
made = {expression}
print(json.dumps({{**made.record(), "id": made.id}}))
"""
READ = """
import json, sys
from xpm_services import resolve_service
made = resolve_service(json.loads(sys.stdin.read()))
print(type(made).__qualname__, made.id, getattr(made, "logs", None), getattr(made, "options", None),
      getattr(made, "token", None))
"""


def python(code: str, *arguments: str, input: str = "", ok: bool = True) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], input=input, capture_output=True, text=True, cwd="/"
    )
    assert (done.returncode == 0) is ok, done.stderr
    return done.stdout if ok else done.stderr.splitlines()[-1]


@pytest.fixture
def code(folder: Path) -> Path:
    """A folder with the user's modules."""
    path = folder / "code"
    package = path / "package"
    package.mkdir(parents=True)
    for module in (path / "board.py", package / "board.py"):
        module.write_text(BOARD)
    (package / "__init__.py").write_text("")
    (path / "helpers.py").write_text("")
    return path


def stored(code: Path, module: str, expression: str) -> dict[str, Any]:
    content = json.loads(python(WRITE.format(module=module, expression=expression), str(code)))
    assert isinstance(content, dict)
    return content


def made(content: dict[str, Any]) -> str:
    return python(READ, input=json.dumps(content)).strip()


@pytest.mark.parametrize("module", ["board", "package.board"])
def test_in_another_process(code: Path, module: str) -> None:
    content = stored(code, module, "m.Board(Path('/logs'), {'deep': [Path('/x')]}, token='secret')")
    assert "secret" not in json.dumps(content)
    # Nobody told the other process where the modules of the experiment are.
    assert made(content) == "Board board /logs {'deep': [PosixPath('/x')]} none"


def test_an_inner_class_and_an_id_of_its_own(code: Path) -> None:
    assert made(stored(code, "board", "m.Board.Inner()")).startswith("Board.Inner inner ")
    content = stored(code, "board", "m.Board('l', {})")
    assert made({**content, "id": "other"}).startswith("Board other l {}")


def test_one_in_a_script(code: Path) -> None:
    guarded = BOARD + (
        'if __name__ == "__main__":\n    import json\n    print(json.dumps(Board("l", {}).record()))\n'
    )
    script = code / "script.py"
    script.write_text(guarded)
    content = json.loads(
        subprocess.run([sys.executable, str(script)], capture_output=True, check=True).stdout
    )
    assert content["class"] == "__main__:Board"
    assert made(content) == "Board board l {} none"
    script.write_text(BOARD + "raise SystemExit('the experiment runs')")
    message = python(READ, input=json.dumps(content), ok=False)
    assert "runs the experiment when it is imported" in message and str(script) in message
    script.unlink()
    assert "gone" in python(READ, input=json.dumps(content), ok=False)


TWO = """
import json, sys
from xpm_services import resolve_service
for line in sys.stdin:
    print(resolve_service(json.loads(line)).logs)
"""


def test_two_experiments_with_modules_of_the_same_name(code: Path, tmp_path: Path) -> None:
    other = tmp_path / "other code"
    other.mkdir()
    (other / "board.py").write_text(BOARD.replace("self.logs,", "self.logs = 'other'; _,"))
    (other / "helpers.py").write_text("")
    lines = [
        json.dumps(stored(folder, "board", "m.Board('mine', {})")) for folder in (code, other, code, other)
    ]
    assert python(TWO, input="\n".join(lines)).split() == ["mine", "other", "mine", "other"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "not stored which class"),
        ({"class": "no.such.module:X"}, "no.such.module:X cannot be imported: ModuleNotFoundError"),
        ({"class": "json:Nothing"}, "json:Nothing cannot be imported: AttributeError"),
        ({"class": "json:JSONDecoder"}, "json:JSONDecoder is not a Service"),
        ({"class": "x:f.<locals>.X"}, "local to a function"),
        ({"class": "__main__:X"}, "interactive session or a script that is gone"),
        (
            {"class": "x:X", "not_storable": "a is a set"},
            r"not all stored \(a is a set\): define `state_dict`",
        ),
        ({"class": 3}, "not stored which class"),
        ({"class": "json:X", "python_path": 3, "file": 4, "arguments": 5}, "cannot be imported"),
    ],
)
def test_what_cannot_be_made(content: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotMake, match=message):
        resolve_service(content)


def test_a_secret_that_is_needed(code: Path) -> None:
    content = stored(code, "board", "m.Board(Path('/logs'), {})")
    del content["arguments"]["logs"]
    message = python(READ, input=json.dumps(content), ok=False)
    assert "cannot be made again (not stored: token)" in message and "'logs'" in message


class Here(Service):
    """A service of this module.

    More about it.
    """

    id = "here"

    def __init__(self, where: Path, *, many: tuple[Path, ...] = ()) -> None:
        self.where, self.many = where, many


class Custom(Service):
    id = "custom"

    def __init__(self, thing: object) -> None:
        self.thing = thing

    def state_dict(self) -> dict[str, Any]:
        return {"thing": "stored"}


def test_from_state_dict() -> None:
    service = Here(Path("/a"), many=(Path("/b"),))
    assert service.state_dict() == {"where": Path("/a"), "many": (Path("/b"),)}
    again = Service.from_state_dict(Here, service.state_dict(), lambda path: f"/moved{path}")
    assert isinstance(again, Here) and (again.where, again.many) == (Path("/moved/a"), (Path("/moved/b"),))
    with pytest.raises(CannotMake, match=r"Here cannot be made again: .*missing 1 required"):
        Service.from_state_dict(Here, {})
    with pytest.raises(CannotMake, match="not a Service"):
        Service.from_state_dict("json:JSONDecoder", {})
    assert isinstance(Service.from_state_dict("xpm_services:Service", {}), Service)


def test_a_state_dict_of_ones_own() -> None:
    assert Custom(object()).record()["arguments"] == {"thing": "stored"}
    assert "not_storable" in type("Plain", (Custom,), {"state_dict": Service.state_dict})(object()).record()


def test_what_the_class_says_about_itself() -> None:
    assert Here(Path()).description() == "A service of this module."
    assert Custom(1).description() == "Custom"
    assert repr(Here(Path())) == "<Here 'here' STOPPED>"


def test_a_wrong_call_is_the_constructors_to_refuse() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'where'"):
        Here()  # type: ignore[call-arg]


def test_where_its_logs_are(run: RunLayout) -> None:
    service = Here(Path())
    lost = service.stdout
    assert lost.parent.is_dir() and not lost.is_relative_to(run.path)
    service = Here(Path())
    service.set_experiment(PastExperiment(run))
    assert (service.stdout, service.stderr) == (
        run.service_dir("here") / "out",
        run.service_dir("here") / "err",
    )
    assert service.stdout.parent.is_dir()


def test_a_single_secret_may_be_a_text() -> None:
    class Secret(Service):
        id = "secret"
        secret_fields = "token"

        def __init__(self, token: str, to: str) -> None:
            pass

    assert Secret("t", "somewhere").record()["arguments"] == {"to": "somewhere"}
