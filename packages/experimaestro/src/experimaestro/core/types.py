"""Types of configurations and of their parameters."""

from typing import Any

from xpm_tasks import SubmitHook
from xpm_tasks.typeinfo import ObjectType
from xpm_tasks.types.base import Type

__all__ = ["Any", "ObjectType", "SubmitHook", "Type"]
