"""Entry point of a job process: `python .../xpm_scheduler/job_process.py PARAMS.json`.

Few imports, and quick ones: each job pays for them. It is run as a file, since `-m` imports much to find one.
"""

from __future__ import annotations

import os
import sys


def main(arguments: list[str]) -> int:
    """Run the job whose `params.json` is given; return the exit code."""
    # Python puts the folder of the program there, by its real path; `-m` and `-c`, the current one. Files of
    # either must not hide the user's modules.
    if sys.path and sys.path[0] in ("", os.getcwd(), os.path.dirname(os.path.realpath(__file__))):
        del sys.path[0]
    import atexit

    from xpm_scheduler.job_run import run_job, write_what_is_held_back
    from xpm_workspace.layout import JobLayout

    atexit.register(write_what_is_held_back)  # the first one in is called last
    return run_job(JobLayout.from_path(arguments[0]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
