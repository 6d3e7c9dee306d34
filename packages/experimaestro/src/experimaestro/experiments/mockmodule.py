"""Mocks of heavy modules."""

from xpm_mock import FakeModule, FakeModuleFinder, mock_modules, noop_decorator

__all__ = ["FakeModule", "FakeModuleFinder", "mock_modules", "noop_decorator"]
