"""YAML configurations for experiments: typed, inherited, merged, overridden."""

from xpm_config.__about__ import __version__

__all__ = ["__version__"]
