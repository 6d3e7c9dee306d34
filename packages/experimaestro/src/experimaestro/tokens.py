"""Tokens: how much of something is used at once."""

from xpm_scheduler.resources import CounterToken

__all__ = ["CounterToken"]
