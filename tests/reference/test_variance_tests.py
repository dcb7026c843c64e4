"""Is a variance zero: lmerTest's ranova(), lme4's anova() and RLRsim's exactRLRT().

lmerTest prints the plain chi-square for every removal, our `p_value_chi2`; the mixture has no
column there. RLRsim's p values are Monte Carlo, as ours: they agree within the error of both.
"""

from __future__ import annotations

import numpy as np
import pytest

import echelon
from echelon.building.random_pca import random_pca
from echelon.infer.zero.likelihood_ratio import likelihood_ratio
from echelon.infer.zero.ranova import ranova
from echelon.infer.zero.restricted_lrt import simulate_statistic, spectrum
from echelon.infer.zero.variance_test import variance_test
from tests.reference import names
from tests.reference.case import NAMES, load
from tests.reference.test_cases import fitted
from tests.reference.tolerances import BETTER

WITH_RANOVA = [name for name in NAMES if "ranova" in load(name).extra]
WITH_LRT = [name for name in NAMES if "lrt" in load(name).extra]
WITH_RLRT = [name for name in NAMES if "rlrt" in load(name).extra]


def key(label: str) -> str:
    """Name a removal as both programs would: 'Days in (Days | Subject)' is our 'Days | Subject'."""
    effect, _, rest = label.partition(" in (")
    if rest:
        return f"{effect} | {rest.rpartition('| ')[2].rstrip(')')}"
    if not label.startswith("("):
        return label
    inner, _, group = label.strip("()").partition(" | ")
    return f"({inner} | {names.grouping(group)})"


@pytest.mark.parametrize("name", WITH_RANOVA)
def test_ranova(name: str) -> None:
    theirs = load(name).extra["ranova"]
    full, *removed = ranova(fitted(name).fit).rows()
    rows = {key(row["term"]): row for row in removed}
    expected = {key(label): row for label, row in theirs.items() if label != "<none>"}
    assert set(rows) == set(expected)
    assert (full["term"], full["n_parameters"]) == ("(none)", theirs["<none>"]["npar"])
    for label, row in expected.items():
        found = rows[label]
        assert found["n_parameters"] == row["npar"]
        assert found["df"] == row["Df"]
        assert found["log_likelihood"] == pytest.approx(row["logLik"], rel=1e-8)
        assert found["aic"] == pytest.approx(row["AIC"], rel=1e-8)
        assert found["statistic"] == pytest.approx(row["LRT"], rel=1e-6)
        # d log p = -dLRT / 2, with log likelihoods of 2e4 known to 1e-10 relative.
        assert found["p_value_chi2"] == pytest.approx(row["Pr(>Chisq)"], rel=1e-5)
        assert found["p_value"] < found["p_value_chi2"]


@pytest.mark.parametrize("name", WITH_LRT)
def test_anova_of_two_models(name: str) -> None:
    """lme4's anova() refits by ML and prints the plain chi-square."""
    case, steps = load(name), load(name).extra["lrt"]
    fits = [echelon.fit(step["formula"], case.frame(), **case.options).fit for step in steps]
    for smaller, larger, step in zip(fits, fits[1:], steps[1:], strict=False):
        test = likelihood_ratio(smaller, larger)
        slack = 2 * BETTER if test.refitted else 1e-6 * step["chisq"]
        assert test.df == step["df"]
        assert test.statistic == pytest.approx(step["chisq"], abs=slack, rel=1e-6)
        assert test.p_value_chi2 == pytest.approx(step["p"], rel=1e-4)
        assert test.log_likelihoods[1] == pytest.approx(step["loglik"], rel=1e-8)


@pytest.mark.parametrize("name", WITH_RLRT)
def test_exact_restricted_likelihood_ratio(name: str) -> None:
    """The statistic to 1e-6; the p value within four Monte Carlo errors of two times 50,000."""
    theirs, fit = load(name).extra["rlrt"], fitted(name).fit
    row = variance_test(fit, n=50_000, seed=1).rows()[0]
    assert row["statistic"] == pytest.approx(theirs["statistic"], rel=1e-6, abs=1e-9)
    draws = simulate_statistic(spectrum(fit, 0, 0, 1), 50_000, np.random.default_rng(1))
    # RLRsim counts draws above the statistic: where that is zero, the probability of any at all.
    share = float((draws > row["statistic"] + 1e-9).mean())
    error = np.sqrt(2 * theirs["p"] * (1 - theirs["p"]) / 50_000)
    assert abs(share - theirs["p"]) <= 4 * error + 1 / 50_000
    if row["statistic"] > 1e-6:
        assert row["p_value"] == max(share, 1 / 50_000)
    else:
        assert row["p_value"] == 1.0


def test_exact_restricted_likelihood_ratio_of_a_slope() -> None:
    """RLRsim with m, mA and m0: one variance tested, the other in both models."""
    case = load("lmm_sleep_slope_reml")
    theirs = case.extra["rlrt_slope"]
    fit = echelon.fit(theirs["mA"], case.frame()).fit
    table = variance_test(fit, "(0 + Days | Subject)", "exact", 50_000, 1)
    assert table["statistic"][0] == pytest.approx(theirs["statistic"], rel=1e-6)
    assert (theirs["p"], table["p_value"][0]) == (0, 1 / 50_000)
    assert table.notes[0].startswith(
        "(0 + Days | Subject): none of the 50,000 draws is as large as 42.8, so p < 2e-05."
    )


# options(digits = 12); control = lmerControl("bobyqa", optCtrl = list(rhoend = 1e-11))
# rePCA(lmer(Reaction ~ Days + (Days | Subject), sleepstudy, control = control))$Subject$sdev
# rePCA(lmer(score ~ Machine + (Machine | Worker), Machines, control = control))$Worker$sdev
COMPONENTS = {
    "lmm_sleep_slope_reml": [0.966858991063, 0.230879458533],
    "lmm_machines_slope_reml": [6.63442510567, 4.63242455132, 2.14698338106],
}


@pytest.mark.parametrize("name", COMPONENTS)
def test_principal_components(name: str) -> None:
    """As lme4's rePCA(), to the precision of its optimiser."""
    table = random_pca(fitted(name).fit)
    np.testing.assert_allclose(table["std_dev"], COMPONENTS[name], rtol=1e-6)
