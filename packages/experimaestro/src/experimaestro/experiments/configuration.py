"""The parent of configuration classes."""

from xpm_config import ConfigurationBase, DirtyGitAction, configuration

__all__ = ["ConfigurationBase", "DirtyGitAction", "configuration"]
