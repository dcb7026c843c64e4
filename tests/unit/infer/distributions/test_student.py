"""Student's t without scipy, against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from echelon.infer.distributions.student import two_sided_quantile, two_sided_tail

DF = np.array([0.5, 1.0, 2.0, 3.7, 17.0, 99.0, 1e3, 1e5, 1e8])


@pytest.mark.parametrize("t", [0.3, 1.0, 2.5, 40.0, 1e4])
def test_tail(t: float) -> None:
    expected = 2 * special.stdtr(DF, -t)
    inside = expected > 1e-280
    np.testing.assert_allclose(two_sided_tail(t, DF)[inside], expected[inside], rtol=2e-12)


@pytest.mark.parametrize("level", [0.01, 0.5, 0.95, 0.999])
def test_quantile(level: float) -> None:
    expected = special.stdtrit(DF, (1 + level) / 2)
    np.testing.assert_allclose(two_sided_quantile(1 - level, DF), expected, rtol=1e-11)


@pytest.mark.parametrize("t", [1e-9, 1e-6, 1e-3, 1.0, 1e6])
def test_one_degree_of_freedom_is_cauchys(t: float) -> None:
    """Near zero scipy is good to 1e-10 only, so that the closed form is the judge."""
    exact = 2 * np.arctan2(1, t) / np.pi
    np.testing.assert_allclose(two_sided_tail(np.array([t]), np.array([1.0])), exact, rtol=1e-13)


def test_the_normal_is_the_limit() -> None:
    assert two_sided_quantile(0.05, np.array(np.inf)) == pytest.approx(special.ndtri(0.975))
    assert two_sided_tail(np.array(2.0), np.array(np.inf)) == pytest.approx(2 * special.ndtr(-2))


def test_what_has_no_answer_is_not_a_number() -> None:
    tail = two_sided_tail(np.array([np.nan, 1.0, np.inf, 0.0]), np.array([3.0, np.nan, 4.0, 5.0]))
    np.testing.assert_allclose(tail, [np.nan, np.nan, 0.0, 1.0], rtol=1e-14)
    assert np.isnan(two_sided_quantile(0.05, np.array([np.nan, 0.0, -1.0]))).all()
    assert two_sided_quantile(0.05, np.empty(0)).shape == (0,)


def test_hardly_any_degrees_of_freedom() -> None:
    df = np.array([1e-300, 1e-12, 1e-6])
    np.testing.assert_allclose(two_sided_tail(np.full(3, 2.5), df), 1.0, atol=1e-4)
    assert (two_sided_quantile(0.05, df) > 1e300).all()
