"""Comparison, simplification, build-up and the naive model of generalized fits."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.building.build_up import build_up
from echelon.building.compare import DENSITIES, FAMILIES, compare
from echelon.building.random_pca import NOTE_OF_LINK, random_pca
from echelon.building.simplify import simplify
from echelon.errors import NotEstimableError
from echelon.measure.naive import compare_ols
from tests.unit.infer.generalized_fits import (
    CBPP,
    TABLE,
    cbpp,
    contraception,
    fitted,
    salamanders,
    wine,
)  # fmt: skip


def test_neighbours_are_tested_and_other_coefficients_shown() -> None:
    fits = [salamanders(family="nbinom2", zero=zero) for zero in ("~ 1", "~ mined")]
    found = compare(*fits)
    row = found.table.row(model="Model 2")
    gain = fits[1].estimates.log_likelihood - fits[0].estimates.log_likelihood
    assert row["statistic"] == pytest.approx(2 * gain)
    assert (row["df"], row["n_parameters"]) == (1, 6)
    assert row["aic"] == pytest.approx(fits[1].estimates.objective + 12)
    fixed = [r["term"] for r in found.coefficients.rows() if r["part"] == "fixed"]
    assert fixed[-3:] == ["zero.(Intercept)", "zero.mined[yes]", "dispersion.(Intercept)"]
    assert found.notes == ()


def test_families_compare_by_criteria() -> None:
    fits = [salamanders(family="poisson"), salamanders(family="nbinom2"), salamanders()]
    found = compare(*fits)
    assert found.notes[:2] == (FAMILIES, DENSITIES)
    aic = found.table["aic"]
    assert aic[1] < aic[0]
    assert np.isnan(found.table["statistic"][1:]).all()
    assert found.judged[2].spec.method == "ML"
    assert FAMILIES not in compare(fits[0], fits[0]).notes


def test_other_rows_and_quasi_likelihoods_are_refused() -> None:
    with pytest.raises(NotEstimableError, match="A quasi-likelihood is no likelihood"):
        compare(cbpp(), cbpp(method="PQL1"))
    proportion = fitted("I(incidence / size) ~ 1 + (1 | herd)", "cbpp.csv")
    with pytest.raises(NotEstimableError, match="different responses"):
        compare(cbpp(), proportion)


def test_a_slope_without_variance_is_simplified_away() -> None:
    fit = fitted("same ~ x + (x || g)", family="poisson")
    found = simplify(fit)
    assert found.fit.design.rows.blocks == ()
    plain = fitted("same ~ x", family="poisson")
    assert found.fit.estimates.log_likelihood == pytest.approx(plain.estimates.log_likelihood)
    assert found.fit.estimates.vcov == pytest.approx(plain.estimates.vcov, rel=1e-4)


def test_components_are_on_the_scale_of_the_link() -> None:
    fit = contraception()
    found = random_pca(fit)
    (Lambda,) = fit.estimates.Lambdas
    assert found["std_dev"] == pytest.approx(np.linalg.svd(Lambda, compute_uv=False))
    assert found.notes == (NOTE_OF_LINK,)


def test_a_model_is_built_up_by_its_family() -> None:
    found = build_up("b", TABLE, level1=["x"], group="g", family="binomial")
    assert [step.name for step in found.steps] == ["null", "level 1", "slope of x"]
    assert found.steps[1].p_value < 1e-6
    assert found.final.spec.family == "binomial"


def test_the_naive_model_is_the_generalized_linear_one() -> None:
    naive = fitted(CBPP.replace(" + (1 | herd)", ""), "cbpp.csv", family="binomial")
    found = compare_ols(cbpp())
    assert found["glm_estimate"] == pytest.approx(naive.estimates.beta, rel=1e-6)
    errors = np.sqrt(np.diagonal(naive.estimates.vcov))
    assert found["glm_std_error"] == pytest.approx(errors, rel=1e-5)
    assert (np.abs(compare_ols(wine())["glm_estimate"]) < np.abs(wine().estimates.beta)).all()
