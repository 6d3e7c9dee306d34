"""Parameters that are generated."""

from xpm_tasks import PathGenerator, pathgenerator

__all__ = ["PathGenerator", "pathgenerator"]
