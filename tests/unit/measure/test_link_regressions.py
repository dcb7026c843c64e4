"""Own regressions on the scale of a link, against closed forms and score equations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from echelon import api, engine
from echelon.engine.observation.model import ResponseRows
from echelon.fit import Fit
from echelon.measure.group_coefficients import group_coefficients
from echelon.measure.link_regressions import own_deviations, pooled_beta
from tests.group_fits import contraception, fitted

RNG = np.random.default_rng(5)
G = np.sort(RNG.integers(0, 15, 300))
X, OFFSET = RNG.normal(size=300), RNG.uniform(0, 1, 300)
ETA = 0.3 + 0.4 * X + 0.5 * RNG.normal(size=15)[G]
DATA = {
    "g": G, "x": X, "o": OFFSET, "k": RNG.poisson(np.exp(ETA + OFFSET)),
    "b": (RNG.random(300) < 1 / (1 + np.exp(-ETA))).astype(float),
    "t": np.full(300, 6.0), "w": RNG.integers(1, 4, 300).astype(float),
    "s": RNG.binomial(6, 1 / (1 + np.exp(-ETA))).astype(float),
}  # fmt: skip


def codes(fit: Fit) -> np.ndarray:
    return fit.design.rows.blocks[0].memberships[0].codes


def test_binomial_intercepts_are_logits_of_shares() -> None:
    fit = fitted("use ~ 1 + (1 | district)", "contraception", family="binomial")
    own = group_coefficients(fit, 0, "test").own[:, 0]
    share = np.bincount(codes(fit), fit.design.y) / np.bincount(codes(fit))
    inside = (share > 0) & (share < 1)
    assert np.isnan(own[~inside]).all()
    assert (~inside).sum() == 3
    expected = np.log(share[inside] / (1 - share[inside]))
    np.testing.assert_allclose(own[inside], expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("weights", [None, "w"])
def test_poisson_intercepts_are_logs_of_rates(weights: str | None) -> None:
    fit = api.fit("k ~ 1 + (1 | g)", DATA, family="poisson", offset="o", weights=weights).fit
    w = np.ones(300) if weights is None else DATA["w"]
    own = group_coefficients(fit, 0, "test").own[:, 0]
    rate = np.bincount(G, w * DATA["k"]) / np.bincount(G, w * np.exp(OFFSET))
    np.testing.assert_allclose(own, np.log(rate), rtol=1e-8, atol=1e-9)


def test_slopes_solve_the_score_equations() -> None:
    fit = contraception("1 + urban")
    block, beta = fit.design.rows.blocks[0], fit.estimates.beta
    found = own_deviations(fit, 0, "test")
    known = np.isfinite(found).all(axis=1)
    b = np.nan_to_num(found)[codes(fit)]
    eta = fit.design.X @ beta + sum(z * b[:, a] for a, z in enumerate(block.columns))
    left = fit.design.y - 1 / (1 + np.exp(-eta))
    for z in block.columns:
        score = np.bincount(codes(fit), left * z, block.n_groups)
        np.testing.assert_allclose(score[known], 0, atol=1e-6)
    assert 30 < known.sum() < 60


def test_pooled_coefficients_solve_the_score_equations() -> None:
    fit = api.fit("s / t ~ x + (1 | g)", DATA, family="binomial").fit
    beta = pooled_beta(fit)
    left = DATA["s"] - 6 / (1 + np.exp(-fit.design.X @ beta))
    np.testing.assert_allclose(fit.design.X.T @ left, 0, atol=1e-5)


def test_ordered_response_by_search() -> None:
    """A family without an intercept: each group's likelihood by a bounded search."""
    fit = fitted("rating ~ temp + contact + (1 | judge)", "wine", family="cumulative")
    assert fit.estimates.generalized is not None
    found, modes = own_deviations(fit, 0, "test")[:, 0], fit.estimates.modes[0][:, 0]
    observation = engine.observation_of(fit.design, fit.spec)
    for j in (0, 4, 8):
        rows = np.flatnonzero(codes(fit) == j)
        part = ResponseRows(fit.design.y[rows])
        eta = fit.estimates.generalized.eta[:, rows]
        eta[0] -= modes[j]
        at = optimize.minimize_scalar(
            lambda b, part=part, eta=eta: -observation.log_density(part, _moved(eta, b)).sum(),
            bounds=(-8, 8),
            method="bounded",
            options={"xatol": 1e-9},
        )
        assert found[j] == pytest.approx(at.x, abs=1e-5)


def _moved(eta: np.ndarray, b: float) -> np.ndarray:
    moved = eta.copy()
    moved[0] += b
    return moved
