"""What can go wrong when mocks are installed.

MockError
 └── InvalidModuleName     (also a ValueError)

MockWarning                (a UserWarning: the mocks are installed, but not as asked)
"""

from __future__ import annotations


class MockError(Exception):
    """Root of the errors of this package."""


class InvalidModuleName(MockError, ValueError):
    """A name given to `mock_modules` is no absolute dotted name. Write it as in an `import` statement."""


class MockWarning(UserWarning):
    """Something asked for is not mocked: the real module is already imported, or the name is out of reach."""
