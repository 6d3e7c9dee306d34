"""Claims on tokens, shared by all processes and machines of a workspace: files, under a lock for each token.

    .experimaestro/tokens/DIGEST/lock         held for the moment of a change
    .experimaestro/tokens/DIGEST/state.json   {"name", "claims": {job id: {"amount", "owner"}},
                                               "line": {job id: {"owner"}}}

A claim belongs to the scheduler that made it and to the job: it is dropped when neither of the two is alive,
so that nothing that was killed keeps a token. A scheduler that leaves a running job takes its name off.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from xpm_scheduler import job_folder
from xpm_scheduler.tokens import Need, admits
from xpm_workspace.files import write_whole
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.locks import FileLock, is_held
from xpm_workspace.process import ProcessRecord

State = dict[str, dict[str, Any]]


class TokenStore:
    """Claims and releases tokens, for the jobs of one scheduler."""

    def __init__(self, workspace: WorkspaceLayout, experiment_id: str) -> None:
        """Prepare for the scheduler of an experiment, which holds that experiment's lock."""
        self._workspace = workspace
        self._me = {"experiment": experiment_id, "process": ProcessRecord.of().to_dict()}

    def claim(self, job_id: str, needs: tuple[Need, ...]) -> bool:
        """Take all that a job needs, or nothing; then it waits in line.

        Args:
            job_id: the job.
            needs: sorted by token, so that two schedulers never wait for each other's locks.

        Returns:
            Whether the job may run.
        """
        with ExitStack() as locks:
            states = []
            for need in needs:
                locks.enter_context(FileLock(self._folder(need.token) / "lock"))
                states.append(self._read(need.token))
            admitted = all(_fits(need, job_id, state) for need, state in zip(needs, states, strict=True))
            for need, state in zip(needs, states, strict=True):
                if admitted:
                    state["line"].pop(job_id, None)
                    state["claims"][job_id] = {"amount": need.amount, "owner": self._me}
                else:
                    state["line"].setdefault(job_id, {"owner": self._me})
                self._write(need.token, state)
            return admitted

    def release(self, job_id: str, needs: tuple[Need, ...]) -> None:
        """Give back what a job holds, and its place in line; no harm if it has none."""
        for need in needs:
            with FileLock(self._folder(need.token) / "lock"):
                state = self._read(need.token)
                if state["claims"].pop(job_id, None) or state["line"].pop(job_id, None):
                    self._write(need.token, state)

    def hand_over(self, job_id: str, needs: tuple[Need, ...]) -> None:
        """Let a running job keep what was claimed for it: this scheduler leaves."""
        for need in needs:
            with FileLock(self._folder(need.token) / "lock"):
                state = self._read(need.token)
                if job_id in state["claims"]:
                    state["claims"][job_id]["owner"] = None
                    self._write(need.token, state)

    def admitted(self, waiting: Mapping[str, tuple[Need, ...]]) -> list[str]:
        """Return which of the jobs that were denied would get what they need now, those first in line first.

        A hint, looked up without locks: each has to claim for itself.

        Args:
            waiting: what each of them needs.
        """
        tokens = {need.token for needs in waiting.values() for need in needs}
        states = {token: self._read(token) for token in tokens}
        lost_their_place = [
            j for j, needs in waiting.items() if any(j not in states[n.token]["line"] for n in needs)
        ]
        found: list[str] = []
        moved = True
        while moved:
            moved = False
            for state in states.values():
                first = next(iter(state["line"]), None)
                needs = waiting.get(first or "", ())
                if first is None or not needs or not all(_fits(n, first, states[n.token]) for n in needs):
                    continue
                for need in needs:
                    del states[need.token]["line"][first]
                    states[need.token]["claims"][first] = {"amount": need.amount}
                found.append(first)
                moved = True
        return [*found, *(j for j in lost_their_place if j not in found)]

    def states(self) -> dict[str, State]:
        """Return the claims and the line of each token of the workspace, by name."""
        found = {}
        root = self._workspace.tokens_dir
        for folder in sorted(root.iterdir()) if root.is_dir() else ():
            content = _load(folder / "state.json")
            if "name" in content:
                found[str(content["name"])] = self._without_the_dead(content)
        return found

    def _folder(self, token: str) -> Path:
        # A name is free text, and may be the path of a folder.
        digest = hashlib.sha256(token.encode()).hexdigest()[:16]
        folder = self._workspace.tokens_dir / digest
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _read(self, token: str) -> State:
        return self._without_the_dead(_load(self._folder(token) / "state.json"))

    def _write(self, token: str, state: State) -> None:
        content = {"name": token, **state}
        write_whole(self._folder(token) / "state.json", json.dumps(content).encode(), durable=False)

    def _without_the_dead(self, content: dict[str, Any]) -> State:
        # A line may be long, and its owners are few: each is looked at once.
        alive: dict[tuple[object, ...], bool] = {}

        def lives(owner: dict[str, Any] | None) -> bool:
            if owner is None:
                return False
            key = (owner["experiment"], *(owner["process"].get(k) for k in ("host", "pid", "start_time")))
            if key not in alive:
                alive[key] = self._alive(owner)
            return alive[key]

        return {
            "claims": {
                j: c
                for j, c in content.get("claims", {}).items()
                if lives(c["owner"]) or job_folder.runs_elsewhere(self._workspace.job_from_id(j))
            },
            "line": {j: w for j, w in content.get("line", {}).items() if lives(w["owner"])},
        }

    def _alive(self, owner: dict[str, Any]) -> bool:
        """Whether the scheduler lives: on this machine its process says so, on another its lock."""
        alive = ProcessRecord.from_dict(owner["process"]).is_alive()
        return is_held(self._workspace.experiment(owner["experiment"]).lock) if alive is None else alive


def _fits(need: Need, job_id: str, state: State) -> bool:
    claims = {j: c["amount"] for j, c in state["claims"].items()}
    return admits(need, job_id, claims, state["line"])


def _load(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
