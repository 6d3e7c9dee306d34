"""Identifiers of configurations."""

from __future__ import annotations

from xpm_tasks import Config, ObjectIdentifier
from xpm_tasks.identifier import compute, compute_original


class IdentifierComputer:
    """Computes identifiers: `config.__identifier__()`, as a function."""

    @staticmethod
    def compute(config: Config) -> ObjectIdentifier:
        """Return the identifier of a configuration.

        Raises:
            IdentifierError: a value has no identifier.
            MissingParameterError: a parameter has no value.
        """
        return ObjectIdentifier(compute(config))

    @staticmethod
    def compute_original(config: Config) -> ObjectIdentifier:
        """Return the identifier that it had before any class was deprecated."""
        return ObjectIdentifier(compute_original(config))


__all__ = ["IdentifierComputer"]
