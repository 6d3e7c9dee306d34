"""Configurations."""

from xpm_tasks import Config, ConfigInformation, ConfigMixin, Task, clone, setmeta

__all__ = ["Config", "ConfigInformation", "ConfigMixin", "Task", "clone", "setmeta"]
