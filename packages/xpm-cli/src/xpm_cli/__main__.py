"""`python -m xpm_cli` is the `experimaestro` command."""

from __future__ import annotations

from xpm_cli.main import main

main()
