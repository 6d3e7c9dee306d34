"""What the old names need of a running experiment that its own interface does not offer.

The only module that looks behind that interface, so that there is one place to change when it grows.
"""

from __future__ import annotations

from xpm_scheduler import Launcher, experiment


def is_active(xp: experiment) -> bool:
    """Whether the experiment was entered and not left yet."""
    return any(active is xp for active in tuple(experiment._active))


def set_launcher(launcher: Launcher) -> None:
    """Let the tasks submitted from now on, in the current experiment, run elsewhere.

    `task.submit(launcher=...)` still wins; tasks submitted before stay where they are. In new code,
    `experiment(..., launcher=...)` says it from the beginning.

    Args:
        launcher: where they run.

    Raises:
        NoExperiment: no experiment is running.
        TypeError: it is not a launcher.
    """
    if not isinstance(launcher, Launcher):
        raise TypeError(f"set_launcher takes a launcher, not {launcher!r}")
    experiment.current().launcher = launcher
