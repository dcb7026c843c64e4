"""Means on the response's scale: integrals by brute force, gradients by calculus, and words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from echelon.fit import Fit
from echelon.infer import marginal_means
from echelon.infer.means.channel_rows import grid_rows
from echelon.infer.means.delta import Quantity
from echelon.infer.means.integration import closed_average, population_average
from echelon.infer.means.outcomes import read_outcome
from echelon.infer.means.reference_grid import reference_grid
from tests.unit.infer.generalized import fitted
from tests.unit.infer.varied import fitted as gaussian


def brute(function: Any, mean: float, variance: float) -> float:
    """Integrate over a normal distribution by adaptive quadrature."""
    sd = np.sqrt(variance)
    value, _ = integrate.quad(
        lambda z: function(mean + sd * z) * stats.norm.pdf(z), -12, 12, epsabs=1e-13, limit=400
    )
    return float(value)


@pytest.mark.parametrize("sd", [0.01, 0.5, 2.0, 6.0])
@pytest.mark.parametrize("eta", [-5.0, 0.3, 4.0])
def test_population_of_logit_and_cloglog(eta: float, sd: float) -> None:
    for inverse in (lambda e: 1 / (1 + np.exp(-e)), lambda e: 1 - np.exp(-np.exp(e))):
        found = population_average(inverse, np.array([[eta]]), np.array([[[sd**2]]]))
        assert found[0, 0] == pytest.approx(brute(inverse, eta, sd**2), rel=1e-7)


@pytest.mark.parametrize(
    ("link", "inverse"), [("log", np.exp), ("probit", stats.norm.cdf), ("sqrt", np.square)]
)
def test_closed_forms(link: str, inverse: Any) -> None:
    closed = closed_average(link, np.array([0.4]), np.array([0.9]))[0]
    assert closed == pytest.approx(brute(inverse, 0.4, 0.9), rel=1e-10)
    summed = population_average(inverse, np.array([[0.4]]), np.array([[[0.9]]]))
    assert summed[0, 0] == pytest.approx(closed, rel=1e-9)


@pytest.mark.parametrize(("A", "rel"), [(2, 1e-10), (3, 1e-7)])
def test_several_channels(A: int, rel: float) -> None:
    """exp(sum) has a closed form, whatever the covariance."""
    root = np.random.default_rng(A).normal(size=(A, A)) / 3
    W = root @ root.T
    found = population_average(
        lambda e: np.exp(e[:A].sum(axis=0))[None, :], np.zeros((A, 1)), W[None]
    )
    assert found[0, 0] == pytest.approx(np.exp(W.sum() / 2), rel=rel)


def test_many_channels() -> None:
    """The sum of four is normal: the lattice, good to three digits, against one dimension."""
    root = np.random.default_rng(4).normal(size=(4, 4)) / 3
    W = root @ root.T
    found = population_average(
        lambda e: 1 / (1 + np.exp(-1 - e[:4].sum(axis=0)))[None, :], np.zeros((4, 1)), W[None]
    )
    alone = brute(lambda e: 1 / (1 + np.exp(-e)), 1.0, float(W.sum()))
    assert found[0, 0] == pytest.approx(alone, rel=1e-3)


def quantity(name: str, outcome: str | None, is_population: bool) -> tuple[Fit, Quantity, Any]:
    fit = fitted(name).fit
    asked = read_outcome(fit, "response", outcome)
    rows = grid_rows(fit, reference_grid(fit, ["f"]))
    return fit, Quantity(fit, asked, is_population), rows


@pytest.mark.parametrize(
    ("name", "outcome", "is_population"),
    [
        ("logit", None, False),
        ("logit", None, True),
        ("probit", None, True),
        ("crossed", None, True),
        ("zeros", "mean", True),
        ("hurdle", "positive", True),
        ("ordered", "probability", True),
        ("ordered", "score", False),
        ("nominal", "probability", False),
        ("lognormal", "mean", True),
    ],
)
def test_gradient_against_plain_differences(
    name: str, outcome: str | None, is_population: bool
) -> None:
    """Move each parameter itself, and see whether the quantity follows its gradient."""
    _, asked, rows = quantity(name, outcome, is_population)
    own = asked.parameters
    found = asked.sensitivity(rows)
    n = len(own.coefficients)
    for i in range(n + len(own.theta)):
        h = 1e-5
        ends = []
        for sign in (-1, 1):
            coefficients, theta = own.coefficients.copy(), own.theta.copy()
            (coefficients if i < n else theta)[i if i < n else i - n] += sign * h
            asked.parameters = replace(own, coefficients=coefficients, theta=theta)
            ends.append(asked.values(rows, rows.eta(coefficients), theta))
        asked.parameters = own
        slope = (ends[1] - ends[0]) / (2 * h)
        is_held = i >= n and own.theta[i - n] == 0
        if not is_held and (i < n or is_population):
            assert found.gradient[:, :, i] == pytest.approx(slope, abs=2e-8)


def test_gradient_of_logit_by_calculus() -> None:
    _, asked, rows = quantity("fixed", None, False)
    eta = rows.eta(asked.parameters.coefficients)[0]
    p = 1 / (1 + np.exp(-eta))
    expected = (p * (1 - p))[:, None] * rows.L[0]
    assert asked.sensitivity(rows).gradient[0] == pytest.approx(expected, rel=1e-11, abs=1e-14)


def test_population_mean_of_a_random_slope() -> None:
    """The variance of the random part is that at the value of the predictor."""
    result = fitted("logit")
    table = result.marginal_means(
        "f", by="x", at={"x": [-1.0, 2.0]}, scale="response", target="population"
    )
    link = result.marginal_means("f", by="x", at={"x": [-1.0, 2.0]})
    Lambda = result.fit.estimates.Lambdas[0]
    for i, x in enumerate(table["x"]):
        z = np.array([1.0, x])
        variance = float(z @ Lambda @ Lambda.T @ z)
        mean = brute(lambda e: 1 / (1 + np.exp(-e)), link["estimate"][i], variance)
        assert table["estimate"][i] == pytest.approx(mean, rel=1e-8)


def test_population_of_a_log_link_keeps_ratios() -> None:
    result = fitted("counts")
    both = [
        result.contrasts("f", scale="ratio", target=target)
        for target in ("conditional", "population")
    ]
    assert both[0]["estimate"] == pytest.approx(both[1]["estimate"], rel=1e-9)
    assert both[0]["std_error"] == pytest.approx(both[1]["std_error"], rel=1e-7)
    assert both[0].scales["estimate"] == "rate ratio"
    assert (
        both[1].notes[-3]
        == "Population-averaged rate ratios: they compare averages over all groups."
    )


def test_conditional_and_averaged_are_explained() -> None:
    result = fitted("logit")
    conditional = result.marginal_means("f", scale="response").table
    averaged = result.marginal_means("f", scale="response", target="population")
    assert conditional.notes[:2] == (
        "Probability of d; intervals are made on the logit scale.",
        "Conditional: for a group whose random effects are zero, a group in the middle of all"
        " groups.",
    )
    assert averaged.table.notes[1] == (
        "Population-averaged: the average over all groups, with their random effects integrated"
        " out."
    )
    odds = averaged.contrasts()
    assert odds["contrast"][0] == "u / v"
    assert odds.notes[1:3] == (
        "Population-averaged odds ratios: they compare averages over all groups. With the logit"
        " link they are nearer to 1 than conditional ones.",
        "Odds ratios are exponentials of differences on the logit scale, which the tests are of.",
    )
    away = np.abs(np.log(result.contrasts("f", scale="ratio")["estimate"]))
    assert (np.abs(np.log(odds["estimate"])) < away).all()


def test_ratio_is_the_exponential_of_the_difference() -> None:
    result = fitted("cloglog")
    link, ratio = (result.contrasts("f", scale=scale) for scale in ("link", "ratio"))
    for name in ("estimate", "conf_low", "conf_high"):
        assert ratio[name] == pytest.approx(np.exp(link[name]), rel=1e-12)
    assert (link["p_value"] == ratio["p_value"]).all()
    assert ratio.scales["estimate"] == "hazard ratio"


def test_probabilities_add_up() -> None:
    for name in ("ordered", "nominal"):
        for target in ("conditional", "population"):
            table = fitted(name).marginal_means("f", scale="response", target=target)
            total = table["estimate"].reshape(-1, 3).sum(axis=0)
            assert total == pytest.approx(1.0, abs=1e-9)
    score = fitted("ordered").marginal_means("f", outcome="score")["estimate"]
    shares = fitted("ordered").marginal_means("f", scale="response")["estimate"].reshape(-1, 3)
    assert score == pytest.approx(np.arange(1, 5) @ shares, rel=1e-12)
    up_to = fitted("ordered").marginal_means("f", scale="response", outcome="cumulative")
    assert up_to["estimate"].reshape(-1, 3) == pytest.approx(shares.cumsum(axis=0)[:-1], rel=1e-12)


def test_zero_parts() -> None:
    means = {
        outcome: fitted("zeros").marginal_means("f", scale="response", outcome=outcome)["estimate"]
        for outcome in ("mean", "counts", "positive", "zero", "zero_part")
    }
    assert means["mean"] == pytest.approx((1 - means["zero_part"]) * means["counts"], rel=1e-12)
    assert means["mean"] == pytest.approx((1 - means["zero"]) * means["positive"], rel=1e-12)
    zero = means["zero_part"] + (1 - means["zero_part"]) * np.exp(-means["counts"])
    assert means["zero"] == pytest.approx(zero, rel=1e-12)


def test_joint_tests_of_a_nominal_response_test_all_contrasts() -> None:
    result = fitted("nominal")
    table = result.joint_tests()
    assert table["df_num"].tolist() == [2, 4]
    names = result.fit.design.fixed_names
    places = [i for i, name in enumerate(names) if name.endswith(".x")]
    beta, vcov = (
        result.fit.estimates.beta[places],
        result.fit.estimates.vcov[np.ix_(places, places)],
    )
    assert table["statistic"][0] == pytest.approx(beta @ np.linalg.solve(vcov, beta) / 2, rel=1e-8)


def test_redundant_columns_and_quasi_likelihood() -> None:
    table = fitted("redundant").marginal_means("f", scale="response", target="population")
    assert np.isfinite(table["std_error"]).all()
    moved = fitted("redundant").marginal_means(
        "f", at={"x": 1.0}, scale="response", target="population"
    )
    assert np.isnan(moved["estimate"]).all()
    quasi = fitted("quasi").marginal_means("f", scale="response", target="population")
    assert np.isfinite(quasi["std_error"]).all()


def test_gaussian_models_take_the_options() -> None:
    fit = gaussian("y ~ f + x + (1 | g)")
    plain = marginal_means(fit, "f")
    asked = marginal_means(fit, "f", scale="response", target="population")
    assert repr(plain) == repr(asked)
