"""Profiles of every kind of model: where they end, that they rise, and a closed form."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import norm

import echelon as ec
from echelon.engine.held import HeldCriterion
from echelon.engine.quantities import Correlation, Covariance, StdDev
from echelon.errors import EchelonWarning, EngineError
from echelon.infer.components import profile as module
from echelon.infer.components.parameters import parameters
from echelon.infer.components.profile import Profile, profile
from echelon.infer.components.root import Curve, Side, follow
from echelon.refit import by_ml
from echelon.table import Table
from tests.unit.engine.random_designs import MODELS, data, fitted

Z = float(norm.ppf(0.975))


@cache
def profiled(name: str) -> Profile:
    return profile(fitted(name))


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_of_every_model(name: str) -> None:
    found = profiled(name)
    known = parameters(found.fit)
    assert [trace.parameter for trace in found.traces] == [p.name for p in known]
    for parameter, trace, (low, high) in zip(known, found.traces, found.limits, strict=True):
        if np.isnan(parameter.estimate):
            assert np.isnan([low, high]).all()
            assert not len(trace.values)
            continue
        assert low <= parameter.estimate <= high
        # zeta is the root of a difference of criteria: 1e-3 of it is 1e-6 of them.
        assert np.diff(trace.zeta).min() > -1e-3
        assert (np.diff(trace.values) > 0).all()
        assert parameter.quantity is not None
        held = HeldCriterion(found.fit, parameter.quantity)
        at_estimate = held.at(parameter.estimate, held.start)[0]
        assert at_estimate == pytest.approx(found.fit.estimates.objective, abs=1e-5)
        edges = held.edges
        for limit, edge, sign in zip((low, high), edges, (-1, 1), strict=True):
            there = sign * trace.zeta[trace.values == limit]
            if limit == edge:
                assert there.size == 0 or there[0] <= Z
            else:
                assert there[0] == pytest.approx(Z, rel=1e-8)


def test_a_standard_deviation_reaches_zero_and_correlations_one() -> None:
    weighted = profiled("slopes, weights").intervals()
    assert weighted.row(parameter="sd_z|g")["conf_low"] == 0
    assert weighted.row(parameter="cor_z.x|g")["conf_low"] == -1
    assert weighted.row(parameter="cor_z.x|g")["conf_high"] == 1
    assert weighted.row(parameter="sd_x|g")["conf_low"] > 0


def test_a_correlation_rises_no_further_than_the_model_without_the_effect() -> None:
    """At a standard deviation of zero any correlation is allowed."""
    fit = by_ml(fitted("slopes, weights"))
    without = HeldCriterion(fit, StdDev(0, 2))
    top = without.at(0.0, without.start)[0]
    held = HeldCriterion(fit, Correlation(0, 2, 1))
    found = [held.at(value, held.start)[0] for value in (-1.0, -0.999, -0.5, 0.999, 1.0)]
    assert max(found) <= top + 1e-7


def test_a_held_correlation_keeps_its_sign() -> None:
    """Signs of theta are free in a fit; with them the other sign's correlation would be reached."""
    fit = by_ml(fitted("slopes"))
    held = HeldCriterion(fit, Correlation(0, 1, 0))
    for value in (-0.9, -0.4, 0.4, 0.9):
        _, theta = held.at(value, held.start)
        assert theta[0] >= 0
        assert theta[1] == pytest.approx(value * np.hypot(theta[1], theta[2]))


def test_singular_fits_are_profiled_from_zero() -> None:
    found = profiled("singular").intervals()
    for name in ("sd_(Intercept)|g", "sd_x|g"):
        row = found.row(parameter=name)
        assert row["conf_low"] == 0 == row["estimate"]
        assert 0 < row["conf_high"] < np.inf
    assert np.isnan(profiled("singular").limits[-2]).all()
    assert "cor_x.(Intercept)|g has no profile." in profiled("singular").notes


def test_aliased_coefficients_have_no_profile() -> None:
    found = profiled("aliased")
    assert found.traces[2].parameter == "twice"
    assert np.isnan(found.limits[2]).all()
    assert "twice has no profile." in profiled("aliased").notes


def test_least_squares_in_closed_form() -> None:
    """-2 log L rises by n log(1 + t^2 / (n - p)) for beta, n (r - 1 - log r) for sigma.

    r is the ratio of the least-squares variance to that which is held.
    """
    fit = fitted("no random effects")
    found = profile(fit, conf_level=0.9)
    z2 = float(norm.ppf(0.95)) ** 2
    n, p = 180, 3
    half = np.sqrt((np.exp(z2 / n) - 1) * (n - p) * np.diagonal(fit.estimates.vcov))
    np.testing.assert_allclose(found.limits[:3, 0], fit.estimates.beta - half, rtol=1e-8)
    np.testing.assert_allclose(found.limits[:3, 1], fit.estimates.beta + half, rtol=1e-8)
    least = found.fit.estimates.sigma
    for limit in found.limits[3]:
        r = (least / limit) ** 2
        assert n * (r - 1 - np.log(r)) == pytest.approx(z2, rel=1e-7)
    for trace in found.traces[:3]:
        t2 = ((trace.values - trace.estimate) ** 2) / fit.estimates.vcov[0, 0]
        if trace.parameter == "(Intercept)":
            rise = n * np.log1p(t2 / (n - p))
            np.testing.assert_allclose(trace.zeta**2, rise, rtol=1e-6, atol=1e-9)


def test_reml_and_ml_give_the_same() -> None:
    reml, ml = profiled("slopes"), profiled("by ML")
    np.testing.assert_allclose(reml.limits, ml.limits, rtol=1e-6)
    note = "Profiles are of the ML likelihood; the REML fit was taken to ML for them."
    assert note in reml.notes
    assert note not in ml.notes


def test_names_and_level() -> None:
    fit = fitted("slopes")
    both = profile(fit, ["sigma", "x"], conf_level=0.5)
    assert both.intervals()["parameter"].tolist() == ["sigma", "x"]
    wide = profile(fit, "x", conf_level=0.99)
    assert wide.limits[0, 0] < both.limits[1, 0] < both.limits[1, 1] < wide.limits[0, 1]
    assert both.intervals().title == "Profile-likelihood intervals, 50%"
    trace = wide.trace()
    assert isinstance(trace, Table)
    assert trace.columns == ("parameter", "value", "zeta")
    assert set(trace["parameter"]) == {"x"}
    at = ec.Result(fit).conf_int("profile", "x", 0.99)
    assert at.row(parameter="x")["conf_low"] == wide.limits[0, 0]


@pytest.mark.parametrize("structure", ["toep", "ar1", "cs", "hcs"])
def test_edges_of_structures(structure: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = ec.fit(f"y ~ x + {structure}(0 + t | u)", data(), method="ML").fit
    edges = {
        (row, other): HeldCriterion(fit, Correlation(0, row, other)).edges
        for row, other in ((1, 0), (2, 0))
    }
    low = -0.5 if structure in ("cs", "hcs") else -1.0
    assert edges[1, 0] == (low, 1.0)
    assert edges[2, 0][0] == {"ar1": 0.0, "toep": -1.0}.get(structure, low)
    found = profile(fit, "cor_t[1].t[0]|u")
    assert low <= found.limits[0, 0] < found.limits[0, 1] <= 1


def test_two_groups_say_little_about_their_variance() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat([0, 1], 15)
    table = {"y": rng.normal(size=30) + 3 * group, "g": group}
    found = profile(ec.fit("y ~ 1 + (1 | g)", table).fit)
    row = found.intervals().row(parameter="sd_(Intercept)|g")
    assert 0.3 < row["conf_low"] < row["estimate"] / 2
    assert row["conf_high"] > 3 * row["estimate"]


def test_an_unbounded_side() -> None:
    """A criterion that never rises by z^2: the limit is infinite."""

    def at(value: float, theta: np.ndarray) -> tuple[float, np.ndarray]:
        return 1.0 - 1.0 / (1.0 + value * value), theta

    reached = follow(Curve(at, 0.0, 0.0, np.empty(0)), Side(1, np.inf, "identity"), 1.0, Z)
    assert reached.limit == np.inf
    reached = follow(Curve(at, 0.0, 0.0, np.empty(0)), Side(-1, -2.0, "identity"), 1.0, Z)
    assert reached.limit == -2.0
    assert len(reached.points) == 3


def test_a_better_minimum_on_the_way_is_said() -> None:
    """As if the fit had ended in a local minimum, higher by 2."""
    fit = fitted("by ML")
    higher = replace(fit.estimates, objective=fit.estimates.objective + 2)
    (note,) = profile(replace(fit, estimates=higher), "sigma").notes
    assert note.startswith("On the profile of sigma -2 log likelihood is lower by 1.")
    assert note.endswith(" than at the estimates: these are not the best ones.")


@cache
def almost_perfect(ratio: float, seed: int) -> ec.Result:
    """Sigma is `ratio` times the standard deviations of intercepts and slopes, and of the rest."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(20), 8)
    x, z = rng.normal(size=160), rng.normal(size=20)[g]
    b = rng.normal(size=(20, 2))
    y = 3 + x + z + b[g, 0] + b[g, 1] * x + ratio * rng.normal(size=160)
    return ec.fit("y ~ x + z + (x | g)", {"y": y, "x": x, "z": z, "g": g})


def test_an_almost_perfect_fit_has_the_limits_that_rounding_leaves() -> None:
    """At sigma / tau = 1e-7 the equations break down on the way to some limits: NaN, and said.

    Which ones is a matter of rounding, and so of the machine.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        found = profile(almost_perfect(1e-7, 0).fit)
    is_lost = np.isnan(found.limits)
    for trace, (low, high) in zip(found.traces, is_lost, strict=True):
        sides = " and ".join(s for s, is_nan in (("below", low), ("above", high)) if is_nan)
        said = [note for note in found.notes if f" {trace.parameter} breaks off" in note]
        assert len(said) == bool(sides)
        assert all(
            note == f"The profile of {trace.parameter} breaks off {sides} the estimate: "
            "rounding leaves nothing of the criterion there."
            for note in said
        )
    assert found.notes[-1] == (
        "The model leaves next to nothing of the response: rounding leaves no digit of these "
        "limits."
    )
    assert np.isfinite(found.intervals()["estimate"]).all()


def test_a_profile_without_curvature(monkeypatch: pytest.MonkeyPatch) -> None:
    """The curvature only says how far to step first."""

    def drowned(fit: object) -> None:
        raise EngineError("", where="", got="", need="", do="", slug="")

    fit = fitted("slopes")
    monkeypatch.setattr(module, "curvature", drowned)
    np.testing.assert_allclose(profile(fit).limits, profiled("slopes").limits, rtol=1e-6)


def test_a_side_where_the_criterion_fails_has_no_limit() -> None:
    def at(value: float, theta: np.ndarray) -> tuple[float, np.ndarray]:
        if value > 1.5:
            raise EngineError("", where="", got="", need="", do="", slug="")
        return value**2, theta

    curve = Curve(at, 0.0, 0.0, np.empty(0))
    assert np.isnan(follow(curve, Side(1, np.inf, "identity"), 1.0, Z).limit)
    assert follow(curve, Side(-1, -np.inf, "identity"), 1.0, Z).limit == pytest.approx(-Z)


def test_variances_and_covariances_on_request() -> None:
    """A variance has the profile of its standard deviation; a covariance rises by 3.84."""
    fit = ec.fit("reaction ~ days + (days | subject)", "sleep", method="ML").fit
    names = ["sd_days|subject", "var_days|subject", "cov_days.(Intercept)|subject", "sigma",
             "var_residual"]  # fmt: skip
    found = profile(fit, names)
    np.testing.assert_allclose(found.limits[1], found.limits[0] ** 2, rtol=1e-9)
    np.testing.assert_allclose(found.limits[4], found.limits[3] ** 2, rtol=1e-9)
    held = HeldCriterion(fit, Covariance(0, 1, 0))
    for limit in found.limits[2]:
        rise = held.at(float(limit), held.start)[0] - fit.estimates.objective
        assert rise == pytest.approx(3.841458820694124, abs=1e-6)
    near = [held.at(v, held.start)[0] for v in (-1e-4, 0.0, 1e-4)]
    assert near[0] == pytest.approx(near[1], abs=1e-4)
    assert near[2] == pytest.approx(near[1], abs=1e-4)


def test_a_covariance_among_three_effects() -> None:
    """Held at its estimate it costs nothing; another value costs what no other fit saves."""
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(40), 12)
    x, z = rng.normal(size=(2, 480))
    b = rng.normal(size=(40, 3)) @ np.array([[1, 0.4, 0.2], [0, 1, -0.5], [0, 0, 0.8]])
    y = b[g, 0] + b[g, 1] * x + b[g, 2] * z + rng.normal(size=480)
    fit = ec.fit("y ~ x + z + (x + z | g)", {"y": y, "x": x, "z": z, "g": g}, method="ML").fit
    Lambda = fit.estimates.Lambdas[0]
    value = fit.estimates.sigma**2 * float(Lambda[2] @ Lambda[1])
    held = HeldCriterion(fit, Covariance(0, 2, 1))
    at_estimate, theta = held.at(value, held.start)
    assert at_estimate == pytest.approx(fit.estimates.objective, abs=1e-6)
    for other in (-0.5 * value, 0.3 * value, 2 * value):
        moved, _ = held.at(other, theta)
        assert moved > fit.estimates.objective + 1e-4
