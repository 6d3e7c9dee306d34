"""Run research experiments: typed tasks, each executed once, on this machine or a cluster."""

from experimaestro.__about__ import __version__

__all__ = ["__version__"]
