"""How often tests of a variance reject when it is zero: they should keep the size they promise.

Each share is of N simulated responses; the limits are three of its standard errors.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from echelon import api
from echelon._types import FloatArray
from echelon.engine.estimate import estimate
from echelon.errors import EngineError
from echelon.fit import Fit
from echelon.infer import variance_bootstrap
from echelon.infer.distributions import chi2_p_value
from echelon.infer.likelihood_ratio import likelihood_ratio
from echelon.infer.restricted_lrt import simulate_statistic, spectrum
from echelon.infer.variance_bootstrap import bootstrap_statistics

N = 2_000
SIZES = (0.2, 0.1, 0.05, 0.01)


@cache
def fits(smaller: str, larger: str, n_groups: int, size: int) -> tuple[Fit, Fit]:
    """Fit both to responses that vary between groups `g`; slopes and `h` vary in nothing."""
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(n_groups), size)
    x = rng.normal(size=len(group)) + 0.7
    table = {
        "y": x + rng.normal(size=n_groups)[group] + rng.normal(size=len(group)),
        "x": x,
        "f": np.array(list("abc"))[np.arange(len(group)) % 3],
        "g": group,
        "h": np.arange(len(group)) % 60,
    }
    return api.fit(smaller, table).fit, api.fit(larger, table).fit


def statistics(smaller: Fit, larger: Fit) -> FloatArray:
    draws, n_failed = bootstrap_statistics(smaller, larger, N, np.random.default_rng(1))
    assert n_failed == 0
    return draws


def error(share: float) -> float:
    return 3 * float(np.sqrt(share * (1 - share) / N))


def test_draws_do_not_depend_on_how_many_are_held() -> None:
    smaller, larger = fits("y ~ x", "y ~ x + (1 | g)", 8, 4)
    draws, n_failed = bootstrap_statistics(smaller, larger, 60, np.random.default_rng(1))
    assert (len(draws), n_failed) == (60, 0)
    assert draws.min() >= 0
    fewer, _ = bootstrap_statistics(smaller, larger, 40, np.random.default_rng(1))
    np.testing.assert_array_equal(draws[:40], fewer)


def test_refits_that_fail_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    smaller, larger = fits("y ~ x", "y ~ x + (1 | g)", 8, 4)
    calls = iter(range(1000))

    def failing(*arguments: Any) -> Any:
        if next(calls) % 3 == 0:
            raise EngineError("no", where="", got="", need="", do="", slug="internal")
        return estimate(*arguments)

    monkeypatch.setattr(variance_bootstrap, "estimate", failing)
    draws, n_failed = bootstrap_statistics(smaller, larger, 10, np.random.default_rng(1))
    assert (len(draws) + n_failed, n_failed > 0) == (10, True)


MODELS = {  # smaller, larger: share of statistics that are zero, or None
    ("y ~ x", "y ~ x + (1 | g)"): 0.5,
    ("y ~ x", "y ~ x + (x || g)"): None,
    ("y ~ x", "y ~ x + (x | g)"): None,
    ("y ~ x", "y ~ x + (1 | g) + (1 | h)"): 0.25,
    ("y ~ x + (1 | g)", "y ~ x + (x | g)"): 0.0,
    ("y ~ x + (1 | g)", "y ~ x + (f | g)"): 0.0,
}


@pytest.mark.slow
@pytest.mark.parametrize("pair", MODELS, ids=" in ".join)
@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_size_of_the_mixture(pair: tuple[str, str]) -> None:
    """A hundred groups of six: the mixture keeps its size, the plain chi-square is far below."""
    smaller, larger = fits(*pair, 100, 6)
    test = likelihood_ratio(smaller, larger)
    assert test.mixture is not None
    draws = statistics(smaller, larger)
    p_values = np.array([test.mixture.p_value(value) for value in draws])
    plain = np.array([chi2_p_value(value, test.df) for value in draws])
    for size in SIZES:
        # Estimates of small variances are skewed: with 100 groups the mixture is slightly
        # conservative, never liberal; hence a lower limit of 20 per cent less.
        assert 0.8 * size - error(size) < (p_values < size).mean() < size + error(size)
    assert (plain < 0.05).mean() < 0.04 + error(0.04) / 3
    zero = MODELS[pair]
    if zero is not None:
        assert (draws < 1e-6).mean() == pytest.approx(zero, abs=0.03 + error(0.5))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_size_of_the_exact_test() -> None:
    """Eight groups of four: exact where the mixture is not, and the same distribution."""
    smaller, larger = fits("y ~ x", "y ~ x + (1 | g)", 8, 4)
    draws = statistics(smaller, larger)
    exact = np.sort(
        simulate_statistic(spectrum(larger, 0, 0, 1), 100_000, np.random.default_rng(2))
    )
    p_values = 1 - np.searchsorted(exact, draws - 1e-9) / len(exact)
    for size in SIZES:
        assert (p_values < size).mean() == pytest.approx(size, abs=error(size))
    assert (draws < 1e-6).mean() == pytest.approx((exact == 0).mean(), abs=error(0.5))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_size_of_the_exact_test_beside_another_variance() -> None:
    """A slope beside an intercept that varies: close to exact (Greven et al. 2008)."""
    smaller, larger = fits("y ~ x + (1 | g)", "y ~ x + (1 | g) + (0 + x | g)", 15, 8)
    draws = statistics(smaller, larger)
    exact = np.sort(
        simulate_statistic(spectrum(larger, 0, 1, 2), 100_000, np.random.default_rng(2))
    )
    p_values = 1 - np.searchsorted(exact, draws - 1e-9) / len(exact)
    for size in SIZES[:3]:
        assert 0.6 * size < (p_values < size).mean() < size + error(size)
