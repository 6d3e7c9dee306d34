"""What a task may raise, or be stopped with."""

from xpm_tasks import GracefulTimeout, TaskCancelled

__all__ = ["GracefulTimeout", "TaskCancelled"]
