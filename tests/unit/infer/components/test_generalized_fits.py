"""Intervals of generalized models: Wald by the delta method, profile and bootstrap by one verb."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.infer.components.variance_inference import variance_intervals
from echelon.infer.intervals import conf_int
from tests.unit.infer.generalized_fits import cbpp, contraception, fitted, salamanders, wine

Z = 1.959963984540054


def test_wald_intervals_of_coefficients_are_normal() -> None:
    fit = salamanders(family="nbinom2", zero="~ mined")
    found = conf_int(fit)
    assert list(found["parameter"]) == [
        "(Intercept)", "mined[yes]", "sd_(Intercept)|site", "zero.(Intercept)",
        "zero.mined[yes]", "dispersion.(Intercept)",
    ]  # fmt: skip
    generalized = fit.estimates.generalized
    assert generalized is not None
    errors = np.sqrt(np.diagonal(generalized.joint_cov))
    for place, name in ((1, "mined[yes]"), (3, "zero.mined[yes]"), (4, "dispersion.(Intercept)")):
        row = found.row(parameter=name)
        assert row["conf_high"] - row["estimate"] == pytest.approx(Z * errors[place])
        assert row["estimate"] - row["conf_low"] == pytest.approx(Z * errors[place])


def test_wald_intervals_of_one_standard_deviation_are_symmetric_on_the_log_scale() -> None:
    fit = cbpp()
    generalized = fit.estimates.generalized
    assert generalized is not None
    theta, error = float(fit.estimates.theta[0]), float(np.sqrt(generalized.joint_cov[-1, -1]))
    row = conf_int(fit).row(parameter="sd_(Intercept)|herd")
    assert row["estimate"] == pytest.approx(theta)
    assert row["conf_low"] == pytest.approx(theta * np.exp(-Z * error / theta))
    assert row["conf_high"] == pytest.approx(theta * np.exp(Z * error / theta))


def test_errors_of_covariances_are_those_of_differences() -> None:
    """The delta method from joint_cov of theta, by numerical slopes of Sigma."""
    fit = contraception()
    generalized = fit.estimates.generalized
    assert generalized is not None
    theta, covariance = fit.estimates.theta, generalized.joint_cov[-3:, -3:]

    def values(theta: np.ndarray) -> np.ndarray:
        a, b, c = theta
        sd = np.array([abs(a), np.hypot(b, c)])
        return np.array([*sd, a * b / sd.prod(), *sd**2, a * b])

    step = 1e-6
    slopes = np.array(
        [(values(theta + step * e) - values(theta - step * e)) / (2 * step) for e in np.eye(3)]
    )
    expected = np.sqrt(np.diagonal(slopes.T @ covariance @ slopes))
    assert variance_intervals(fit)["std_error"] == pytest.approx(expected, rel=1e-6)


def test_at_a_boundary_there_is_no_wald_interval() -> None:
    fit = fitted("same ~ x + (1 | g)", family="poisson")
    row = conf_int(fit).row(parameter="sd_(Intercept)|g")
    assert row["estimate"] == 0.0
    assert (row["conf_low"], row["conf_high"]) == (None, None)


def test_thresholds_are_among_the_parameters() -> None:
    found = conf_int(wine(), parameters=["1|2", "temp[warm]"], conf_level=0.9)
    assert list(found["parameter"]) == ["1|2", "temp[warm]"]
    assert found.row(parameter="1|2")["estimate"] == pytest.approx(-1.6237, abs=1e-3)


@pytest.mark.parametrize("method", ["profile", "bootstrap"])
def test_every_method_has_the_same_rows(method: str) -> None:
    found = conf_int(cbpp(), method, n=20, seed=1)
    assert list(found["parameter"]) == list(conf_int(cbpp())["parameter"])
    assert (found["conf_low"] < found["conf_high"]).all()
