"""Differences of huge numbers against whole-number arithmetic."""

from __future__ import annotations

from decimal import Decimal, getcontext
from math import comb, factorial

import numpy as np
import pytest

from echelon.engine.observation import precise

getcontext().prec = 60


def test_log1mexp() -> None:
    x = np.array([1e-300, 1e-9, 0.5, 1.0, 40.0, 800.0])
    want = [float((1 - (-Decimal(v)).exp()).ln()) if v > 1e-30 else np.log(v) for v in x.tolist()]
    np.testing.assert_allclose(precise.log1mexp(x), want, rtol=1e-15)
    assert np.isneginf(precise.log1mexp(np.array([0.0, -1.0]))).all()


def test_stirling_error() -> None:
    for x in (1, 3, 14, 15, 16, 100):
        logarithm = Decimal(factorial(x)).ln()
        root = Decimal("0.918938533204672741780329736405617639861397473637783412817")
        want = logarithm - ((Decimal(x) + Decimal("0.5")) * Decimal(x).ln() - x + root)
        assert precise.stirling_error(np.array([float(x)]))[0] == pytest.approx(
            float(want), abs=5e-15
        )


@pytest.mark.parametrize("ratio", [1 - 1e-9, 0.93, 0.3, 1.05, 4.0])
def test_spread(ratio: float) -> None:
    m, x = Decimal(10) ** 8, Decimal(ratio) * 10**8
    want = float(x * (x / m).ln() + m - x)
    args = (float(x), float(m), float(x - m), float(m.ln()))
    found = precise.spread(*(np.array([v]) for v in args))
    assert found[0] == pytest.approx(want, rel=1e-12)


def test_log_binomial_of_many_trials() -> None:
    for x, n, p in ((3, 10, 0.25), (0, 5, 0.5), (5, 5, 0.5), (500, 1000, 0.5), (9, 4000, 2**-9)):
        exact = Decimal(comb(n, x)) * Decimal(p) ** x * Decimal(1 - p) ** (n - x)
        found = precise.log_binomial(
            *(np.array([float(v)]) for v in (x, n)), np.log([p]), np.log1p([-p])
        )
        assert found[0] == pytest.approx(float(exact.ln()), rel=2e-14, abs=2e-15)
    half = np.log([0.5])
    # Half of 10^8: 1 / sqrt(pi n / 2) (1 - 1 / (4 n)).
    found = precise.log_binomial(np.array([5e7]), np.array([1e8]), half, half)
    assert found[0] == pytest.approx(-0.5 * np.log(np.pi * 5e7) - 1 / 4e8, abs=1e-14)


def test_rising_excess_is_a_sum_of_logarithms() -> None:
    for a in (1e-200, 1e-3, 0.99, 1.0, 1.01, 14.0, 1e4, 1e9, 1e300):
        for y in (0, 1, 2, 40):
            want = sum((1 + Decimal(k) / Decimal(a)).ln() for k in range(y))
            found = precise.rising_excess(np.array([a]), np.log([a]), np.array([float(y)]))
            assert found[0] == pytest.approx(float(want), rel=1e-13, abs=1e-14)


def test_exponentials_stay_numbers() -> None:
    found = precise.expo(np.array([-1e6, 1e6]))
    assert np.all(np.isfinite(found))
    assert np.all(found > 0)
