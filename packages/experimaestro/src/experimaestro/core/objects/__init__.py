"""Configurations and tasks."""

from xpm_tasks import Config, ConfigInformation, ConfigMixin, Task, setmeta

__all__ = ["Config", "ConfigInformation", "ConfigMixin", "Task", "setmeta"]
