"""Entry point of a job process: `python -m xpm_scheduler.job_process PARAMS.json`.

Few imports, and quick ones: each job pays for them.
"""

from __future__ import annotations

import os
import sys


def main(arguments: list[str]) -> int:
    """Run the job whose `params.json` is given; return the exit code."""
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]  # put there by `-m`: files of the job's folder must not shadow modules
    from xpm_scheduler.job_run import run_job
    from xpm_workspace.layout import JobLayout

    return run_job(JobLayout.from_path(arguments[0]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
