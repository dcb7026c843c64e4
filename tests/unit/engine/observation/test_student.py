"""Student's t against scipy, from less than one degree of freedom to the normal."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation.model import ResponseRows
from echelon.engine.observation.student import Student, t_up_to


@pytest.mark.parametrize("nu", [0.3, 1.0, 2.0, 2.5, 30.0, 1e5])
def test_against_scipy(nu: float) -> None:
    y = np.array([-1e6, -30.0, -1.0, -1e-9, 0.0, 0.4, 3.0, 200.0])
    rows, eta = ResponseRows(y), np.repeat([[0.2], [0.5], [np.log(nu)]], y.size, axis=1)
    model, known = Student(), stats.t(nu, 0.2, np.exp(0.5))
    np.testing.assert_allclose(model.log_density(rows, eta), known.logpdf(y), rtol=1e-10)
    np.testing.assert_allclose(model.distribution(rows, eta)[0], known.cdf(y), rtol=1e-9)
    if nu > 2:
        np.testing.assert_allclose(model.variance(rows, eta), known.var(), rtol=1e-12)
    else:
        assert np.isposinf(model.variance(rows, eta)).all()


def test_many_degrees_of_freedom_are_normal() -> None:
    y = np.array([-9.0, -0.5, 2.0])
    rows = ResponseRows(y)
    for log_nu in (34.0, 100.0, 700.0):
        eta = np.repeat([[0.0], [0.0], [log_nu]], 3, axis=1)
        np.testing.assert_allclose(
            Student().log_density(rows, eta), stats.norm.logpdf(y), rtol=1e-12
        )
    np.testing.assert_allclose(t_up_to(y, np.full(3, 1e300)), stats.norm.cdf(y), rtol=1e-12)


def test_start_ignores_an_outlier() -> None:
    start = Student().start(ResponseRows(np.array([1.0, 2.0, 3.0, 1e9])))
    assert start[0] == 2.5
    assert np.exp(start[1]) < 3
    assert np.exp(start[2]) == pytest.approx(5.0)
