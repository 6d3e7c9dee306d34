"""Jobs."""

from xpm_scheduler import Job

__all__ = ["Job"]
