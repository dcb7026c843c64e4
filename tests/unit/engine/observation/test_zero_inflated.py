"""Structural zeros by hand, and none of them."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.engine.observation.model import CountModel, ResponseRows
from echelon.engine.observation.negative_binomial import NegativeBinomial1, NegativeBinomial2
from echelon.engine.observation.poisson import Poisson
from echelon.engine.observation.zero_inflated import ZeroInflated

COUNTS: tuple[CountModel, ...] = (Poisson(), NegativeBinomial2(), NegativeBinomial1())
counts = pytest.mark.parametrize("inner", COUNTS, ids=lambda model: model.family)
ROWS = ResponseRows(np.array([0.0, 1.0, 5.0, 40.0]))


@counts
def test_by_hand(inner: CountModel) -> None:
    eta = np.vstack([np.full(4, 1.2), np.full(4, -0.4), np.full(4, 0.3)])[: len(inner.channels) + 1]
    pi, f = 1 / (1 + np.exp(0.4)), np.exp(inner.log_density(ROWS, np.delete(eta, 1, axis=0)))
    want = (1 - pi) * f + pi * (ROWS.y == 0)
    model = ZeroInflated(inner)
    np.testing.assert_allclose(np.exp(model.log_density(ROWS, eta)), want, rtol=1e-13)
    assert model.channels == ("mean", "zero", *inner.channels[1:])


@counts
def test_without_structural_zeros_it_is_the_counts(inner: CountModel) -> None:
    base = np.vstack([np.full(4, 1.2), np.full(4, 0.3)])[: len(inner.channels)]
    eta, model = np.insert(base, 1, -700.0, axis=0), ZeroInflated(inner)
    np.testing.assert_allclose(
        model.log_density(ROWS, eta), inner.log_density(ROWS, base), rtol=1e-14
    )
    np.testing.assert_allclose(model.distribution(ROWS, eta), inner.distribution(ROWS, base))
    np.testing.assert_allclose(model.mean(ROWS, eta), inner.mean(ROWS, base))
    np.testing.assert_allclose(model.variance(ROWS, eta), inner.variance(ROWS, base))


@counts
def test_only_structural_zeros(inner: CountModel) -> None:
    base = np.vstack([np.full(4, 1.2), np.full(4, 0.3)])[: len(inner.channels)]
    found = ZeroInflated(inner).log_density(ROWS, np.insert(base, 1, 700.0, axis=0))
    assert -1e-300 < found[0] <= 0.0
    assert np.all((found[1:] < -700) & np.isfinite(found[1:]))
