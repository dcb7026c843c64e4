"""Profiles of generalized models: against lme4 and glmmTMB, at their edges, and by brute force."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from scipy.stats import norm

from echelon.engine.generalized.held import HeldGeneralized
from echelon.engine.quantities import Correlation, StdDev
from echelon.fit import Fit
from echelon.infer.components.parameters import parameters
from echelon.infer.components.profile import Profile, profile
from tests.unit.infer.generalized_fits import cbpp, contraception, fitted, salamanders, wine

Z = float(norm.ppf(0.975))
MODELS: dict[str, Callable[[], Fit]] = {
    "cbpp": cbpp,
    "slope": contraception,
    "quadrature": lambda: cbpp(quadrature=5),
    "ordinal": wine,
    "no random effects": lambda: fitted("b ~ x", family="binomial"),
    "three levels": lambda: fitted("b ~ x + (1 | h/g)", family="binomial"),
    "uncorrelated": lambda: fitted("b ~ x + (x || g)", family="binomial"),
    "compound symmetry": lambda: fitted("b ~ x + cs(0 + f | g)", family="binomial"),
}


@cache
def profiled(name: str) -> Profile:
    return profile(MODELS[name]())


SLOW = ("compound symmetry",)  # its correlation lies at one


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in MODELS]
)
def test_limits_are_where_the_criterion_has_risen(name: str) -> None:
    found = profiled(name)
    known = parameters(found.fit)
    assert [trace.parameter for trace in found.traces] == [p.name for p in known]
    for parameter, trace, (low, high) in zip(known, found.traces, found.limits, strict=True):
        assert low <= parameter.estimate <= high
        assert np.diff(trace.zeta).min() > -1e-3
        assert parameter.quantity is not None
        held = HeldGeneralized(found.fit, parameter.quantity)
        at_estimate = held.at(parameter.estimate, held.start)[0]
        assert at_estimate == pytest.approx(found.fit.estimates.objective, abs=1e-6)
        for limit, edge, sign in zip((low, high), held.edges, (-1, 1), strict=True):
            there = sign * trace.zeta[trace.values == limit]
            if limit == edge:
                assert there.size == 0 or there[0] <= Z
            elif np.isfinite(limit):
                assert there[0] == pytest.approx(Z, rel=1e-6)


def limits(fit: Fit, names: str | list[str]) -> np.ndarray:
    return profile(fit, names).limits


def test_cbpp_against_lme4() -> None:
    """R 4.2, lme4 1.1-31: confint(glmer(cbind(incidence, size - incidence) ~ period + (1 | herd),
    cbpp, family = binomial), method = "profile")."""
    expected = [
        [-1.9012119549, -0.9477540060],
        [-1.6167832557, -0.4077630678],
        [-1.8010243656, -0.5115360713],
        [-2.5007505630, -0.8007553153],
        [0.3460732033, 1.0999746482],
    ]
    assert profiled("cbpp").limits == pytest.approx(np.array(expected), rel=2e-3)


def test_a_correlated_slope_against_lme4() -> None:
    """lme4 1.1-31: a <- age / 10; confint(glmer(use ~ a + I(a^2) + urban + (1 + urban | district),
    Contraception, family = binomial, control = glmerControl("bobyqa", optCtrl = list(rhobeg = 1e-3,
    rhoend = 1e-9, maxfun = 1e5))), method = "profile", devtol = 1e-3)."""
    fit = contraception("factor(use) ~ I(age / 10) + I((age / 10)^2) + urban + (urban | district)")
    names = [p.name for p in parameters(fit)]
    assert [name.split("_")[0] for name in names[4:]] == ["sd", "sd", "cor"]
    expected = [
        [-0.4825942978, -0.02422733633],
        [0.2035802843, 0.45778580924],
        [-0.7457801347, -0.47848014238],
        [0.3926431045, 1.04666992004],
        [0.4281788095, 0.82976720096],
        [0.3592196810, 1.15496346643],
        [-0.9436090589, -0.40413000878],
    ]
    # lme4 interpolates between the points of its trace.
    assert limits(fit, names) == pytest.approx(np.array(expected), abs=3e-3)


def test_a_dispersion_against_glmmTMB() -> None:
    """glmmTMB 1.1.5: m <- glmmTMB(count ~ mined + (1 | site), Salamanders, family = nbinom2);
    confint(m, parm = i, method = "profile", precision = 0.02); its theta is the log of ours."""
    fit = salamanders(family="nbinom2")
    names = ["(Intercept)", "mined[yes]", "dispersion.(Intercept)", "sd_(Intercept)|site"]
    found = limits(fit, names)
    found[3] = np.log(found[3])
    expected = [
        [0.4224541453, 1.14436141],
        [-2.881310841, -1.721203325],
        [-0.6763671134, -0.2142344384],
        [-1.197381133, -0.1547245442],
    ]
    assert found == pytest.approx(np.array(expected), abs=0.01)


def test_a_standard_deviation_of_zero_is_its_own_lower_limit() -> None:
    fit = fitted("same ~ x + (1 | g)", family="poisson")
    assert fit.estimates.verdict.is_singular
    row = profile(fit, "sd_(Intercept)|g").intervals().row(parameter="sd_(Intercept)|g")
    assert row["estimate"] == row["conf_low"] == 0.0
    assert 0.05 < row["conf_high"] < 1.0


def test_variances_are_squares_and_covariances_have_no_profile() -> None:
    fit = contraception()
    sd = limits(fit, "sd_urban[Y]|district")
    assert limits(fit, "var_urban[Y]|district") == pytest.approx(sd**2)
    found = profile(fit, "cov_urban[Y].(Intercept)|district")
    assert np.isnan(found.limits).all()
    assert found.notes == ("cov_urban[Y].(Intercept)|district has no profile.",)


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        (StdDev(0, 1), 0.3),
        (StdDev(0, 0), 0.0),
        (Correlation(0, 1, 0), -0.3),
        (Correlation(0, 1, 0), -1),
    ],
)
def test_what_is_held_has_its_value(quantity: StdDev | Correlation, value: float) -> None:
    fit = contraception()
    held = HeldGeneralized(fit, quantity)
    objective, state = held.at(value, held.start)
    Sigma = np.square(held.mapping.Lambdas(state[held.n_coefficients :])[0]).sum(axis=1)
    (Lambda,) = held.mapping.Lambdas(state[held.n_coefficients :])
    covariance = Lambda @ Lambda.T
    assert objective > fit.estimates.objective
    if isinstance(quantity, StdDev):
        assert np.sqrt(covariance[0, 0]) == pytest.approx(value, abs=1e-12)
    else:
        size = np.sqrt(Sigma.prod())
        assert covariance[1, 0] / size == pytest.approx(value, abs=1e-12)


def test_a_held_slope_without_variance_is_the_model_without_it() -> None:
    held = HeldGeneralized(contraception(), StdDev(0, 1))
    without = contraception("factor(use) ~ age + urban + (1 | district)")
    assert held.at(0.0, held.start)[0] == pytest.approx(without.estimates.objective, abs=1e-6)
