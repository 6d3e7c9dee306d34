"""Parameters of configurations."""

from xpm_tasks import Meta, Param
from xpm_tasks.arguments import Argument

__all__ = ["Argument", "Meta", "Param"]
