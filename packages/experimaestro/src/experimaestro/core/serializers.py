"""Tasks that load what was saved."""

from xpm_tasks import PathSerializationLWTask, SerializationLWTask

__all__ = ["PathSerializationLWTask", "SerializationLWTask"]
