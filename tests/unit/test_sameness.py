"""Equality of nouns that hold arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from echelon.sameness import is_same


@dataclass(frozen=True)
class Noun:
    name: str
    values: np.ndarray
    note: str = field(default="", compare=False)


class Handle:
    def __init__(self, number: float) -> None:
        self.number = number

    def to_state(self) -> dict[str, object]:
        return {"number": np.array([self.number])}


NAN = float("nan")
SAME = [
    (Noun("a", np.array([1.0, NAN]), "x"), Noun("a", np.array([1.0, NAN]), "y")),
    ({"a": (1, [2.0, None])}, {"a": (1, [2.0, None])}),
    (NAN, NAN),
    (np.array(["a", None], dtype=object), np.array(["a", None], dtype=object)),
    (Handle(1.0), Handle(1.0)),
]
DIFFERENT = [
    (Noun("a", np.array([1.0])), Noun("a", np.array([2.0]))),
    (Noun("a", np.array([1.0])), Noun("b", np.array([1.0]))),
    (np.array([1.0]), np.array([1.0, 1.0])),
    (np.array([1.0]), np.array([1])),
    (np.array([1.0]), 1.0),
    ({"a": 1}, {"b": 1}),
    ((1, 2), (1, 2, 3)),
    (1, 1.0),
    (Handle(1.0), Handle(2.0)),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_same(left: object, right: object) -> None:
    assert is_same(left, right)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different(left: object, right: object) -> None:
    assert not is_same(left, right)
    assert not is_same(right, left)
