"""The data sets of the textbooks, with source, terms and the meaning of every column."""

from echelon.datasets.catalogue import Description, describe, names
from echelon.datasets.load import load
from echelon.datasets.opening import open_table

__all__ = ["Description", "describe", "load", "names", "open_table"]
