"""The tasks: split the images, train a network, evaluate it, compare the networks.

A task is a class: what it reads is its parameters, what it writes is files whose paths are generated in the
folder of its job. The heavy imports are real in a job, and mocked where the experiment is only described
(see `pre_experiment.py`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import joblib
import matplotlib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from experimaestro import Meta, Param, PathGenerator, Task, field, progress


class Epoch(TypedDict):
    """A line of the metrics of a training."""

    epoch: int
    loss: float
    train_accuracy: float
    validation_accuracy: float


class Split(Task):
    """Splits the 1797 images of 8x8 pixels that come with scikit-learn into three sets.

    Attributes:
        test_fraction: The share of the images for the test, and as many for the validation.
        seed: Decides which image goes where.
        images: The three sets, written by this task.
    """

    test_fraction: Param[float]
    seed: Param[int]
    images: Meta[Path] = field(default_factory=PathGenerator("images.npz"))

    def execute(self) -> None:
        """Shuffle, split so that each digit keeps its share, scale the pixels to 0..1, and write."""
        pixels, digits = load_digits(return_X_y=True)
        rest, x_test, y_rest, y_test = train_test_split(
            pixels / 16, digits, test_size=self.test_fraction, random_state=self.seed, stratify=digits
        )
        x_train, x_validation, y_train, y_validation = train_test_split(
            rest, y_rest, test_size=len(y_test), random_state=self.seed, stratify=y_rest
        )
        np.savez(
            self.images,
            x_train=x_train,
            y_train=y_train,
            x_validation=x_validation,
            y_validation=y_validation,
            x_test=x_test,
            y_test=y_test,
        )
        print(f"{len(y_train)} images to train, {len(y_validation)} to validate, {len(y_test)} to test")


class Train(Task):
    """Trains a network with one hidden layer by stochastic gradient descent.

    Attributes:
        split: The images.
        learning_rate: Step of the descent.
        width: Units in the hidden layer.
        epochs: How many times each image is seen.
        seed: Decides the first weights and the order of the images.
        model: The trained network, written by this task.
        metrics: One JSON line an epoch, written by this task.
    """

    split: Param[Split]
    learning_rate: Param[float]
    width: Param[int]
    epochs: Param[int]
    seed: Param[int]
    model: Meta[Path] = field(default_factory=PathGenerator("model.joblib"))
    metrics: Meta[Path] = field(default_factory=PathGenerator("metrics.jsonl"))

    def execute(self) -> None:
        """Train, and write the metrics of each epoch as soon as they are known."""
        network = MLPClassifier(
            hidden_layer_sizes=(self.width,),
            solver="sgd",
            learning_rate_init=self.learning_rate,
            batch_size=32,
            random_state=self.seed,
        )
        data = np.load(self.split.images)
        x_train, y_train = data["x_train"], data["y_train"]
        with self.metrics.open("w", encoding="utf-8") as lines:
            for epoch in range(1, self.epochs + 1):
                network.partial_fit(x_train, y_train, classes=range(10))
                metrics = Epoch(
                    epoch=epoch,
                    loss=float(network.loss_),
                    train_accuracy=float(network.score(x_train, y_train)),
                    validation_accuracy=float(network.score(data["x_validation"], data["y_validation"])),
                )
                print(json.dumps(metrics), file=lines, flush=True)
                progress(epoch / self.epochs, desc=f"loss {metrics['loss']:.3f}")
        joblib.dump(network, self.model)
        print(f"trained for {self.epochs} epochs, last loss {metrics['loss']:.4f}")


class Evaluate(Task):
    """Tells how many of the test images a network recognizes.

    Attributes:
        train: The training that made the network.
        scores: The accuracy, over all and for each digit, written by this task as JSON.
    """

    train: Param[Train]
    scores: Meta[Path] = field(default_factory=PathGenerator("scores.json"))

    def execute(self) -> None:
        """Let the network name each test image and compare with what it shows."""
        network = joblib.load(self.train.model)
        data = np.load(self.train.split.images)
        right = network.predict(data["x_test"]) == data["y_test"]
        scores = {
            "accuracy": float(right.mean()),
            "digits": {str(digit): float(right[data["y_test"] == digit].mean()) for digit in range(10)},
        }
        self.scores.write_text(json.dumps(scores, indent=2), encoding="utf-8")
        print(f"test accuracy {scores['accuracy']:.1%}")


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
        scored = [(_accuracy(evaluation), evaluation) for evaluation in self.evaluations]
        scored.sort(key=lambda pair: pair[0], reverse=True)
        _draw(scored, self.plot)
        lines = ["| test accuracy | learning rate | width | epochs | last loss |", "|--:|--:|--:|--:|--:|"]
        for accuracy, evaluation in scored:
            train = evaluation.train
            loss = _epochs(train)[-1]["loss"]
            lines.append(
                f"| {accuracy:.1%} | {train.learning_rate:g} | {train.width} | {train.epochs} | {loss:.4f} |"
            )
        self.table.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _accuracy(evaluation: Evaluate) -> float:
    return float(json.loads(evaluation.scores.read_text(encoding="utf-8"))["accuracy"])


def _epochs(train: Train) -> list[Epoch]:
    return [json.loads(line) for line in train.metrics.read_text(encoding="utf-8").splitlines()]


def _draw(scored: list[tuple[float, Evaluate]], path: Path) -> None:
    """Draw the validation accuracy by epoch next to the final test accuracy, in the same colours."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(11, 4.5), width_ratios=(3, 2), layout="constrained"
    )
    for row, (accuracy, evaluation) in enumerate(scored):
        train = evaluation.train
        epochs = _epochs(train)
        label = f"learning rate {train.learning_rate:g}, width {train.width}"
        left.plot(
            [line["epoch"] for line in epochs], [line["validation_accuracy"] for line in epochs], label=label
        )
        bars = right.barh(row, accuracy, color=f"C{row}")
        right.bar_label(bars, labels=[f" {accuracy:.1%}"])
    left.set(xlabel="epoch", ylabel="validation accuracy", ylim=(0, 1))
    left.legend()
    right.set(xlabel="test accuracy", xlim=(0, 1.15), yticks=[])
    right.invert_yaxis()
    figure.savefig(path, dpi=120)
