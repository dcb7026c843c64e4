"""The latent ICC by a model without predictors: the fit to the rows, and what has none."""

from __future__ import annotations

import numpy as np
import pytest

import echelon
from echelon.measure.binary_model import POINTS, model_latent_icc


def test_is_the_fit_to_the_rows() -> None:
    data = echelon.datasets.load("contraception")
    fit = echelon.fit("use ~ 1 + (1 | district)", data, family="binomial", quadrature=POINTS)
    row = fit.icc().row(grouping="district")
    codes = fit.fit.design.rows.blocks[0].memberships[0].codes
    events = np.bincount(codes, weights=fit.fit.design.y)
    found = model_latent_icc(np.bincount(codes).astype(float), events, 0.95)
    np.testing.assert_allclose(found, [row["icc"], row["conf_low"], row["conf_high"]], rtol=1e-4)


def test_groups_of_two_are_not_shrunk_away() -> None:
    """The truth is inside the limits; Laplace would say 0.15."""
    rng = np.random.default_rng(1)
    p = 1 / (1 + np.exp(-rng.normal(size=4_000)))
    events = rng.binomial(2, p).astype(float)
    icc, low, high = model_latent_icc(np.full(4_000, 2.0), events, 0.95)
    assert low < 1 / (1 + np.pi**2 / 3) < high
    assert low < icc < high


@pytest.mark.parametrize(
    ("sizes", "events"), [([5.0], [2.0]), ([1.0] * 5, [1.0, 0.0, 1.0, 0.0, 1.0])]
)
def test_nothing_to_tell_apart(sizes: list[float], events: list[float]) -> None:
    assert np.isnan(model_latent_icc(np.array(sizes), np.array(events), 0.95)).all()


def test_groups_that_are_all_alike() -> None:
    icc, low, high = model_latent_icc(np.full(6, 4.0), np.full(6, 2.0), 0.95)
    assert icc < 1e-10
    assert np.isnan([low, high]).all()
