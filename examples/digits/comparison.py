"""The task that compares the networks."""

from __future__ import annotations

from pathlib import Path

import matplotlib

from digits.learning import Evaluate
from experimaestro import Meta, Param, PathGenerator, Task, field


class Compare(Task):
    """Draws all networks in one plot and writes them in one table.

    Attributes:
        evaluations: The evaluated networks.
        plot: Written by this task, a PNG.
        table: Written by this task, in Markdown, the best network first.
    """

    evaluations: Param[list[Evaluate]]
    plot: Meta[Path] = field(default_factory=PathGenerator("comparison.png"))
    table: Meta[Path] = field(default_factory=PathGenerator("comparison.md"))

    def execute(self) -> None:
        """Read what the other tasks wrote, then draw and write."""
        best_first = sorted(self.evaluations, key=Evaluate.accuracy, reverse=True)
        draw(best_first, self.plot)
        self.table.write_text(table(best_first), encoding="utf-8")


def table(evaluations: list[Evaluate]) -> str:
    """Write one row a network."""
    lines = [
        "| test accuracy | learning rate | width | epochs | last loss |",
        "|--------------:|--------------:|------:|-------:|----------:|",
    ]
    for evaluation in evaluations:
        train, loss = evaluation.train, evaluation.train.epochs_seen()[-1]["loss"]
        lines.append(
            f"| {evaluation.accuracy():>13.1%} | {train.learning_rate:>13g} | {train.width:>5} "
            f"| {train.epochs:>6} | {loss:>9.4f} |"
        )
    return "\n".join(lines) + "\n"


def draw(evaluations: list[Evaluate], path: Path) -> None:
    """Draw the validation accuracy by epoch next to the final test accuracy, in the same colours."""
    matplotlib.use("Agg")  # there is no screen in a job
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(11, 4.5), width_ratios=(3, 2), layout="constrained"
    )
    for row, evaluation in enumerate(evaluations):
        train = evaluation.train
        epochs = train.epochs_seen()
        left.plot(
            [each["epoch"] for each in epochs],
            [each["validation_accuracy"] for each in epochs],
            label=f"learning rate {train.learning_rate:g}, width {train.width}",
        )
        bars = right.barh(row, evaluation.accuracy(), color=f"C{row}")
        right.bar_label(bars, labels=[f" {evaluation.accuracy():.1%}"])
    left.set(xlabel="epoch", ylabel="validation accuracy", ylim=(0, 1))
    left.legend()
    right.set(xlabel="test accuracy", xlim=(0, 1.15), yticks=[])
    right.invert_yaxis()
    figure.savefig(path, dpi=120)
