"""What editors see: pyright and mypy agree on right and wrong uses, and completion shows the parameters."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).parent / "cases" / "typing.py.txt"
LINES = CASES.read_text().splitlines()
WRONG = {number for number, line in enumerate(LINES, 1) if line.endswith("# E")}


def require(name: str) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """The cases in a folder of their own, without the settings of this repository."""
    path = tmp_path / "cases.py"
    shutil.copy(CASES, path)
    return path


def explain(found: set[int]) -> str:
    missed = [f"not reported: {number}: {LINES[number - 1]}" for number in sorted(WRONG - found)]
    wrong = [f"reported: {number}: {LINES[number - 1]}" for number in sorted(found - WRONG)]
    return "\n".join(missed + wrong)


def test_there_are_enough_cases() -> None:
    right = [line for line in LINES if re.match(r"\S", line) and "(" in line and not line.endswith("# E")]
    assert len(WRONG) >= 60 and len(right) >= 50


def test_mypy(cases: Path) -> None:
    require("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context"]
    result = subprocess.run(
        [*command, "--cache-dir", str(cases.parent / "cache"), "--config-file", "", cases.name],
        capture_output=True, text=True, check=False, cwd=cases.parent,
    )  # fmt: skip
    assert result.stderr == ""
    found = {int(line.split(":")[1]) for line in result.stdout.splitlines() if ": error:" in line}
    assert not explain(found), result.stdout


def test_pyright(cases: Path) -> None:
    require("pyright")
    result = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", cases.name],
        capture_output=True, text=True, check=False, cwd=cases.parent,
    )  # fmt: skip
    report = json.loads(result.stdout)
    errors = [item for item in report["generalDiagnostics"] if item["severity"] == "error"]
    found = {item["range"]["start"]["line"] + 1 for item in errors}
    assert not explain(found), result.stdout


class LanguageServer:
    """Just enough of an editor to ask pyright for completions."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pyright.langserver", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.next_id = 0
        self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": folder.as_uri(),
                "workspaceFolders": [{"uri": folder.as_uri(), "name": "cases"}],
                "capabilities": {"workspace": {"configuration": True}},
            },
        )
        self.send({"method": "initialized", "params": {}})

    def send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message

    def request(self, method: str, params: dict[str, Any]) -> Any:
        self.next_id += 1
        self.send({"id": self.next_id, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == self.next_id and "method" not in message:
                return message["result"]
            if "id" in message:  # a question of the server: the settings, mostly
                items = message.get("params", {}).get("items", [])
                settings = {"pythonPath": sys.executable, "analysis": {}}
                answer = [settings if item.get("section") == "python" else {} for item in items]
                self.send({"id": message["id"], "result": answer})

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def test_completion(tmp_path: Path) -> None:
    require("pyright")
    source = (
        "from xpm_tasks import Config, Param, Meta, field\n"
        "class Model(Config):\n"
        "    layers: Param[int]\n"
        "    dropout: Param[float] = field(default=0.1)\n"
        "    device: Meta[str] = field(default='cpu')\n"
        "model = Model.C(layers=1)\n"
        "model.layers\n"
        "Model.C("
    )
    path = tmp_path / "case.py"
    path.write_text(source)
    server = LanguageServer(tmp_path)
    try:
        document = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": source}
        server.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        where = {"textDocument": {"uri": path.as_uri()}}
        help_ = server.request(
            "textDocument/signatureHelp", {**where, "position": {"line": 7, "character": 8}}
        )
        names = server.request("textDocument/completion", {**where, "position": {"line": 7, "character": 8}})
        members = server.request(
            "textDocument/completion", {**where, "position": {"line": 6, "character": 6}}
        )
    finally:
        server.close()
    (signature,) = help_["signatures"]
    assert "layers: int" in signature["label"] or "layers: Param[int]" in signature["label"]
    assert "dropout" in signature["label"] and "device" in signature["label"]
    assert {"layers=", "dropout=", "device="} <= {item["label"] for item in names["items"]}
    assert {"layers", "dropout", "device", "instance", "tags"} <= {item["label"] for item in members["items"]}
