"""A network with one hidden layer, in NumPy. It knows nothing of experiments."""

from __future__ import annotations

from pathlib import Path

import numpy as np

BATCH_SIZE = 32


class Network:
    """Rectified hidden units, then a softmax over the digits; trained by stochastic gradient descent."""

    def __init__(self, width: int, seed: int, *, inputs: int = 64, outputs: int = 10) -> None:
        self.random = np.random.default_rng(seed)
        self.hidden = self.random.normal(0, np.sqrt(2 / inputs), (inputs, width))
        self.hidden_bias = np.zeros(width)
        self.output = self.random.normal(0, np.sqrt(2 / width), (width, outputs))
        self.output_bias = np.zeros(outputs)

    def train_epoch(self, images: np.ndarray, digits: np.ndarray, learning_rate: float) -> float:
        """Show all images once, in a random order.

        Args:
            images: One row of pixels an image, 0..1.
            digits: What each image shows.
            learning_rate: Step of the descent.

        Returns:
            The mean cross-entropy, seen while training.
        """
        order = self.random.permutation(len(digits))
        batches = [order[start : start + BATCH_SIZE] for start in range(0, len(order), BATCH_SIZE)]
        losses = [self._step(images[batch], digits[batch], learning_rate) for batch in batches]
        return float(np.mean(losses))

    def _step(self, images: np.ndarray, digits: np.ndarray, learning_rate: float) -> float:
        """Descend along the gradient of one batch, and give its loss."""
        rows = np.arange(len(digits))
        active = np.maximum(images @ self.hidden + self.hidden_bias, 0)
        scores = active @ self.output + self.output_bias
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        loss = float(-np.log(odds[rows, digits] + 1e-12).mean())

        odds[rows, digits] -= 1
        above = odds / len(digits)
        below = (above @ self.output.T) * (active > 0)
        self.output -= learning_rate * active.T @ above
        self.output_bias -= learning_rate * above.sum(axis=0)
        self.hidden -= learning_rate * images.T @ below
        self.hidden_bias -= learning_rate * below.sum(axis=0)
        return loss

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Name the digit on each image."""
        active = np.maximum(images @ self.hidden + self.hidden_bias, 0)
        scores: np.ndarray = active @ self.output + self.output_bias
        return scores.argmax(axis=1)

    def accuracy(self, images: np.ndarray, digits: np.ndarray) -> float:
        """Give the share of images that are named as they should, 0..1."""
        return float((self.predict(images) == digits).mean())

    def save(self, path: Path) -> None:
        """Write the weights."""
        np.savez(
            path,
            hidden=self.hidden,
            hidden_bias=self.hidden_bias,
            output=self.output,
            output_bias=self.output_bias,
        )

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read a network that was saved."""
        network = cls(width=1, seed=0)
        with np.load(path) as weights:
            for name in weights.files:
                setattr(network, name, weights[name])
        return network
