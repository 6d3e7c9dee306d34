"""The host that launched a run: on disk, in the database, in the list, and after a resync."""

from __future__ import annotations

import json
import socket
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Here, Project

EXPERIMENT = """
import sys
from experimaestro import Param, Task

class Count(Task):
    number: Param[int]

    def execute(self):
        sys.exit(self.number % 2)

def run(helper, cfg):
    print(helper.xp.hostname)
    for number in range(10):
        Count.C(number=number).submit()
"""


def in_database(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [host for (host,) in connection.execute("SELECT hostname FROM runs")]


def test_the_hostname(project: Project, here: Here) -> None:
    project.write("experiment.py", EXPERIMENT)
    project.write("full.yaml", "id: my-experiment\n")
    host = socket.gethostname()
    assert here.run("full.yaml", code=1).stdout == f"{host}\n"

    informations = json.loads((project.workdir / "xp/my-experiment/informations.json").read_text())
    assert [run["hostname"] for run in informations["runs"].values()] == [host]

    def listed() -> str:
        return here.command("experiments", "list", "--workdir", str(project.workdir)).stdout

    assert listed() == f"my-experiment [{host}] (5/10 jobs)\n"
    [database] = (project.workdir / ".experimaestro").glob("*.db")
    assert in_database(database) == [host]

    # Preserved during a resync, and when the database is lost.
    here.command("experiments", "sync", "--full", "--workdir", str(project.workdir))
    assert in_database(database) == [host]
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()
    here.command("experiments", "sync", "--workdir", str(project.workdir))
    assert in_database(database) == [host]
    assert listed() == f"my-experiment [{host}] (5/10 jobs)\n"


def test_the_host_of_the_latest_run_is_listed(project: Project, here: Here) -> None:
    """A workspace shared between machines: the other one has run the experiment before."""
    project.write("experiment.py", "def run(helper, cfg): pass")
    project.write("full.yaml", "id: my-experiment\n")
    here.run("full.yaml")
    file = project.workdir / "xp/my-experiment/informations.json"
    file.write_text(file.read_text().replace(f'"{socket.gethostname()}"', '"hostname.local"'))
    here.command("experiments", "sync", "--full", "--workdir", str(project.workdir))
    listing = ("experiments", "list", "--workdir", str(project.workdir))
    assert here.command(*listing).stdout == "my-experiment [hostname.local] (0/0 jobs)\n"
    here.run("full.yaml")
    assert here.command(*listing).stdout == f"my-experiment [{socket.gethostname()}] (0/0 jobs)\n"
