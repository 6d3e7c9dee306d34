"""What the exit code of the command says."""

from __future__ import annotations

#: All went well.
DONE = 0
#: Some jobs failed, the user's experiment code raised, or the workspace could not be written any more.
FAILED = 1
#: The command line, the configuration or the user's modules are wrong; nothing was started.
WRONG_USE = 2
#: A defect of ours.
INTERNAL = 3
#: Stopped with Ctrl+C.
INTERRUPTED = 130
