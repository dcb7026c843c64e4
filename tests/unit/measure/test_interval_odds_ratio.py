"""Interval odds ratios: the published formula, simulation, and what they are about."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.measure.interval_odds_ratio import interval, interval_odds_ratio, opposed
from tests.reference.test_generalized_cases import fitted


def test_formula_and_simulation() -> None:
    """exp(beta +- 1.2816 sqrt(2 v)): Larsen & Merlo (2005), equation 6."""
    low, high = interval(0.5, np.sqrt(2 * 0.3), 0.8)
    margin = 1.2815515655446004 * np.sqrt(0.6)
    np.testing.assert_allclose(np.log([low, high]), [0.5 - margin, 0.5 + margin])
    rng = np.random.default_rng(2)
    draws = np.exp(0.5 + np.sqrt(0.3) * (rng.normal(size=400_000) - rng.normal(size=400_000)))
    np.testing.assert_allclose(np.quantile(draws, [0.1, 0.9]), [low, high], rtol=1e-2)
    np.testing.assert_allclose(opposed(0.5, np.sqrt(0.6)), (draws < 1).mean(), atol=2e-3)


@pytest.mark.parametrize(("slope", "sd", "share"), [(0.0, 1.0, 0.5), (0.4, 0.0, 0.0),
                                                    (-0.4, 0.0, 0.0)])  # fmt: skip
def test_edges_of_opposed(slope: float, sd: float, share: float) -> None:
    assert opposed(slope, sd) == share


def test_direction_does_not_matter() -> None:
    assert opposed(-0.7, 0.9) == opposed(0.7, 0.9)


def test_predictor_of_communities() -> None:
    fit = fitted("glmm_guimmun_3level_laplace").fit
    variance = sum(float(np.sum(L**2)) for L in fit.estimates.Lambdas)
    place = fit.design.fixed_names.index("pcInd81")
    beta = float(fit.estimates.beta[place])
    row = interval_odds_ratio(fit, "pcInd81", by=0.5).row(term="pcInd81")
    low, high = interval(0.5 * beta, np.sqrt(2 * variance), 0.8)
    np.testing.assert_allclose([row["odds_ratio"], row["interval_low"], row["interval_high"]],
                               [np.exp(0.5 * beta), low, high])  # fmt: skip
    wider = interval_odds_ratio(fit, "pcInd81", 0.95, 0.5).row(term="pcInd81")
    assert wider["interval_low"] < row["interval_low"]
