"""Hierarchical linear models for Python: fit, explain, publish.

>>> import echelon as ec
>>> print(ec.datasets.names()[0])
dyestuff
"""

from echelon import datasets
from echelon.api import Description, Result, describe, fit, info, levels, read
from echelon.options import Control
from echelon.table import Table

__all__ = [
    "Control",
    "Description",
    "Result",
    "Table",
    "datasets",
    "describe",
    "fit",
    "info",
    "levels",
    "read",
]
