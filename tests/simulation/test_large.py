"""Many groups: time that a reader waits for, and memory by the row."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import numpy as np
import pytest

import echelon

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::echelon.errors.ApproximationWarning"),
]
SECONDS = 30.0  # on two quiet cores each takes a tenth of this


def fitted(formula: str, data: dict[str, Any], family: str) -> echelon.Result:
    """Fit, in time."""
    begun = time.monotonic()
    fit = echelon.fit(formula, data, family=family)
    assert time.monotonic() - begun < SECONDS
    assert fit.convergence.is_converged
    return fit


@pytest.mark.parametrize("family", ["poisson", "binomial"])
def test_a_hundred_thousand_pairs(family: str) -> None:
    """Two rows in each of 10^5 groups: truth within five standard errors of Laplace's estimates."""
    rng, groups = np.random.default_rng(31), 100_000
    g, x = np.repeat(np.arange(groups), 2), rng.normal(size=2 * groups)
    eta = 0.4 + 0.5 * x + 0.7 * rng.standard_normal(groups)[g]
    y = rng.poisson(np.exp(eta)) if family == "poisson" else rng.binomial(9, 1 / (1 + np.exp(-eta)))
    data = {"y": y, "x": x, "g": g, "t": np.full(len(g), 9)}
    fit = fitted(f"{'y' if family == 'poisson' else 'y / t'} ~ x + (1 | g)", data, family)
    table = fit.fit.estimates
    error = abs(table.beta - [0.4, 0.5]) / np.sqrt(np.diag(table.vcov))
    assert error[1] < 5.0
    assert table.beta == pytest.approx([0.4, 0.5], abs=0.02)
    assert table.theta == pytest.approx([0.7], abs=0.03)


def test_memory_is_counted_by_the_row() -> None:
    """What Python holds while it fits: columns of the design, not matrices of groups."""
    rng, groups = np.random.default_rng(32), 50_000
    g, x = np.repeat(np.arange(groups), 2), rng.normal(size=2 * groups)
    eta = 0.3 + 0.3 * x + 0.5 * rng.standard_normal(groups)[g]
    data = {"y": rng.poisson(np.exp(eta)), "x": x, "g": g}
    tracemalloc.start()
    echelon.fit("y ~ x + (1 | g)", data, family="poisson")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak / len(g) < 300


def test_crossed_factors_are_sparse() -> None:
    """3,000 by 2,000 groups in 2 * 10^4 rows, each group beside a few of the other factor."""
    rng, n = np.random.default_rng(33), 20_000
    a = rng.integers(0, 3_000, n)
    data = {"x": rng.normal(size=n), "a": a, "b": (a * 2 // 3 + rng.integers(0, 4, n)) % 2_000}
    eta = 0.5 + 0.4 * data["x"] + 0.5 * rng.standard_normal(3_000)[data["a"]]
    data["y"] = rng.poisson(np.exp(eta + 0.4 * rng.standard_normal(2_000)[data["b"]]))
    fit = fitted("y ~ x + (1 | a) + (1 | b)", data, "poisson")
    assert fit.fit.estimates.plan.way == "sparse"
    assert fit.theta == pytest.approx([0.5, 0.4], abs=0.05)
    assert list(fit.beta.values()) == pytest.approx([0.5, 0.4], abs=0.06)


def test_three_levels_of_a_hundred_thousand_rows() -> None:
    rng, n = np.random.default_rng(34), 100_000
    klass = np.repeat(np.arange(10_000), 10)
    data = {"x": rng.normal(size=n), "class": klass, "school": klass // 20}
    eta = -0.2 + 0.5 * data["x"] + 0.6 * rng.standard_normal(10_000)[klass]
    eta += 0.4 * rng.standard_normal(500)[data["school"]]
    data["y"] = rng.binomial(1, 1 / (1 + np.exp(-eta)))
    fit = fitted("y ~ x + (1 | school/class)", data, "binomial")
    assert sorted(fit.theta) == pytest.approx([0.4, 0.6], abs=0.06)
    assert list(fit.beta.values()) == pytest.approx([-0.2, 0.5], abs=0.06)
