"""Checks of the places where jobs run."""

from __future__ import annotations

from collections.abc import Iterator

from xpm_cli.checks.result import OK, WRONG, Result

#: Launchers of other packages register here.
GROUP = "experimaestro.launchers"


def check_launchers() -> Iterator[Result]:
    """Check that each launcher can be imported."""
    from importlib.metadata import entry_points

    from xpm_scheduler.launchers.direct import usable_cores

    yield Result("launcher direct", OK, f"this machine, {usable_cores()} cores")
    for entry in entry_points(group=GROUP):
        package = entry.dist.name if entry.dist is not None else "an unknown package"
        try:
            entry.load()
        except Exception as error:  # noqa: BLE001 - whatever the import of somebody else's module raises
            yield Result(
                f"launcher {entry.name}",
                WRONG,
                f"cannot be imported: {type(error).__name__}: {error}",
                f"update or remove {package}",
            )
        else:
            yield Result(f"launcher {entry.name}", OK, f"from {package}")
