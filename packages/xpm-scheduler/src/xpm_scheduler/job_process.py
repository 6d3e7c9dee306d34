"""Entry point of a job process: `python .../xpm_scheduler/job_process.py PARAMS.json`.

Few imports, and quick ones: each job pays for them. It is run as a file, since `-m` imports much to find one.
"""

from __future__ import annotations

import os
import sys


def main(arguments: list[str]) -> int:
    """Run the job whose `params.json` is given; return the exit code."""
    if sys.path and sys.path[0] in ("", os.getcwd(), os.path.dirname(os.path.abspath(__file__))):
        del sys.path[0]  # put there by Python: files of this folder, or the job's, must not shadow modules
    from xpm_scheduler.job_run import end_python, run_job
    from xpm_workspace.layout import JobLayout

    code = run_job(JobLayout.from_path(arguments[0]))
    end_python()
    return code


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
