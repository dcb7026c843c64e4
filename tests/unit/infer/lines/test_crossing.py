"""Roots between points."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.infer.lines.crossing import crossings


def test_every_change_of_sign_is_found() -> None:
    found = crossings(np.sin, np.linspace(1, 10, 40))
    assert found == pytest.approx([np.pi, 2 * np.pi, 3 * np.pi], rel=1e-13)


def test_roots_at_points_and_values_that_are_not_defined() -> None:
    assert crossings(lambda x: x, np.array([-1.0, 0.0, 1.0])) == [0.0]
    assert crossings(lambda x: x**2 + 1, np.linspace(-1, 1, 5)) == []
    edge = crossings(lambda x: np.where(x < 1, np.nan, x - 2), np.linspace(0, 4, 9))
    assert edge == [2.0]
