"""The same model with more terms."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.check.refitting import extended_formula, with_terms
from echelon.errors import NotEstimableError


def test_the_larger_model_is_that_of_its_formula() -> None:
    fit = ec.fit("mathach ~ ses + (1 | school)", "hsb", weights="size", subset="size > 0").fit
    larger = with_terms(fit, "gm(ses, school)")
    text = "mathach ~ ses + (1 | school) + gm(ses, school)"
    assert extended_formula(fit, "gm(ses, school)") == text
    np.testing.assert_array_equal(larger.design.weights, fit.design.weights)
    assert larger.design.n_obs == fit.design.n_obs


def test_it_agrees_with_a_fit_of_that_formula() -> None:
    fit = ec.fit("mathach ~ ses + (1 | school)", "hsb").fit
    larger = with_terms(fit, "gm(ses, school)")
    own = ec.fit("mathach ~ ses + gm(ses, school) + (1 | school)", "hsb")
    assert dict(zip(larger.design.fixed_names, larger.estimates.beta, strict=True)) == own.beta


def test_a_fit_without_its_table_is_refused() -> None:
    fit = ec.fit("reaction ~ days + (1 | subject)", "sleep")
    again = fit.refit(fit.simulate(seed=1)[:, 0]).fit
    with pytest.raises(NotEstimableError, match="does not hold the columns of a table"):
        with_terms(again, "I(days^2)")
