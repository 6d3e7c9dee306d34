"""Checks locks, markers, journals, runs and the index on a network file system, mounted twice as two machines
would.

Usage: nfs_workspace.py MOUNT_A MOUNT_B     (both show the same folder; no cache may be shared between them)
Prints one JSON line; the findings are in docs/disk-format.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from xpm_workspace.index.location import file_system, locate
from xpm_workspace.informations import read_informations
from xpm_workspace.journal import read_events
from xpm_workspace.journal_writer import JournalWriter
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.locks import FileLock, is_held
from xpm_workspace.markers import read_final_marker, read_marker, write_done
from xpm_workspace.monitor import LocalMonitor

HOLD = """
import sys
from xpm_workspace.locks import FileLock
lock = FileLock(sys.argv[1])
print("held" if lock.acquire() else "refused", flush=True)
sys.stdin.readline()
"""
CONTEND = """
import sys
from xpm_workspace.locks import FileLock
won = 0
for round in range(int(sys.argv[2])):
    sys.stdin.readline()
    lock = FileLock(f"{sys.argv[1]}.{round}")
    print("won" if lock.acquire() else "lost", flush=True)
sys.stdin.readline()  # the end of this process would free the last lock
"""
SCHEDULE = """
import sys
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import ExperimentLock, create_run
from xpm_workspace.testing import make_job
workspace = WorkspaceLayout(sys.argv[1])
lock = ExperimentLock(workspace.experiment("xp"))
lock.acquire()
run = create_run(workspace, "xp", hostname="machine-a")
run.record_jobs([{"job": make_job(workspace, "t", "1" * 64).job_id}, {"job": "t/waits"}])
print("ready", flush=True); sys.stdin.readline()
run.record_states([{"job": "t/waits", "state": "WAITING"}])
print("told", flush=True); sys.stdin.readline()
run.end("done")
lock.release()
print("ended", flush=True); sys.stdin.readline()
"""
CREATE = """
import sys
from xpm_workspace.layout import WorkspaceLayout
from xpm_workspace.runs import create_run
for _ in range(10):
    create_run(WorkspaceLayout(sys.argv[1]), "many").end("done")
"""


def child(code: str, *args: object) -> subprocess.Popen[str]:
    """Start Python code in another process."""
    command = [sys.executable, "-c", code, *map(str, args)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    """Return its next line."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str]) -> None:
    """Let it go on."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def wait_until(condition: Callable[[], object], limit_s: float = 90) -> float | None:
    """Return after how many seconds something became true; `None` if it never did."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > limit_s:
            return None
        time.sleep(0.02)
    return round(time.monotonic() - start, 2)


def check_locks(a: Path, b: Path) -> dict[str, object]:
    """One owner between the mounts, free when the owner is killed, and not disturbed by probes."""
    (a / "locks").mkdir()
    wait_until((b / "locks").exists)
    path_a, path_b = a / "locks" / "one", b / "locks" / "one"
    owner = child(HOLD, path_a)
    found: dict[str, object] = {"lock_taken": line(owner) == "held"}
    found["lock_refused_elsewhere"] = not FileLock(path_b).acquire()
    found["lock_probed_elsewhere"] = is_held(path_b)
    owner.kill()
    owner.wait()
    lock = FileLock(path_b)
    found["lock_free_after_kill_s"] = wait_until(lock.acquire)
    lock.release()
    lock = FileLock(path_a)
    lock.acquire()
    found["lock_probed_in_the_same_process"] = is_held(path_a)
    lock.release()
    rounds = 200
    pair = [child(CONTEND, folder / "locks" / "contended", rounds) for folder in (a, b)]
    outcomes = []
    for _ in range(rounds):
        for process in pair:
            tell(process)
        outcomes.append(sorted(line(process) for process in pair))
    found["lock_contended"] = {" ".join(outcome): outcomes.count(outcome) for outcome in outcomes}
    for process in pair:
        tell(process)
        process.wait()
    return found


def check_files(a: Path, b: Path) -> dict[str, object]:
    """How long markers and journal lines written through one mount take to be seen through the other."""
    here, there = WorkspaceLayout(a / "files"), WorkspaceLayout(b / "files")
    here.create()
    job = here.job("t", "1" * 64)
    job.create()
    same = there.job("t", "1" * 64)
    wait_until(same.state_dir.exists)
    read_marker(same)  # the client now remembers that there is none
    time.sleep(0.1)  # more than the server's clock tick: see the remark on NFS version 3
    write_done(job)
    found: dict[str, object] = {"marker_seen_after_s": wait_until(lambda: read_marker(same), 10)}
    found["final_marker_seen_after_s"] = wait_until(lambda: read_final_marker(same), 10)
    writer = JournalWriter(job.journal)
    writer.append({"event": "started"})
    found["journal_seen_after_s"] = wait_until(lambda: read_events(same.journal)[0])
    writer.append({"event": "progress", "value": 0.5})
    found["journal_growth_seen_after_s"] = wait_until(lambda: len(read_events(same.journal)[0]) == 2)
    return found


def check_runs(a: Path, b: Path) -> dict[str, object]:
    """Runs made at once through both mounts: none is lost."""
    creators = [child(CREATE, folder / "runs") for folder in (a, b)]
    codes = [process.wait() for process in creators]
    info = read_informations(WorkspaceLayout(a / "runs").experiment("many"))
    done = sum(run.status == "done" for run in info.runs.values())
    return {"runs_created": codes == [0, 0], "runs_kept": f"{done} of 20"}


def check_index(a: Path, b: Path) -> dict[str, object]:
    """The index leaves for a local cache, and a monitor on one mount sees what happens on the other."""
    here, there = WorkspaceLayout(a / "index"), WorkspaceLayout(b / "index")
    here.create()
    scheduler = child(SCHEDULE, here.root)
    line(scheduler)
    wait_until(lambda: there.job("t", "1" * 64).done.exists())
    found: dict[str, object] = {"index_elsewhere": locate(there).why_elsewhere, "file_system": file_system(b)}
    with LocalMonitor(there) as monitor:
        (experiment,) = monitor.experiments()
        found["host_of_the_other"] = experiment.hostname
        assert experiment.run is not None
        found["other_scheduler_seen_as"] = experiment.run.status
        position = monitor.position()
        tell(scheduler)
        line(scheduler)
        found["state_seen_after_s"] = wait_until(lambda: monitor.changes(position))
        found["state_seen"] = monitor.job("t/waits").state.value
        tell(scheduler)
        line(scheduler)

        def ended() -> bool:
            monitor.changes(position)
            return all(e.run is not None and e.run.status == "done" for e in monitor.experiments())

        found["end_seen_after_s"] = wait_until(ended)
    tell(scheduler)
    scheduler.wait()
    names = os.listdir(here.state_dir)
    found["database_on_the_mount"] = any(name.startswith("workspace.db") for name in names)
    return found


def main() -> None:
    """Check and print."""
    a, b = Path(sys.argv[1]), Path(sys.argv[2])
    found: dict[str, object] = {"bench": "nfs_workspace"}
    for check in (check_locks, check_files, check_runs, check_index):
        try:
            found |= check(a, b)
        except Exception as error:  # noqa: BLE001  one finding among others
            found[check.__name__] = repr(error)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
