"""The tasks that train a network and evaluate it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import numpy as np

from digits.data import Split
from digits.network import Network
from experimaestro import Meta, Param, PathGenerator, Task, field, progress


class Epoch(TypedDict):
    """A line of the metrics of a training."""

    epoch: int
    loss: float
    train_accuracy: float
    validation_accuracy: float


class Train(Task):
    """Trains a network with one hidden layer.

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
    model: Meta[Path] = field(default_factory=PathGenerator("model.npz"))
    metrics: Meta[Path] = field(default_factory=PathGenerator("metrics.jsonl"))

    def execute(self) -> None:
        """Train, and write the metrics of each epoch as soon as they are known."""
        network = Network(self.width, self.seed)
        with np.load(self.split.images) as images, self.metrics.open("w", encoding="utf-8") as lines:
            x_train, y_train = images["x_train"], images["y_train"]
            x_validation, y_validation = images["x_validation"], images["y_validation"]
            for epoch in range(1, self.epochs + 1):
                metrics = Epoch(
                    epoch=epoch,
                    loss=network.train_epoch(x_train, y_train, self.learning_rate),
                    train_accuracy=network.accuracy(x_train, y_train),
                    validation_accuracy=network.accuracy(x_validation, y_validation),
                )
                print(json.dumps(metrics), file=lines, flush=True)
                progress(epoch / self.epochs, desc=f"loss {metrics['loss']:.3f}")
                print(f"epoch {epoch}: loss {metrics['loss']:.4f}")
        network.save(self.model)

    def epochs_seen(self) -> list[Epoch]:
        """Read the metrics, once the task is done."""
        return [json.loads(line) for line in self.metrics.read_text(encoding="utf-8").splitlines()]


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
        network = Network.load(self.train.model)
        with np.load(self.train.split.images) as images:
            x_test, y_test = images["x_test"], images["y_test"]
        right = network.predict(x_test) == y_test
        each = {str(digit): float(right[y_test == digit].mean()) for digit in range(10)}
        scores = {"accuracy": float(right.mean()), "digits": each}
        self.scores.write_text(json.dumps(scores, indent=2), encoding="utf-8")
        print(f"test accuracy {scores['accuracy']:.1%}")

    def accuracy(self) -> float:
        """Read the accuracy over all images, once the task is done."""
        return float(json.loads(self.scores.read_text(encoding="utf-8"))["accuracy"])
