import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
extensions = ["sphinx.ext.autodoc", "experimaestro.sphinx"]
