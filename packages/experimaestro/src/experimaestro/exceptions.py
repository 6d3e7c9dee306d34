"""What a task may raise, or be stopped with."""

from xpm_tasks import GracefulTimeout, TaskCancelled


class HandledException(Exception):
    """Something went wrong that was dealt with, or told, where it happened: its message is all there is to say.

    Libraries raise it, or derive from it, to leave a function whose caller needs no traceback.
    """


__all__ = ["GracefulTimeout", "HandledException", "TaskCancelled"]
