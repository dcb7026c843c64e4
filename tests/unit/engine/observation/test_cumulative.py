"""Cumulative probabilities against distribution functions, scale and order of thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.engine.observation.binomial import Binomial
from echelon.engine.observation.cumulative import Cumulative
from echelon.engine.observation.links import PROBABILITY_LINKS, inverse
from echelon.engine.observation.model import ResponseRows

links = pytest.mark.parametrize("link", PROBABILITY_LINKS)


@links
def test_probabilities_are_differences_of_the_link(link: str) -> None:
    eta = np.array([[0.4, -1.0], [-1.0, -1.2], [0.1, 0.0], [1.7, 2.0], [0.3, -0.5]])
    edges = inverse(link, (eta[1:4] - eta[0]) / np.exp(eta[4]))
    want = np.diff(np.vstack([np.zeros(2), edges, np.ones(2)]), axis=0)
    model, rows = Cumulative(4, link, has_scale=True), ResponseRows(np.array([2.0, 3.0]))
    np.testing.assert_allclose(model.mean(rows, eta), want.T, atol=1e-15)
    np.testing.assert_allclose(
        model.log_density(rows, eta), np.log(model.mean(rows, eta)[[0, 1], [2, 3]]), rtol=1e-14
    )
    below, up_to = model.distribution(rows, eta)
    np.testing.assert_allclose(below, [edges[1, 0], edges[2, 1]], rtol=1e-12)
    np.testing.assert_allclose(up_to, [edges[2, 0], 1.0], rtol=1e-12)


@links
def test_two_categories_are_binomial(link: str) -> None:
    """P(first) = F(threshold - location): the first category is the binomial's success."""
    y, location = np.array([0.0, 1.0, 0.0]), np.array([0.5, -1.0, 4.0])
    found = Cumulative(2, link).log_density(ResponseRows(y), np.vstack([location, np.full(3, 0.3)]))
    want = Binomial(link).log_density(ResponseRows(1 - y), 0.3 - location[None])
    np.testing.assert_allclose(found, want, rtol=1e-13)


@links
def test_thresholds_out_of_order_are_impossible(link: str) -> None:
    eta = np.array([[0.0], [1.0], [0.5]])
    assert np.isneginf(Cumulative(3, link).log_density(ResponseRows(np.ones(1)), eta)).all()


@links
def test_a_narrow_category_far_out_keeps_its_digits(link: str) -> None:
    side = -1 if link == "cloglog" else 1
    low = 30.0 * side
    eta = np.array([[0.0], [low], [low + 1e-3]])
    found = Cumulative(3, link).log_density(ResponseRows(np.ones(1)), eta)
    tail = {"probit": -0.5 * (low + 5e-4) ** 2 - 0.5 * np.log(2 * np.pi), "cauchit": None}
    log_slope = tail.get(link, -30.0 - 5e-4 * side)
    if log_slope is None:
        log_slope = -np.log(np.pi * (1 + (low + 5e-4) ** 2))
    assert found[0] == pytest.approx(log_slope + np.log(1e-3), abs=1e-4)


@links
def test_start_gives_the_shares(link: str) -> None:
    rows = ResponseRows(np.repeat([0.0, 1.0, 2.0], [10, 30, 60]))
    model = Cumulative(3, link)
    start = model.start(rows)
    found = model.mean(rows, start[:, None])[0]
    np.testing.assert_allclose(found, [10.5 / 101.5, 30.5 / 101.5, 60.5 / 101.5], rtol=1e-10)
    missing = Cumulative(5, link).start(rows)
    assert np.all(np.diff(missing[1:]) > 0)
