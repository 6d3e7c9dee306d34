"""Contexts for configurations that are used without an experiment."""

from xpm_tasks import DirectoryContext, EmptyContext

__all__ = ["DirectoryContext", "EmptyContext"]
