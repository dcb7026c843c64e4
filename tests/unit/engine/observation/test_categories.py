"""Shares and draws of categories."""

from __future__ import annotations

import numpy as np

from echelon.engine.observation import categories
from echelon.engine.observation.model import ResponseRows


def test_shares_of_absent_categories_are_not_zero() -> None:
    rows = ResponseRows(np.array([0.0, 0.0, 3.0]))
    np.testing.assert_allclose(categories.category_shares(rows, 4), [0.5, 0.1, 0.1, 0.3])
    np.testing.assert_allclose(categories.cumulative_shares(rows, 4), [0.5, 0.6, 0.7])


def test_draws_of_certain_categories() -> None:
    p = np.eye(3)[[0, 2, 1, 1]]
    assert categories.draw_category(p, np.random.default_rng(1)).tolist() == [0, 2, 1, 1]


def test_log_shares_do_not_overflow() -> None:
    found = categories.log_shares(np.array([[2800.0], [0.0], [-2800.0]]))
    np.testing.assert_allclose(found[:, 0], [0.0, -2800.0, -5600.0])
