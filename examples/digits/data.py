"""The task that prepares the images.

A task is a class: what it reads is its parameters, what it writes is files whose paths are generated in the
folder of its job. The heavy imports are real in a job, and mocked while the experiment is only described (see
`pre_experiment.py`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experimaestro import Meta, Param, PathGenerator, Task, field


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
        # Not at the top: the jobs that read the images import this module too, and need not wait for it.
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split

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
