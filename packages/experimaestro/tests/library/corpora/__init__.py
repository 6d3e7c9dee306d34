"""A manager of datasets, as people write them on top of experimaestro."""

from corpora.data import Base, Documents, File, Pairs
from corpora.definitions import Definition, dataset, prepare_dataset

__all__ = ["Base", "Definition", "Documents", "File", "Pairs", "dataset", "prepare_dataset"]
