"""Brings the jobs of the index in line with the job folders."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

import msgspec

from xpm_workspace.fold import Evidence, JobStory, SchedulerView, conclude
from xpm_workspace.index.database import Database
from xpm_workspace.index.look import has_news, holds_lock, look_at
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.lifecycle import JobState
from xpm_workspace.names import JobFiles, is_job_id, task_name
from xpm_workspace.times import seconds_at

#: A folder that changed less than this before it was listed may change again without its time telling.
_RACY_NS = 2_000_000_000

#: The first columns of `job_memory` and `update_job` are what people see; the others say where to go on.
_VISIBLE = 15

#: Order of the states for people: what goes on first, then what went wrong.
_RANKS = {
    JobState.RUNNING: 0,
    JobState.SCHEDULED: 1,
    JobState.READY: 2,
    JobState.WAITING: 3,
    JobState.ERROR: 4,
    JobState.DONE: 5,
    JobState.UNSCHEDULED: 6,
}

_stories = msgspec.json.Decoder(JobStory)


class JobSync:
    """Looks at jobs, and writes what is concluded. All methods run inside a transaction of the caller."""

    def __init__(self, database: Database, workspace: WorkspaceLayout, *, network: bool = False) -> None:
        """Prepare; `network` says that other machines write into the workspace."""
        self._database = database
        self._network = network
        self._jobs_dir = str(workspace.jobs_dir)
        self._names: dict[str, JobFiles] = {}
        #: Where the walks over known folders and over active jobs go on next time.
        self._next_folder = 0
        self._next_probe = 0
        self._walked = False

    def fold(self, job_ids: Iterable[str], revision: int) -> None:
        """Look at jobs and store what they are now."""
        for job_id in job_ids:
            self._fold_one(job_id, revision)

    def key_of(
        self,
        job_id: str,
        revision: int,
        *,
        state: JobState = JobState.UNSCHEDULED,
        home_run: int | None = None,
        submitted_at: float | None = None,
    ) -> int | None:
        """Return the key of a job, adding it if needed; `None` for an id that cannot be one.

        Args:
            job_id: the job.
            revision: of the index.
            state: what a new job is in all likelihood. `fold` knows better; where it finds the same, there is
                nothing to change in the many orders that the index keeps.
            home_run: for a new job, the run that submitted it.
            submitted_at: when, in seconds since the epoch.
        """
        found = self._database.row("job_key", job_id=job_id)
        if found:
            return int(found[0])
        if not is_job_id(job_id):
            return None
        task_id = job_id.partition("/")[0]
        self._database.run("delete_removal", kind="job", id=job_id)
        return self._database.run(
            "add_job",
            job_id=job_id,
            task_id=task_id,
            name=task_name(task_id),
            state=state.value,
            rank=_RANKS[state],
            home_run=home_run,
            submitted_at=submitted_at,
            changed=revision,
        )

    def _fold_one(self, job_id: str, revision: int) -> None:
        row = self._database.row("job_memory", job_id=job_id)
        if row is None:
            if self.key_of(job_id, revision) is None:
                return
            row = self._database.row("job_memory", job_id=job_id)
            assert row is not None
        key, before, cursor, story = row[0], row[1:-1], row[-3], _stories.decode(row[-2])
        folder, names = f"{self._jobs_dir}/{job_id}", self._names_of(job_id)
        views = self._database.rows("job_views", job=key)
        # Not the keys, but the names decide between equals: the keys depend on who was seen first.
        home = max(views, key=lambda view: (view[1] or 0.0, *view[-2:]), default=None)
        home_run, submitted_at = home[:2] if home else (None, None)
        # (A client of a network file system may believe for long that a folder has not changed.)
        if not self._network and _is_done_for_good(folder, before):
            # What the runs say does not matter any more, but for which of them is the latest.
            after = (*before[:3], home_run, submitted_at, *before[5:])
            self._store(key, before, after, row[-1], revision)
            return
        look = look_at(folder, names, story, cursor, lock_first=self._network)
        if not look.folder and not views:
            self._database.run("delete_job", key=key)
            self._database.run("add_removal", kind="job", id=job_id, changed=revision)
            return
        view = _scheduler_view(views)
        facts = conclude(
            Evidence(
                folder=look.folder,
                marker=look.marker,
                alive=look.alive,
                process=look.process,
                story=look.story,
                view=view,
                transient=home[2] if home else "NONE",
            )
        )
        after = (
            facts.status.state.value,
            _RANKS[facts.status.state],
            facts.status.reason.value if facts.status.reason else None,
            home_run,
            submitted_at,
            seconds_at(facts.started_at),
            seconds_at(facts.ended_at),
            msgspec.json.encode(facts.progress).decode() if facts.progress else None,
            facts.exit_code,
            facts.message,
            facts.peak_memory_bytes,
            facts.cpu_time_s,
            facts.attempts,
            facts.host,
            int(look.folder),
            _settled(look.mtime_ns),
            # A job that is done is hardly ever looked at again; then its journal is read from the start.
            *(
                ("", "{}")
                if facts.status.state is JobState.DONE
                else (look.cursor, _encode_story(look.story))
            ),
        )
        self._store(key, before, after, row[-1], revision)

    def _store(
        self, key: int, before: tuple[Any, ...], after: tuple[Any, ...], changed: int, revision: int
    ) -> None:
        if after != before:
            news = after[:_VISIBLE] != before[:_VISIBLE]
            self._database.run_positional("update_job", (*after, revision if news else changed, key))

    def _names_of(self, job_id: str) -> JobFiles:
        task_id = job_id.partition("/")[0]
        names = self._names.get(task_id)
        if names is None:
            names = self._names[task_id] = JobFiles.of_task(task_id)
        return names

    def changed_folders(self, *, deep: bool) -> set[str]:
        """Return the jobs whose folders came, went, or (with `deep`) changed.

        Without `deep`, only task folders that changed are listed, so that the cost does not depend on the
        number of jobs.
        """
        self._walked |= deep
        touched: set[str] = set()
        known = dict(self._database.rows("task_folders"))
        for task_id, found in _task_folders(self._jobs_dir):
            if known.pop(task_id, None) != found.st_mtime_ns or deep:
                touched |= self._list_deep(task_id) if deep else self._list_new(task_id, found.st_nlink)
                mtime_ns = _settled(found.st_mtime_ns)
                if mtime_ns is not None:
                    self._database.run("set_task_folder", task_id=task_id, mtime_ns=mtime_ns)
        for task_id in known:
            touched.update(row[0] for row in self._database.rows("folders_of_task", task_id=task_id))
            self._database.run("delete_task_folder", task_id=task_id)
        return touched

    def _list_new(self, task_id: str, link_count: int) -> set[str]:
        """Return the jobs of a task whose folders came or went.

        Counting is much cheaper than comparing, and most file systems count subfolders as links. One folder
        gone and another come between two looks would be missed here; the slow walk of `some_folders` sees it.
        """
        row = self._database.row("count_folders", task_id=task_id)
        count = row[0] if row else 0
        if link_count == count + 2:
            return set()
        names = self._list(task_id)
        if len(names) == count:
            return set()
        known = {row[0] for row in self._database.rows("folders_of_task", task_id=task_id)}
        return known.symmetric_difference(names)

    def _list_deep(self, task_id: str) -> set[str]:
        """Return the jobs of a task whose folders came, went, or changed."""
        names = set(self._list(task_id))
        known = dict(self._database.rows("folders_of_task", task_id=task_id))
        changed = {job_id for job_id in names & known.keys() if self._is_newer(job_id, known[job_id])}
        return names.symmetric_difference(known) | changed

    def _list(self, task_id: str) -> list[str]:
        try:
            names = os.listdir(f"{self._jobs_dir}/{task_id}")
        except OSError:
            return []
        return [f"{task_id}/{name}" for name in names if _is_shown(name)]

    def some_folders(self, limit: int) -> set[str]:
        """Return those of the next few known folders that changed; over many calls, all are looked at.

        Those whose time says nothing yet are left for a later call: each job that ends is such a one. Not so
        by the first call: there may be no other, and what somebody has just done must be seen.
        """
        young_too, self._walked = not self._walked, True
        rows = self._database.rows("some_folders", after=self._next_folder, limit=limit)
        self._next_folder = rows[-1][0] if len(rows) == limit else 0
        return {job for _, job, mtime_ns in rows if self._is_newer(job, mtime_ns, young_too=young_too)}

    def active_jobs(self, limit: int) -> set[str]:
        """Return the active jobs that have news, or (of the next few) whose process has gone."""
        rows = self._database.rows("active_jobs")
        touched = set()
        first, count = self._next_probe, len(rows)
        for number, (job_id, mtime_ns, cursor, state) in enumerate(rows):
            folder, names = f"{self._jobs_dir}/{job_id}", self._names_of(job_id)
            probed = state == "RUNNING" and (number - first) % count < limit
            if has_news(folder, names, mtime_ns, cursor) or (probed and not holds_lock(folder, names)):
                touched.add(job_id)
        self._next_probe = (first + limit) % count if count else 0
        return touched

    def _is_newer(self, job_id: str, mtime_ns: int | None, *, young_too: bool = True) -> bool:
        try:
            found_ns = os.stat(f"{self._jobs_dir}/{job_id}").st_mtime_ns
        except OSError:
            return True
        if mtime_ns is None and not young_too:
            return not 0 <= time.time_ns() - found_ns <= _RACY_NS
        return found_ns != mtime_ns


def _is_done_for_good(folder: str, before: tuple[Any, ...]) -> bool:
    """Whether a job was done when it was last looked at, and nothing was put in its folder or taken since.

    Its marker is in that folder: it would have to go before anything else could be concluded.
    """
    state, mtime_ns = before[0], before[-3]
    try:
        return state == "DONE" and mtime_ns is not None and os.stat(folder).st_mtime_ns == mtime_ns
    except OSError:
        return False


def _is_shown(name: str) -> bool:
    """Whether a folder may be a task or a job; quicker than `names.is_name`. What is no text is not."""
    return name[0] != "." and name.isprintable()


def _settled(mtime_ns: int | None) -> int | None:
    """Return a modification time if a later change is sure to give another one."""
    return mtime_ns if mtime_ns is not None and time.time_ns() - mtime_ns > _RACY_NS else None


def _encode_story(story: JobStory) -> str:
    return msgspec.json.encode(story).decode()


def _task_folders(jobs_dir: str) -> list[tuple[str, os.stat_result]]:
    try:
        with os.scandir(jobs_dir) as entries:
            return [
                (entry.name, entry.stat()) for entry in entries if _is_shown(entry.name) and entry.is_dir()
            ]
    except OSError:
        return []


def _scheduler_view(views: list[tuple[Any, ...]]) -> SchedulerView | None:
    for _, _, _, state, reason, at, attempt, alive, *_ in views:
        if state is not None:
            return SchedulerView(
                state=state, reason=reason, at=_moment(at), attempt=attempt, alive=bool(alive)
            )
    return None


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)
