"""Labels that differ in blanks or capitals only."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from echelon.design.spelling import warn_of_spellings
from echelon.errors import LabelsWarning
from echelon.frame.columns import Categorical


def column(*labels: object) -> Categorical:
    return Categorical("f", np.arange(len(labels), dtype=np.int32), np.array(labels, dtype=object))


@pytest.mark.parametrize(
    "labels", [("a", "b"), ("a b", "abc"), ("a\0b", "a", "b"), (1, 2), ("a", 1), ()]
)
def test_nothing_to_say(labels: tuple[object, ...]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_spellings(column(*labels))


@pytest.mark.parametrize(
    "labels", [("a", "A"), ("a b", "ab", "c"), ("x\ty", "x y"), ("a\0", "A\0", "")]
)
def test_two_spellings(labels: tuple[object, ...]) -> None:
    with pytest.warns(LabelsWarning, match=r"differ in blanks or capitals only"):
        warn_of_spellings(column(*labels))
