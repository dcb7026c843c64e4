"""Adjacent categories by hand, and with two of them."""

from __future__ import annotations

import numpy as np

from echelon.engine.observation.adjacent import Adjacent
from echelon.engine.observation.binomial import Binomial
from echelon.engine.observation.model import ResponseRows


def test_odds_of_neighbours() -> None:
    eta = np.array([[0.4], [-1.0], [0.1], [1.7]])
    p = Adjacent(4).mean(ResponseRows(np.zeros(1)), eta)[0]
    np.testing.assert_allclose(np.log(p[1:] / p[:-1]), (eta[0] - eta[1:])[:, 0], rtol=1e-12)


def test_two_categories_are_a_logit() -> None:
    y, location = np.array([0.0, 1.0, 1.0]), np.array([0.5, -1.0, 700.0])
    found = Adjacent(2).log_density(ResponseRows(y), np.vstack([location, np.full(3, 0.3)]))
    want = Binomial().log_density(ResponseRows(y), location[None] - 0.3)
    np.testing.assert_allclose(found, want, atol=1e-13)


def test_start_gives_the_shares() -> None:
    rows, model = ResponseRows(np.repeat([0.0, 1.0, 2.0], [10, 30, 60])), Adjacent(3)
    found = model.mean(rows, model.start(rows)[:, None])[0]
    np.testing.assert_allclose(found, [10.5 / 101.5, 30.5 / 101.5, 60.5 / 101.5], rtol=1e-12)
