"""Influence in generalized models: refits against fits to the rest, one step against refits."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest

import echelon
from echelon.errors import EchelonWarning
from echelon.measure.influence import influence
from tests.reference.case import load
from tests.reference.test_generalized_cases import fitted


@pytest.mark.parametrize(
    ("name", "grouping"), [("glmm_cbpp_logit_laplace", "herd"), ("ord_wine_logit_laplace", "judge")]
)
def test_refits_are_fits_to_the_rest(name: str, grouping: str) -> None:
    case, fit = load(name), fitted(name).fit
    found = influence(fit)
    for group in found.table["group"].tolist()[:2]:
        frame = case.frame().filter(pl.col(grouping).cast(pl.String) != str(group))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EchelonWarning)
            without = echelon.fit(case.text, frame, **case.generalized_options).fit
        generalized, whole = without.estimates.generalized, fit.estimates.generalized
        assert generalized is not None
        assert whole is not None
        values = np.concatenate([without.estimates.beta, generalized.extra])
        rows = [row for row in found.dfbetas.rows() if row["group"] == group]
        scale = np.sqrt(np.diag(generalized.joint_cov)[: len(values)])
        ours = np.array([row["estimate"] for row in rows])
        np.testing.assert_allclose((ours - values) / scale, 0, atol=1e-5)
        change = np.concatenate([fit.estimates.beta, whole.extra]) - values
        np.testing.assert_allclose([row["dfbetas"] for row in rows], change / scale, atol=2e-3)
        vcov = whole.joint_cov[: len(values), : len(values)]
        cook = change @ np.linalg.solve(vcov, change) / len(values)
        row = next(row for row in found.table.rows() if row["group"] == group)
        np.testing.assert_allclose(row["cooks_distance"], cook, rtol=1e-3)


@pytest.mark.parametrize("name", ["glmm_cbpp_logit_laplace", "glmm_owls_nbinom2_offset",
                                  "ord_wine_logit_laplace"])  # fmt: skip
def test_one_step_is_near_the_refits(name: str) -> None:
    """In direction nearly the same; in size within a tenth, on the whole too small."""
    fit = fitted(name).fit
    refits, steps = (influence(fit, refit=way).dfbetas["dfbetas"] for way in (True, False))
    assert np.corrcoef(refits, steps)[0, 1] > 0.995
    assert 0.85 < float(refits @ steps) / float(refits @ refits) < 1.1


def test_one_step_has_no_refits_columns() -> None:
    found = influence(fitted("glmm_cbpp_logit_laplace").fit, refit=False)
    assert found.table.columns == ("group", "n_rows", "cooks_distance", "is_influential")
    assert "One step by the score" in found.table.notes[1]


def test_a_group_that_the_model_needs_is_a_finding() -> None:
    """Two groups: without one of them there is no variance between groups."""
    rng = np.random.default_rng(5)
    g = np.repeat([0, 1], 40)
    y = rng.poisson(np.exp(1 + 0.8 * g))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = echelon.fit("y ~ 1 + (1 | g)", {"y": y, "g": g}, family="poisson").fit
    found = influence(fit)
    assert np.isnan(found.table["cooks_distance"]).all()
    assert "2 groups cannot be left out" in found.table.notes[1]
