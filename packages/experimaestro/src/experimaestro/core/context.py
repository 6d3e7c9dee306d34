"""What saving configurations needs to know."""

from xpm_tasks import SerializationContext, SerializedPath

__all__ = ["SerializationContext", "SerializedPath"]
