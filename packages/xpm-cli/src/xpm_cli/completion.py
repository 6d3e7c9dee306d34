"""What a shell completes: experiments, jobs, workspaces, read from the names of folders.

The index is left alone: it may need building, and somebody waits for the answer with a finger on the tab key.
For the same reason nothing that goes wrong here is told.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from xpm_workspace.layout import WorkspaceLayout

#: How many values are offered at most.
_LIMIT = 200
#: How many folders are looked at for one task.
_LOOKED_AT = 2_000

Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def _quietly(names: Callable[[click.Context, str], Iterator[str]]) -> Completer:
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        with contextlib.suppress(Exception):
            return [CompletionItem(name) for name in islice(names(ctx, incomplete), _LIMIT)]
        return []

    return complete


def _experiments(ctx: click.Context, incomplete: str) -> Iterator[str]:
    layout = _layout(ctx)
    for folder in (layout.experiments_dir, layout.old_experiments_dir):
        yield from sorted(_folders(os.fspath(folder), incomplete))


def _jobs(ctx: click.Context, incomplete: str) -> Iterator[str]:
    jobs_dir = os.fspath(_layout(ctx).jobs_dir)
    task, slash, identifier = incomplete.partition("/")
    tasks = [task] if slash else sorted(_folders(jobs_dir, task))[:_LIMIT]
    # Each task has its share: the shell completes what all values have in common, and would otherwise believe
    # that there is but the first task.
    share = max(2, _LIMIT // max(1, len(tasks)))
    for name in tasks:
        if name.startswith(".") or os.path.islink(os.path.join(jobs_dir, name)):
            continue
        found = sorted(islice(_folders(os.path.join(jobs_dir, name), identifier), _LOOKED_AT))
        yield from (f"{name}/{job}" for job in _spread(found, share))


def _workspaces(ctx: click.Context, incomplete: str) -> Iterator[str]:
    from xpm_cli.workspace_options import chosen_settings

    for workspace in chosen_settings(ctx).workspaces:
        if workspace.id.startswith(incomplete):
            yield workspace.id


def _actions(ctx: click.Context, incomplete: str) -> Iterator[str]:
    """The actions of the experiment that was named, from the names of its latest run."""
    from xpm_workspace.informations import read_informations

    experiment = _layout(ctx).experiment(str(ctx.params["experiment"]))
    run_id = ctx.params.get("run_id") or read_informations(experiment).current_run
    with open(experiment.run(str(run_id)).objects, encoding="utf-8") as lines:
        for line in lines:
            if '"action"' in line:
                name = json.loads(line).get("action")
                if isinstance(name, str) and name.startswith(incomplete):
                    yield name


def _spread(names: list[str], count: int) -> list[str]:
    """Some of the names, with the first and the last one."""
    if len(names) <= count:
        return names
    return [names[number * (len(names) - 1) // (count - 1)] for number in range(count)]


def _folders(path: str, prefix: str) -> Iterator[str]:
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        for entry in entries:
            hidden = entry.name.startswith(".") or not entry.name.isprintable()
            if entry.name.startswith(prefix) and not hidden and entry.is_dir(follow_symlinks=False):
                yield entry.name


def _layout(ctx: click.Context) -> WorkspaceLayout:
    from xpm_cli.workspace_options import chosen_layout

    return chosen_layout(ctx=ctx)


#: For `click.option(shell_complete=...)` and `click.argument(shell_complete=...)`.
complete_experiments: Completer = _quietly(_experiments)
complete_jobs: Completer = _quietly(_jobs)
complete_actions: Completer = _quietly(_actions)
complete_workspaces: Completer = _quietly(_workspaces)
