"""Runs before `experiment.py` is imported: describing the experiment needs none of the heavy modules.

The jobs import the real ones.
"""

import os

from experimaestro.experiments import mock_modules

# The networks are small, and several are trained at the same time: one thread each. Jobs inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

mock_modules(["matplotlib", "numpy", "sklearn"])
