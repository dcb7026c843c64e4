"""Equality of nouns that hold arrays.

Room: the foundation; imports nothing of echelon.
Takes: two values.
Gives: whether they say the same: same types, same numbers, NaN equal to NaN.
Source: docs/decisions (architecture): a fit pickles, copies and compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def is_same(left: Any, right: Any) -> bool:
    """Compare two values part by part; numbers must agree to the last bit."""
    if left is right:
        return True
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        return _is_same_array(left, right)
    if type(left) is not type(right):
        return False
    if hasattr(left, "to_state"):
        return is_same(left.to_state(), right.to_state())
    if is_dataclass(left):
        names = [field.name for field in fields(left) if field.compare]
        return all(is_same(getattr(left, name), getattr(right, name)) for name in names)
    if isinstance(left, Mapping):
        return left.keys() == right.keys() and all(is_same(left[k], right[k]) for k in left)
    if isinstance(left, tuple | list):
        return len(left) == len(right) and all(map(is_same, left, right))
    return bool(left == right) or (left != left and right != right)


def _is_same_array(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> bool:
    if left.shape != right.shape or left.dtype != right.dtype:
        return False
    return np.array_equal(left, right, equal_nan=left.dtype.kind in "fcmM")
