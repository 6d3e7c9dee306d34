"""Launchers start job processes somewhere: on this machine (`direct`), on a cluster (other packages)."""

from xpm_scheduler.launchers.base import Handle, Launcher

__all__ = ["Handle", "Launcher"]
