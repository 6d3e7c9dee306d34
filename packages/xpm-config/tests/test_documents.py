"""The examples of the README and of the documentation page do what they say."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from xpm_config import ConfigurationError, read

_PACKAGE = Path(__file__).parents[1]
DOCUMENTS = {
    "README": _PACKAGE / "README.md",
    "configuration": _PACKAGE / ".." / ".." / "docs" / "configuration.md",
}

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
_FILE = re.compile(r"# ([\w/]+\.(?:yaml|py))\n")


def command(line: str, schema: type[Any]) -> str:
    """Return what `experimaestro run-experiment` prints about the configuration."""
    parser = argparse.ArgumentParser()
    parser.add_argument("yaml")
    parser.add_argument("-c", action="append", default=[])
    parser.add_argument("--pre-yaml", action="append", default=[])
    parser.add_argument("--post-yaml", action="append", default=[])
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--origin", action="store_true")
    given = parser.parse_args(shlex.split(line)[2:])
    try:
        merged = read(given.yaml, pre_yaml=given.pre_yaml, post_yaml=given.post_yaml, overrides=given.c)
        if given.show:
            return merged.show_json(origin=given.origin) + "\n"
        merged.to(schema)
    except ConfigurationError as error:
        return f"error: {error}\n"
    return ""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = DOCUMENTS[name]
    if not document.exists():
        pytest.skip(f"{document.name} is not there: the tests run without the repository")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AUTHOR", raising=False)
    namespace: dict[str, Any] = {"__name__": "document"}
    schema: Any = None
    executed = 0
    for language, text in _BLOCK.findall(document.read_text(encoding="utf-8")):
        file = _FILE.match(text)
        if file is not None:
            path = tmp_path / file[1]
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            if language == "python":
                # The documentation imports from the meta-package, which is not there when this one is alone.
                own = text.replace("from experimaestro.experiments import", "from xpm_config import")
                schema = _schema(own.replace(": ExperimentHelper", "").replace("ExperimentHelper, ", ""))
        elif language == "python":
            # Not `compile` with the flags of this module: `from __future__ import annotations` would leak.
            exec(compile(text, document.name, "exec", dont_inherit=True), namespace)
        elif language == "console":
            for line, expected in re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", text, re.M):
                assert command(line, schema) == expected
        else:
            continue
        executed += 1
    assert executed > 2


def _schema(text: str) -> Any:
    namespace: dict[str, Any] = {"__name__": "experiment"}
    exec(compile(text, "experiment.py", "exec", dont_inherit=True), namespace)
    return namespace["Configuration"]
