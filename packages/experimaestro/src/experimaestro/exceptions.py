"""What a task may raise, or be stopped with."""

from xpm_tasks import GracefulTimeout, TaskCancelled


class HandledException(Exception):
    """Something went wrong, and was dealt with or told where it happened.

    Libraries raise it, or derive from it, where the message is all that there is to say.
    """


__all__ = ["GracefulTimeout", "HandledException", "TaskCancelled"]
