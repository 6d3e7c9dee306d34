"""A task that writes a curve."""

from __future__ import annotations

import math

from experimaestro import Param, Task, progress


class Learn(Task):
    """Descends a slope, and writes the loss of each step for TensorBoard.

    Attributes:
        rate: How fast.
        steps: How far.
    """

    rate: Param[float]
    steps: Param[int] = 100

    def execute(self) -> None:
        """Write into the working folder, which is that of the job."""
        from tensorboard.summary import Writer

        writer = Writer("curves")
        for step in range(self.steps):
            writer.add_scalar("loss", math.exp(-self.rate * step), step)
            progress((step + 1) / self.steps)
        writer.close()
