"""Kenward-Roger against pbkrtest 0.5.2 and lmerTest 3.1.3: covariance, df, F and its scale."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from echelon.fit import Fit
from echelon.infer.coefficients.kenward_roger import kenward_roger
from echelon.infer.coefficients.linear import LinearInference
from tests.reference import names
from tests.reference.case import NAMES, load
from tests.reference.test_cases import fitted

CASES = [name for name in NAMES if "kenward_roger" in load(name).extra]
SEVERAL = [(name, key) for name in CASES for key in load(name).extra if key.startswith("kr_F")]
LIMIT = 1e-6
LIMITS = {
    # lme4's theta of the samples differs from ours by 6e-7 (relative), the variance by twice that.
    "lmm_penicillin_crossed_reml": 2e-6,
}


@cache
def inference(name: str) -> LinearInference:
    fit: Fit = fitted(name).fit
    vcov, degrees = kenward_roger(fit)
    p = len(fit.design.fixed_names)
    assert fit.estimates.is_estimated.all()
    return LinearInference(
        fit.design.fixed_names, fit.estimates.beta, vcov, fit.estimates.is_estimated,
        np.empty((p, 0)), degrees, "kenward_roger",
    )  # fmt: skip


def test_there_are_cases() -> None:
    """Nested, crossed, singular, several slopes; nineteen models."""
    assert len(CASES) == 19
    assert len(SEVERAL) == 3


@pytest.mark.parametrize("name", CASES)
def test_coefficients(name: str) -> None:
    expected = load(name).extra["kenward_roger"]["fixed"]
    table = inference(name).rows(np.eye(len(expected)), 0.95)
    assert [names.coefficient(n) for n in inference(name).names] == list(expected)
    limit = LIMITS.get(name, LIMIT)
    columns = {"std_error": "se", "df": "df", "statistic": "t"}
    for ours, theirs in columns.items():
        values = [row[theirs] for row in expected.values()]
        np.testing.assert_allclose(table[ours], values, rtol=limit, atol=limit)


@pytest.mark.parametrize("name", CASES)
def test_adjusted_covariance(name: str) -> None:
    expected = np.array(load(name).extra["kenward_roger"]["vcov_adjusted"])
    size = np.sqrt(np.diag(expected))
    ours = inference(name).vcov / np.outer(size, size)
    limit = LIMITS.get(name, LIMIT)
    np.testing.assert_allclose(ours, expected / np.outer(size, size), rtol=0, atol=limit)


@pytest.mark.parametrize(("name", "key"), SEVERAL)
def test_several_rows_at_once(name: str, key: str) -> None:
    expected = load(name).extra[key]
    L = np.array(expected["L"], dtype=float)
    found, (df, factor) = inference(name).joint(L), inference(name).degrees.joint(L)
    assert found.df_num == expected["ndf"]
    ours = [found.statistic, df, factor, found.statistic / factor, found.p_value]
    theirs = [expected[part] for part in ("F", "ddf", "F_scaling", "unscaled_F", "p")]
    np.testing.assert_allclose(ours, theirs, rtol=2e-6)


@pytest.mark.parametrize("name", CASES)
def test_type_three_tables(name: str) -> None:
    """Terms that no other term contains: there the hypothesis is that their coefficients are 0."""
    expected = load(name).extra["kenward_roger"]["anova_type3"]
    recipe = fitted(name).fit.design.recipe
    sizes = list(recipe.fixed_sizes)
    starts = np.cumsum([0, *sizes])
    if not expected:  # an intercept alone
        assert sizes == [1]
        return
    terms = list(expected)
    first = len(sizes) - len(terms)
    parts = {term: set(term.split(":")) for term in terms}
    for position, term in enumerate(terms):
        if any(parts[term] < parts[other] for other in terms):
            continue
        inside = slice(starts[first + position], starts[first + position + 1])
        found = inference(name).joint(np.eye(starts[-1])[inside])
        row = expected[term]
        assert found.df_num == row["NumDF"]
        ours = [found.statistic, found.df_den]
        np.testing.assert_allclose(ours, [row["F value"], row["DenDF"]], rtol=2e-6)
