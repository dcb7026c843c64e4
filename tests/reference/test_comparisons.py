"""Likelihood ratios, criteria and hat matrices against R's anova() and hatvalues()."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest

import echelon
from echelon.building.compare import compare
from echelon.building.comparison import Comparison
from echelon.errors import EchelonWarning
from echelon.measure.criteria import conditional_criteria
from tests.reference.case import NAMES, load
from tests.reference.test_cases import fitted

COMPARED = [name for name in NAMES if "lrt" in load(name).extra]
HATS = [name for name in NAMES if "hat_trace" in load(name).extra]

# lme4 works out its hat matrix at its own theta; the largest relative distance between both
# programs' theta in these cases is some 1e-6 (tests/reference/tolerances.py).
HAT_TOLERANCE = 1e-6


@pytest.mark.parametrize("name", HATS)
def test_trace_of_the_hat_matrix(name: str) -> None:
    found = conditional_criteria(fitted(name).fit).effective_df
    assert found == pytest.approx(load(name).extra["hat_trace"], rel=HAT_TOLERANCE)


@cache
def compared(name: str) -> Comparison:
    """R's anova() refits by ML, with one exception: our tests of slopes stay with REML."""
    case = load(name)
    models = {}
    for row in case.extra["lrt"]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EchelonWarning)
            result = echelon.fit(row["formula"], case.frame(), **case.options)
        models[row["formula"]] = result
    return compare(models)


@pytest.mark.parametrize("name", COMPARED)
def test_criteria_and_tests_of_anova(name: str) -> None:
    found, expected = compared(name), load(name).extra["lrt"]
    for row, theirs in zip(found.table.rows(), expected, strict=True):
        assert row["n_parameters"] == theirs["npar"]
        ours = np.array([row["log_likelihood"], row["aic"], row["bic"]])
        assert ours == pytest.approx([theirs["loglik"], theirs["aic"], theirs["bic"]], rel=1e-8)
        if "chisq" in theirs:
            check_test(row, theirs)


def check_test(row: dict[str, Any], theirs: dict[str, Any]) -> None:
    """The statistic is a difference of numbers known to 1e-8: it has fewer digits."""
    slack = 1e-8 * abs(theirs["loglik"])
    assert row["statistic"] == pytest.approx(theirs["chisq"], rel=1e-6, abs=slack)
    assert row["df"] == theirs["df"]
    if row["mixture"] == f"chi2({theirs['df']})":
        assert row["p_value"] == pytest.approx(theirs["p"], rel=1e-6, abs=1e-300)
    else:  # R refers the variance of a slope to chi2(2), which is conservative
        assert row["mixture"] == "0.5 chi2(1) + 0.5 chi2(2)"
        assert theirs["p"] / 2 < row["p_value"] < theirs["p"]
