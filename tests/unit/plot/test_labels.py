from __future__ import annotations

import numpy as np

from echelon.plot.labels import short, spaced


def test_names_keep_apart() -> None:
    x, y = np.array([0.0, 0.01, 1.0, 0.5]), np.array([1.0, 1.01, 1.0, 0.0])
    assert spaced(x, y, [0, 1, 2, 3]) == [0, 2, 3]
    assert spaced(x, y, [1, 0, 3, 2], most=2) == [1, 3]
    assert spaced(x, y, []) == []
    assert spaced(np.ones(2), np.ones(2), [0, 1]) == [0]


def test_long_names_are_cut() -> None:
    assert short("school") == "school"
    assert short("ü" * 50) == "ü" * 39 + "…"
