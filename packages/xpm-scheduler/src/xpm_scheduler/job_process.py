"""Entry point of a job process: `python .../xpm_scheduler/job_process.py PARAMS.json`.

Few imports, and quick ones: each job pays for them. It is run as a file, since `-m` imports much to find one,
and the garbage collector leaves alone what we import: it would look at all of it several times, for nothing.
"""

from __future__ import annotations

import gc
import os
import sys


def main(arguments: list[str]) -> int:
    """Run the job whose `params.json` is given; return the exit code."""
    # Python puts the folder of the program there, by its real path; `-m` and `-c`, the current one. Files of
    # either must not hide the user's modules.
    if sys.path and sys.path[0] in ("", os.getcwd(), os.path.dirname(os.path.realpath(__file__))):
        del sys.path[0]
    collects = gc.isenabled()  # a `sitecustomize` may have a say
    gc.disable()
    import atexit

    from xpm_scheduler.job_run import run_job, write_what_is_held_back
    from xpm_workspace.names import JobFiles

    gc.freeze()
    if collects:
        gc.enable()
    atexit.register(write_what_is_held_back)  # the first one in is called last
    return run_job(JobFiles.in_folder(arguments[0]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
