"""`echelon.fit` against the numbers of lme4 and R's lm, case by case and quantity by quantity.

Conventions: REML fits count the REML likelihood in AIC and BIC, with all parameters; BIC has
log n. For the least-squares case sigma and standard errors have divisor n - p (our REML), the
log likelihood is the full one (our ML).
"""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pytest

import echelon
from echelon.api import Result
from echelon.errors import SingularFitWarning
from tests.reference import names
from tests.reference.case import NAMES, Case, load
from tests.reference.tolerances import BETTER, tolerance

MIXED = [name for name in NAMES if name.startswith("lmm_")]
PREDICTED = [name for name in NAMES if "predict" in load(name).extra]


@cache
def fitted(name: str, method: str | None = None) -> Result:
    """Fit a case once; a singular fit is a finding that one test looks at."""
    case = load(name)
    options = case.options | ({"method": method} if method else {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        return echelon.fit(case["formula"], case.frame(), **options)


def for_likelihood(case: Case) -> Result:
    """The fit whose likelihood the program printed."""
    return fitted(case.name, "ML" if case["method"] == "OLS" else None)


@pytest.mark.parametrize("name", NAMES)
def test_objective(name: str) -> None:
    """Equal to 1e-8; or lower, where the other program stopped early, by a trifle."""
    case = load(name)
    ours, theirs = for_likelihood(case).objective, -2 * case["loglik"]
    assert ours <= theirs + tolerance(name, "objective") * abs(theirs), f"{ours} is worse"
    assert ours >= theirs - BETTER, f"{ours} is too good to be the same model"


@pytest.mark.parametrize("name", NAMES)
def test_criteria(name: str) -> None:
    case, fit = load(name), for_likelihood(load(name))
    parameters = case.numbers.get("npar", len(case["fixed"]) + 1)
    assert fit.n_obs == case["nobs"]
    assert fit.df_model == parameters
    slack = BETTER + 1e-8 * abs(case["aic"])
    np.testing.assert_allclose(-2 * fit.log_likelihood, fit.objective, rtol=1e-14)
    np.testing.assert_allclose([fit.aic, fit.bic], [case["aic"], case["bic"]], rtol=0, atol=slack)


@pytest.mark.parametrize("name", NAMES)
def test_fixed_effects(name: str) -> None:
    case, fit = load(name), fitted(name)
    expected = np.array([[row["est"], row["se"]] for row in case["fixed"].values()])
    assert [names.coefficient(n) for n in fit.beta] == list(case["fixed"])
    table = fit.fixed_effects.to_dict()
    scale = np.maximum(abs(expected[:, 0]), expected[:, 1])
    ours = np.array(list(fit.beta.values()))
    assert np.array_equal(ours, table["estimate"])
    np.testing.assert_allclose(
        ours / scale, expected[:, 0] / scale, rtol=0, atol=tolerance(name, "fixed")
    )
    np.testing.assert_allclose(
        table["std_error"], expected[:, 1], rtol=tolerance(name, "std_error")
    )


@pytest.mark.parametrize("name", [n for n in NAMES if "vcov_fixed" in load(n).numbers])
def test_vcov(name: str) -> None:
    expected = np.array(load(name)["vcov_fixed"]["values"])
    scale = np.sqrt(np.diag(expected))
    ours = fitted(name).vcov / np.outer(scale, scale)
    correlations = expected / np.outer(scale, scale)
    np.testing.assert_allclose(ours, correlations, rtol=0, atol=tolerance(name, "vcov"))


@pytest.mark.parametrize("name", NAMES)
def test_sigma(name: str) -> None:
    theirs = load(name)["sigma"]
    np.testing.assert_allclose(fitted(name).sigma, theirs, rtol=tolerance(name, "sigma"))


@pytest.mark.parametrize("name", MIXED)
def test_std_devs_and_correlations(name: str) -> None:
    case, table = load(name), fitted(name).variance_components.to_dict()
    rows = list(zip(*(table[c] for c in ("grouping", "term_1", "term_2")), strict=True))
    keys = [(names.grouping(g), names.coefficient(a), names.coefficient(b)) for g, a, b in rows]
    std_dev = dict(zip(keys, table["std_dev"], strict=True))
    correlation = dict(zip(keys, table["correlation"], strict=True))
    for term in case["random"]:
        group = names.grouping(term["group"])
        for i, one in enumerate(term["names"]):
            ours, theirs = std_dev[group, one, ""], term["sd"][i]
            limit = tolerance(name, "std_dev")
            assert abs(ours - theirs) <= limit * max(theirs, case["sigma"] * limit), (group, one)
            for j, other in enumerate(term["names"][:i]):
                ours, theirs = correlation[group, one, other], term["corr_matrix"][i][j]
                assert abs(ours - theirs) <= tolerance(name, "correlation"), (group, one, other)


@pytest.mark.parametrize("name", MIXED)
def test_theta(name: str) -> None:
    case, fit = load(name), fitted(name)
    pairs = zip(case["theta_names"], case["theta"], strict=True)
    theirs = {names.theta_key(key): value for key, value in pairs}
    ours = dict(zip(names.theta(fit.fit.design), fit.theta, strict=True))
    assert set(ours) == set(theirs)
    limit = tolerance(name, "theta")
    for key, value in ours.items():
        assert abs(value - theirs[key]) <= limit * max(1, abs(value)), key


@pytest.mark.parametrize("name", MIXED)
def test_conditional_modes(name: str) -> None:
    case, fit = load(name), fitted(name)
    groupings = {names.grouping(grouping): grouping for grouping in fit.n_groups}
    for head in case["ranef_head"]:
        grouping = groupings[names.grouping(head["group"])]
        table = fit.conditional_modes(grouping).to_dict()
        terms = [names.coefficient(term) for term in table["term"]]
        place = {key: i for i, key in enumerate(zip(map(str, table["group"]), terms, strict=True))}
        for c, term in enumerate(head["names"]):
            scale = np.sqrt(head["sum_of_squares"][term] / fit.n_groups[grouping])
            all_of_term = np.array([t == term for t in terms])
            total = np.square(np.asarray(table["estimate"])[all_of_term]).sum()
            assert abs(np.sqrt(total / fit.n_groups[grouping]) - scale) <= (
                tolerance(name, "modes") * scale + 1e-12
            )
            for theirs, values, spread in zip(
                head["levels"], head["values"], head["cond_sd"], strict=True
            ):
                i = place[names.label(theirs, head["group"], grouping), term]
                size = max(scale, abs(values[c]))
                off = abs(table["estimate"][i] - values[c])
                assert off <= tolerance(name, "modes") * size + 1e-12, (theirs, term)
                off = abs(table["std_error"][i] - spread[c])
                assert off <= tolerance(name, "cond_sd") * (spread[c] + 1e-12), (theirs, term)


@pytest.mark.parametrize("name", MIXED)
def test_groups(name: str) -> None:
    ours = {names.grouping(g): n for g, n in fitted(name).n_groups.items()}
    assert ours == {names.grouping(t["group"]): t["n_levels"] for t in load(name)["random"]}


@pytest.mark.parametrize("name", MIXED)
def test_fitted_and_residuals(name: str) -> None:
    case, fit = load(name), fitted(name)
    limit = tolerance(name, "fitted") * case["sigma"]
    head = len(case.extra["fitted_head"])
    compared = {
        "fitted_head": fit.fitted,
        "residuals_head": fit.residuals(),
        "pearson_residuals_head": fit.residuals("pearson"),
    }
    for key, ours in compared.items():
        np.testing.assert_allclose(ours[:head], case.extra[key], rtol=0, atol=limit)


@pytest.mark.parametrize("name", MIXED)
def test_singularity_is_recognised(name: str) -> None:
    assert fitted(name).is_singular is load(name)["singular"]
    assert fitted(name).convergence.is_converged


@pytest.mark.parametrize("name", MIXED)
def test_icc(name: str) -> None:
    """Johnson's (2014) shares; the residual variance of weighted rows is a choice of ours."""
    case, table = load(name), fitted(name).icc()
    parts, limit = case.extra["variance_parts"], 2 * tolerance(name, "std_dev")
    variances = np.array(table["variance"])
    assert sum(table["icc"]) == pytest.approx(1, abs=1e-12)
    assert abs(variances[:-1].sum() - parts["var_random_mean"]) <= limit * (
        parts["var_random_mean"] + limit * parts["var_residual"]
    )
    if "weights" not in case.options:
        adjusted = 1 - table["icc"][-1]
        assert adjusted == pytest.approx(case["icc"]["adjusted"], abs=limit)
