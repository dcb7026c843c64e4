"""Multinomial by hand, and with two categories."""

from __future__ import annotations

import numpy as np

from echelon.engine.observation.binomial import Binomial
from echelon.engine.observation.model import ResponseRows
from echelon.engine.observation.multinomial import Multinomial


def test_by_hand() -> None:
    eta = np.array([[0.4, 700.0], [-1.0, -700.0]])
    p = Multinomial(3).mean(ResponseRows(np.zeros(2)), eta)
    odds = np.array([1.0, np.exp(0.4), np.exp(-1.0)])
    np.testing.assert_allclose(p[0], odds / odds.sum(), rtol=1e-14)
    np.testing.assert_allclose(p[1], [0, 1, 0], atol=1e-300)


def test_two_categories_are_a_logit() -> None:
    y, eta = np.array([0.0, 1.0, 0.0]), np.array([[0.5, -1.0, 700.0]])
    found = Multinomial(2).log_density(ResponseRows(y), eta)
    np.testing.assert_allclose(found, Binomial().log_density(ResponseRows(y), eta), rtol=1e-14)


def test_start_gives_the_shares() -> None:
    rows, model = ResponseRows(np.repeat([0.0, 1.0, 2.0], [10, 30, 60])), Multinomial(3)
    found = model.mean(rows, model.start(rows)[:, None])[0]
    np.testing.assert_allclose(found, [10.5 / 101.5, 30.5 / 101.5, 60.5 / 101.5], rtol=1e-12)
