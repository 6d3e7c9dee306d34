"""The document is right: by its shape, by the page that uses it, and by a tool that tries what it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import xpm_web
from xpm_web import openapi
from xpm_web.api import OPERATIONS
from xpm_web.testing import Visitor

API_JS = Path(xpm_web.__file__).parent / "static" / "js" / "api.js"


def test_it_is_served(guest: Visitor) -> None:
    assert guest.api("/openapi.json") == json.loads(json.dumps(openapi.document()))


def test_every_reference_leads_somewhere() -> None:
    document = openapi.document()
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert named and named <= set(document["components"]["schemas"])


def test_what_is_in_a_path_is_described() -> None:
    for path, methods in openapi.document()["paths"].items():
        for operation in methods.values():
            in_path = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert in_path == set(re.findall(r"{(\w+)}", path))
            assert all(p["required"] for p in operation["parameters"] if p["in"] == "path")
            assert all("description" in p["schema"] for p in operation["parameters"]), operation[
                "operationId"
            ]


def test_the_page_uses_it() -> None:
    """Each operation has a function of its name in the page, but for those that share one."""
    text = API_JS.read_text(encoding="utf-8")
    shared = {"killJobs": "act", "cleanJobs": "act", "retryJobs": "act", "startService": "setService"}
    shared["stopService"] = "setService"
    for operation in OPERATIONS:
        name = shared.get(operation.name, operation.name)
        assert re.search(rf"export (const|async function) {name}\b", text), operation.name


def test_a_tool_that_tries_what_it_says(guest: Visitor, tmp_path: Path) -> None:
    pytest.importorskip("schemathesis", reason="needs schemathesis: pip install schemathesis")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run"),
        f"http://127.0.0.1:{guest.port}/api/v1/openapi.json",
        *("--header", f"Authorization: Bearer {guest.token}"),
        *(
            "--phases",
            "coverage,fuzzing",
            "--max-examples",
            "10",
            "--max-time",
            "20",
            "--request-timeout",
            "20",
        ),
        # One has no end, the other waits for something to be written.
        *("--exclude-path", "/events", "--exclude-path", "/jobs/{task_id}/{identifier}/log"),
        # Most texts are no filters.
        *("--exclude-checks", "positive_data_acceptance"),
        *("--suppress-health-check", "all", "--generation-database", "none", "--no-color", "--seed", "1"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout[:8000] + done.stderr[-2000:]
