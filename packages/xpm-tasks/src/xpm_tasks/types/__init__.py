"""The types of parameters: they check values, and say what they expected."""

from xpm_tasks.types.base import Mismatch, Type
from xpm_tasks.types.resolve import resolve_type

__all__ = ["Mismatch", "Type", "resolve_type"]
