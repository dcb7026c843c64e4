"""Design effects against the variance of a mean, 1'V1 in full."""

from __future__ import annotations

import numpy as np
import pytest

import echelon
from echelon.fit import Fit
from echelon.measure.design_effect import design_effect
from echelon.measure.null_model import null_model
from tests.golden import fits
from tests.unit.measure.test_icc_kinds import dense_V

RNG = np.random.default_rng(5)
UNEQUAL = {
    "y": RNG.normal(size=60), "x": RNG.normal(size=60),
    "g": np.repeat(np.arange(6), range(5, 16, 2)),
    "h": np.arange(60) % 4, "t1": np.arange(60) % 5, "t2": np.arange(60) // 4 % 5,
    "w1": np.full(60, 0.75), "w2": np.full(60, 0.25),
}  # fmt: skip


def inflation(fit: Fit) -> float:
    """var(mean) over what independent rows of the same variances would give."""
    V = dense_V(fit)
    return float(V.sum() / np.trace(V))


def with_theta(formula: str, theta: list[float]) -> Fit:
    """A model with standard deviations set by hand, sigma = 2."""
    factors = [[[value]] for value in theta]
    fit = fits.hand_set(formula, UNEQUAL, [0], [1], factors, 2.0)
    estimates = fit.estimates.__class__(
        **{name: getattr(fit.estimates, name) for name in fit.estimates.__slots__}
        | {"theta": np.array(theta)}
    )
    return Fit(fit.spec, fit.design, fit.crossprod, estimates, fit.rows, fit.source)


@pytest.mark.parametrize(
    ("formula", "theta"),
    [
        ("y ~ 1 + (1 | g)", [0.7]),
        ("y ~ 1 + (1 | g) + (1 | h)", [0.7, 0.3]),
        ("y ~ 1 + (1 | mm(t1, t2, weights = (w1, w2)))", [0.9]),
    ],
)
def test_exact_for_random_intercepts(formula: str, theta: list[float]) -> None:
    fit = with_theta(formula, theta)
    table = design_effect(fit)
    assert table["design_effect"][-1] == pytest.approx(inflation(fit), rel=1e-12)
    assert table["effective_n"][-1] == pytest.approx(60 / inflation(fit), rel=1e-12)


def test_sizes() -> None:
    table = design_effect(with_theta("y ~ 1 + (1 | g)", [0.5]))
    sizes = np.arange(5, 16, 2)
    row = table.row(grouping="g")
    assert row["n_groups"] == 6
    assert row["mean_size"] == 10
    assert row["typical_size"] == pytest.approx((sizes**2).sum() / 60)
    assert row["icc"] == pytest.approx(0.2)
    assert row["design_effect_mean_size"] == pytest.approx(1 + 9 * 0.2)


def test_unconditional_is_that_of_the_null_model() -> None:
    data = echelon.datasets.load("hsb")
    fit = echelon.fit("mathach ~ ses + (1 | school)", data).fit
    null = design_effect(null_model(fit, "a test"))
    table = design_effect(fit, "unconditional")
    for column in table.columns:
        assert table[column].tolist() == null[column].tolist()
    assert table["design_effect"][0] > design_effect(fit)["design_effect"][0]
