"""`echelon.fit` of generalized models against lme4, glmmTMB and ordinal, quantity by quantity.

The numbers are those of the same approximation (README.md): where lme4 or ordinal stop their inner
iteration early, `Case.checked` holds the more careful ones. Quantities that only the first program
prints (modes, fitted values) are compared with its own, to the precision of that iteration.
"""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pytest

import echelon
from echelon.api import Result
from echelon.engine.estimates import Generalized
from echelon.errors import EchelonWarning
from tests.reference import names
from tests.reference.case import GENERALIZED, load
from tests.reference.test_generalized_twin import EXPECTED, INNER, PROFILED
from tests.reference.tolerances import tolerance

ORDINAL = [name for name in GENERALIZED if name.startswith("ord_")]
SINGULAR = ("ord_wine_crossed_laplace",)  # bottles do not differ
OWN_NUMBERS = [  # with standard errors of the very fit that is printed
    name
    for name in GENERALIZED
    if "vcov_fixed" in load(name).numbers and "crosscheck_glmmTMB" not in load(name).extra
]


@cache
def fitted(name: str) -> Result:
    """Fit a case once; findings about the data are for other tests."""
    case = load(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return echelon.fit(case.text, case.frame(), **case.generalized_options)


def generalized(name: str) -> Generalized:
    """What the fit estimated besides beta and theta."""
    found = fitted(name).fit.estimates.generalized
    assert found is not None
    return found


def limit(name: str, quantity: str) -> float:
    """The tolerance of a quantity; wider where the program's modes are not exact."""
    return tolerance(name, f"generalized {quantity}")


@pytest.mark.parametrize("name", GENERALIZED)
def test_log_likelihood(name: str) -> None:
    """The same to 1e-6; not lower than the other program's, which may have stopped early."""
    ours, theirs = fitted(name).log_likelihood, load(name).checked["loglik"]
    assert ours == pytest.approx(theirs, abs=limit(name, "log_likelihood"), rel=0)
    assert ours >= theirs - 1e-8 * max(1, abs(theirs) * 1e-3)


@pytest.mark.parametrize("name", GENERALIZED)
def test_criteria(name: str) -> None:
    case, fit = load(name), fitted(name)
    assert fit.n_obs == case["nobs"]
    assert fit.df_model == case["npar"]
    slack = 2 * (abs(case["loglik"] - case.checked["loglik"]) + limit(name, "log_likelihood"))
    np.testing.assert_allclose(-2 * fit.log_likelihood, fit.objective, rtol=1e-14)
    np.testing.assert_allclose([fit.aic, fit.bic], [case["aic"], case["bic"]], rtol=0, atol=slack)


@pytest.mark.parametrize("name", GENERALIZED)
def test_fixed_effects(name: str) -> None:
    case, fit = load(name), fitted(name)
    assert [names.coefficient(n) for n in fit.beta] == list(case["fixed"])
    estimate, std_error = (np.array(list(case.checked[key].values())) for key in ("est", "se"))
    table = fit.fixed_effects.to_dict()
    scale = np.maximum(abs(estimate), std_error)
    ours = np.array(list(fit.beta.values()))
    np.testing.assert_array_equal(ours, table["estimate"])
    np.testing.assert_allclose(ours / scale, estimate / scale, rtol=0, atol=limit(name, "fixed"))
    np.testing.assert_allclose(table["std_error"], std_error, rtol=limit(name, "std_error"))


@pytest.mark.parametrize("name", [n for n in GENERALIZED if load(n).other_coefficients])
def test_other_coefficients(name: str) -> None:
    """Thresholds, dispersion, zero part: estimates and standard errors by name."""
    case, fit = load(name), fitted(name)
    ours = [names.coefficient(n) for n in fit.fit.design.extra_names]
    assert ours == list(case.other_coefficients)
    found, p = generalized(name), len(fit.beta)
    std_errors = np.sqrt(np.diag(found.joint_cov))[p : p + len(ours)]
    pairs = zip(case.other_coefficients.values(), found.extra, std_errors, strict=True)
    for (estimate, std_error), value, spread in pairs:
        scale = max(abs(estimate), std_error or spread)
        assert abs(value - estimate) <= limit(name, "extra") * scale
        if std_error is not None:
            assert spread == pytest.approx(std_error, rel=limit(name, "std_error"))


@pytest.mark.parametrize("name", OWN_NUMBERS)
def test_vcov(name: str) -> None:
    expected = np.array(load(name)["vcov_fixed"]["values"])
    scale = np.sqrt(np.diag(expected))
    scale = np.outer(scale, scale)
    ours = fitted(name).vcov / scale
    np.testing.assert_allclose(ours, expected / scale, rtol=0, atol=limit(name, "vcov"))


@pytest.mark.parametrize("name", ORDINAL)
def test_vcov_with_thresholds(name: str) -> None:
    """The joint covariance of coefficients and thresholds; ordinal has the thresholds first."""
    case, fit = load(name), fitted(name)
    ours = [names.coefficient(n) for n in (*fit.beta, *fit.fit.design.extra_names)]
    order = [ours.index(row) for row in case["vcov"]["rows"]]
    expected = np.array(case["vcov"]["values"])
    scale = np.sqrt(np.diag(expected))
    scale = np.outer(scale, scale)
    joint = generalized(name).joint_cov[np.ix_(order, order)]
    np.testing.assert_allclose(joint / scale, expected / scale, rtol=0, atol=limit(name, "vcov"))


@pytest.mark.parametrize("name", GENERALIZED)
def test_std_devs_and_correlations(name: str) -> None:
    case, table = load(name), fitted(name).variance_components.to_dict()
    rows = list(zip(*(table[c] for c in ("grouping", "term_1", "term_2")), strict=True))
    keys = [(names.grouping(g), names.coefficient(a), names.coefficient(b)) for g, a, b in rows]
    std_dev = dict(zip(keys, table["std_dev"], strict=True))
    correlation = dict(zip(keys, table["correlation"], strict=True))
    careful = case.extra.get("crosscheck_glmmTMB", {}).get("random_sd", {})
    for term in case["random"]:
        group = names.grouping(term["group"])
        for i, one in enumerate(term["names"]):
            theirs = careful.get(term["group"], term["sd"])[i]
            allowed = limit(name, "std_dev") * max(theirs, 0.0 if theirs > 1e-4 else 1.0)
            assert abs(std_dev[group, one, ""] - theirs) <= allowed, (group, one)
            for j, other in enumerate(term["names"][:i]):
                ours, theirs = correlation[group, one, other], term["corr_matrix"][i][j]
                assert abs(ours - theirs) <= limit(name, "correlation"), (group, one, other)


@pytest.mark.parametrize("name", GENERALIZED)
def test_groups(name: str) -> None:
    ours = {names.grouping(g): n for g, n in fitted(name).n_groups.items()}
    assert ours == {names.grouping(t["group"]): t["n_levels"] for t in load(name)["random"]}


@pytest.mark.parametrize("name", [name for name in GENERALIZED if name not in PROFILED])
def test_conditional_modes(name: str) -> None:
    """Modes; their spread where the program gives it at fixed parameters (not glmmTMB)."""
    case, fit = load(name), fitted(name)
    groupings = {names.grouping(grouping): grouping for grouping in fit.n_groups}
    # The printed modes are those of the printed parameters, which may be from an early stop.
    wider = 30 if name in INNER else 1
    for head in case["ranef_head"]:
        grouping = groupings[names.grouping(head["group"])]
        table = fit.conditional_modes(grouping).to_dict()
        terms = [names.coefficient(term) for term in table["term"]]
        place = {key: i for i, key in enumerate(zip(map(str, table["group"]), terms, strict=True))}
        for c, term in enumerate(head["names"]):
            own = [e for e, t in zip(table["estimate"], terms, strict=True) if t == term]
            scale = float(np.std(own)) + 1e-4
            for label, values, spread in zip(
                head["levels"], head["values"], head["cond_sd"], strict=True
            ):
                i = place[names.label(label, head["group"], grouping), term]
                off = abs(table["estimate"][i] - values[c])
                assert off <= wider * limit(name, "modes") * scale, (label, term)
                if not case["software"].startswith("glmmTMB") and name not in EXPECTED:
                    off = abs(table["std_error"][i] - spread[c])
                    assert off <= limit(name, "cond_sd") * spread[c] + 1e-5, (label, term)


@pytest.mark.parametrize("name", [n for n in GENERALIZED if "fitted_head" in load(n).extra])
def test_fitted(name: str) -> None:
    """Means of the response given the modes: proportions, counts, amounts."""
    theirs = np.array(load(name).extra["fitted_head"])
    wider = 10 if name in INNER else 1
    np.testing.assert_allclose(
        fitted(name).fitted[: len(theirs)], theirs, rtol=wider * limit(name, "fitted")
    )


@pytest.mark.parametrize("name", GENERALIZED)
def test_verdict(name: str) -> None:
    fit = fitted(name)
    assert fit.is_singular is (name in SINGULAR)
    assert fit.convergence.is_converged


@pytest.mark.parametrize("name", GENERALIZED)
def test_approximation_is_the_one_asked_for(name: str) -> None:
    case, used = load(name), generalized(name).approximation
    assert used.n_points == case.n_points
    assert used.name == ("Laplace" if case.n_points == 1 else "quadrature")


def test_weights_count_rows() -> None:
    """A row of weight w is w equal rows: herds as counted successes and failures.

    The likelihood lacks only the constants of the binomial coefficients.
    """
    case = load("glmm_cbpp_logit_laplace")
    binomial, table = fitted(case.name), case.frame().to_dict(as_series=False)
    counts = {
        1.0: table["incidence"],
        0.0: [size - sick for size, sick in zip(table["size"], table["incidence"], strict=True)],
    }
    rows: dict[str, list[object]] = {"sick": [], "w": [], "herd": [], "period": []}
    for outcome, times in counts.items():
        for count, herd, period in zip(times, table["herd"], table["period"], strict=True):
            if count:
                for key, value in zip(rows, (outcome, count, herd, period), strict=True):
                    rows[key].append(value)
    weighted = echelon.fit(
        "sick ~ factor(period) + (1 | herd)", rows, family="binomial", weights="w"
    )
    np.testing.assert_allclose(
        list(weighted.beta.values()), list(binomial.beta.values()), rtol=1e-6
    )
    np.testing.assert_allclose(weighted.theta, binomial.theta, rtol=1e-5)
    np.testing.assert_allclose(weighted.vcov, binomial.vcov, rtol=1e-5)
