"""`tokens`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xpm_scheduler.token_store import TokenStore
from xpm_scheduler.tokens import Need

if TYPE_CHECKING:
    from conftest import Command, Sample


def test_who_holds_what(sample: Sample, command: Command) -> None:
    store = TokenStore(sample.layout, "my-experiment")
    token = Need(token="gpu memory", amount=3, capacity=4)
    assert store.claim(sample.done.job_id, (token,))
    assert not store.claim(sample.failed.job_id, (token,))
    words = ["--workdir", sample.layout.root]
    assert command("tokens", "list", *words).rows == [
        ["gpu memory", "3", sample.done.job_id, "my-experiment"],
        ["gpu memory", "waits", sample.failed.job_id, "my-experiment"],
    ]
    assert command(*words, "tokens", "list", "--json").json == [
        {
            "token": "gpu memory",
            "held": 3,
            "jobs": [
                {"job_id": sample.done.job_id, "amount": 3, "experiment_id": "my-experiment"},
                {"job_id": sample.failed.job_id, "amount": 0, "experiment_id": "my-experiment"},
            ],
        }
    ]
    store.release(sample.done.job_id, (token,))
    store.release(sample.failed.job_id, (token,))
    assert command("tokens", "list", *words).out == ""


def test_a_workspace_without_tokens(sample: Sample, command: Command) -> None:
    assert command("tokens", "list", "--workdir", sample.layout.root) == (0, "", "")
    assert command("tokens", "list", "--workdir", sample.layout.root, "--json").json == []
    assert command("tokens", "list", "--workdir", sample.layout.root / "nothing").code == 2
    assert command("tokens", "lst").err == "error: no such command 'lst'; did you mean 'list'?\n"
