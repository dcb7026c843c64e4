"""Prior weights of log densities."""

from __future__ import annotations

import numpy as np

from echelon.engine.observation.model import ResponseRows, weighted


def test_weights_multiply_and_zero_removes_even_the_impossible() -> None:
    y = np.zeros(4)
    density = np.array([-1.0, -2.0, -np.inf, np.nan])
    assert weighted(ResponseRows(y), density).tolist() == [-1.0, -2.0, -np.inf, -np.inf]
    rows = ResponseRows(y, weights=np.array([2.0, 0.0, 0.0, 1.0]))
    assert weighted(rows, density).tolist() == [-2.0, 0.0, 0.0, -np.inf]


def test_trials_are_one_unless_given() -> None:
    y = np.array([0.0, 1.0])
    assert ResponseRows(y).trial_counts().tolist() == [1.0, 1.0]
    assert ResponseRows(y, np.array([3.0, 4.0])).trial_counts().tolist() == [3.0, 4.0]
