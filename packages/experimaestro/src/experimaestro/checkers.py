"""Restrictions on parameters."""

from xpm_tasks import Choices

__all__ = ["Choices"]
