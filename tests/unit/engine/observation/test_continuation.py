"""Continuation ratios by hand, as a chain of binomials, and with two categories."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.engine.observation.binomial import Binomial
from echelon.engine.observation.continuation import Continuation
from echelon.engine.observation.links import PROBABILITY_LINKS, inverse
from echelon.engine.observation.model import ResponseRows

links = pytest.mark.parametrize("link", PROBABILITY_LINKS)


@links
def test_by_hand(link: str) -> None:
    eta = np.array([[0.4], [-1.0], [0.1], [1.7]])
    stop = inverse(link, (eta[1:] - eta[0])[:, 0])
    go = 1 - stop
    want = [stop[0], go[0] * stop[1], go[0] * go[1] * stop[2], go[0] * go[1] * go[2]]
    model = Continuation(4, link)
    np.testing.assert_allclose(model.mean(ResponseRows(np.zeros(1)), eta)[0], want, rtol=1e-12)


@links
def test_a_row_is_a_chain_of_binary_rows(link: str) -> None:
    eta = np.array([[0.4], [-1.0], [0.1], [1.7]])
    found = Continuation(4, link).log_density(ResponseRows(np.array([2.0])), eta)
    stops = ResponseRows(np.array([0.0, 0.0, 1.0]))
    want = Binomial(link).log_density(stops, (eta[1:] - eta[0]).T)
    assert found[0] == pytest.approx(want.sum(), rel=1e-13)


@links
def test_start_gives_the_shares(link: str) -> None:
    rows, model = ResponseRows(np.repeat([0.0, 1.0, 2.0], [10, 30, 60])), Continuation(3, link)
    found = model.mean(rows, model.start(rows)[:, None])[0]
    np.testing.assert_allclose(found, [10.5 / 101.5, 30.5 / 101.5, 60.5 / 101.5], rtol=1e-10)
