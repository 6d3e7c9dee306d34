"""`experimaestro tokens`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from xpm_cli.lazy import LazyGroup
from xpm_cli.output import json_option, print_json, print_table, shown_id
from xpm_cli.workspace_options import chosen_layout, workspace_options

if TYPE_CHECKING:
    from xpm_scheduler.token_store import State


@click.group(cls=LazyGroup)
@workspace_options
def tokens() -> None:
    """Look at the tokens: what the jobs of a workspace share, a few at a time."""


@tokens.command("list")
@workspace_options
@json_option
def list_tokens(as_json: bool) -> None:
    """List the tokens, the jobs that hold some of them, and those that wait in line.

    In a pipe: one line a job, separated by tabs: token, how much it holds (or `waits`), job, experiment.
    """
    from xpm_scheduler.token_store import TokenStore

    states = TokenStore(chosen_layout().require(), "tokens list").states()
    if as_json:
        print_json([_record(name, state) for name, state in states.items()])
        return
    print_table(
        ("token", "holds", "job", "experiment"),
        [
            (name, str(user["amount"] or "waits"), shown_id(user["job_id"]), user["experiment_id"] or "")
            for name, state in states.items()
            for user in _users(state)
        ],
    )


def _record(name: str, state: State) -> dict[str, Any]:
    users = _users(state)
    return {"token": name, "held": sum(user["amount"] for user in users), "jobs": users}


def _users(state: State) -> list[dict[str, Any]]:
    """Who holds the token, then who waits for it, in order; a job may have been left by its scheduler."""
    return [
        {
            "job_id": job_id,
            "amount": user.get("amount", 0),
            "experiment_id": (user["owner"] or {}).get("experiment"),
        }
        for job_id, user in [*state["claims"].items(), *state["line"].items()]
    ]
