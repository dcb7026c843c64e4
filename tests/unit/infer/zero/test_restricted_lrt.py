"""The exact restricted likelihood ratio: its eigenvalues, and the distribution they give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon._types import FloatArray
from echelon.engine.reference.gaussian import dense_Z, prior_weights
from echelon.fit import Fit
from echelon.infer.zero import restricted_lrt
from echelon.infer.zero.restricted_lrt import Spectrum, exact_p_value, simulate_statistic, spectrum
from tests.unit.infer.varied import fitted


def dense_eigenvalues(fit: Fit, columns: FloatArray) -> FloatArray:
    """Eigenvalues above zero of Z'P0Z, the n x n projection in full."""
    root = np.sqrt(prior_weights(fit.design))[:, None]
    Z = dense_Z(fit.design)[:, columns] * root
    Q = np.linalg.qr(fit.design.X[:, fit.estimates.is_estimated] * root)[0]
    values = np.linalg.eigvalsh(Z.T @ Z - (Z.T @ Q) @ (Q.T @ Z))
    return values[values > 1e-9 * values[-1]]


CASES = {  # formula: block, start, stop, columns of Z
    "y ~ x + (1 | g)": (0, 0, 1, np.arange(30)),
    "y ~ x * f + (x || g) + (1 | h)": (0, 1, 2, np.arange(1, 60, 2)),
    "y ~ x + (1 | h) + id(0 + f | g)": (1, 0, 3, np.arange(12, 102)),
    "y ~ x + (1 | mm(g, g2))": (0, 0, 1, np.arange(30)),
    "y ~ x + I(2 * x) + (1 | s)": (0, 0, 1, np.arange(6)),
    "y ~ 0 + (1 | g)": (0, 0, 1, np.arange(30)),
}


@pytest.mark.parametrize("formula", CASES)
@pytest.mark.parametrize("weights", [None, "w"])
def test_eigenvalues_against_the_projection(formula: str, weights: str | None) -> None:
    fit = fitted(formula, "REML", weights)
    block, start, stop, columns = CASES[formula]
    found = spectrum(fit, block, start, stop)
    expected = dense_eigenvalues(fit, columns)
    assert found.residual_n == fit.estimates.n_obs - fit.estimates.n_estimated
    np.testing.assert_allclose(np.repeat(found.values, found.counts), expected, rtol=1e-9)


def test_many_sizes_are_grouped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where eigenvalues are too many to tell apart, their sum and their number are kept."""
    fit = fitted("y ~ x + (x || g)")
    exact = spectrum(fit, 0, 1, 2)
    monkeypatch.setattr(restricted_lrt, "CLASSES", 8)
    monkeypatch.setattr(restricted_lrt, "LARGEST", 40)
    grouped = spectrum(fit, 0, 1, 2)
    assert len(grouped.values) <= 10
    draws = [simulate_statistic(one, 20_000, np.random.default_rng(1)) for one in (exact, grouped)]
    for share in (0.5, 0.8, 0.95):
        assert np.quantile(draws[0], share) == pytest.approx(np.quantile(draws[1], share), abs=0.15)


def balanced(n_groups: int, size: int) -> Spectrum:
    counts = np.array([n_groups - 1])
    return Spectrum(np.array([float(size)]), counts, n_groups * size - 1)


@pytest.mark.parametrize(("n_groups", "size"), [(6, 5), (18, 10)])
def test_zero_has_the_probability_of_an_f_test(n_groups: int, size: int) -> None:
    """In a balanced one-way layout the statistic is zero exactly where F <= 1."""
    draws = simulate_statistic(balanced(n_groups, size), 40_000, np.random.default_rng(7))
    expected = stats.f.cdf(1.0, n_groups - 1, n_groups * (size - 1))
    assert (draws == 0).mean() == pytest.approx(expected, abs=0.01)  # 4 standard errors


def test_the_supremum_is_that_of_the_closed_form() -> None:
    """Balanced: with s = SSB / SSW the maximum over lambda is at 1 + lambda mu = F."""
    J, size = 6, 5
    k, rest = J - 1, J * (size - 1)
    generator = np.random.default_rng(3)
    between, within = generator.chisquare(k, 2_000), generator.chisquare(rest, 2_000)
    F = np.maximum(between / k / (within / rest), 1.0)
    m = k + rest
    expected = m * np.log((between + within) / (between / F + within)) - k * np.log(F)
    found = simulate_statistic(balanced(J, size), 2_000, np.random.default_rng(3))
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_seed_and_number() -> None:
    draws = simulate_statistic(balanced(6, 5), 4_500, np.random.default_rng(1))
    again = simulate_statistic(balanced(6, 5), 4_500, np.random.default_rng(1))
    assert len(draws) == 4_500
    np.testing.assert_array_equal(draws, again)


def test_no_eigenvalue_above_zero() -> None:
    nothing = Spectrum(np.empty(0), np.empty(0, dtype=np.int64), 10)
    np.testing.assert_array_equal(simulate_statistic(nothing, 3, np.random.default_rng(1)), 0.0)


def test_p_value() -> None:
    draws = np.array([0.0, 0.0, 1.0, 2.0])
    assert exact_p_value(draws, 0.0) == 1.0
    assert exact_p_value(draws, 1.0) == 0.5
    assert exact_p_value(draws, 3.0) == 0.0
