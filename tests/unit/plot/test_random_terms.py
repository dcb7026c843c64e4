"""Which random effects are drawn, and in which unit."""

from __future__ import annotations

import numpy as np

from echelon import infer
from echelon.plot.random_terms import covariance_of, random_terms, unit_of
from tests.group_fits import contraception, hsb, pastes, sleep


def test_values_are_those_of_the_table() -> None:
    table = infer.conditional_modes(sleep())
    for term in random_terms(sleep(), None, None, "chart()"):
        is_own = table["term"] == term.name
        np.testing.assert_array_equal(term.estimate, table["estimate"][is_own])
        np.testing.assert_array_equal(term.std_error, table["std_error"][is_own])
        assert term.labels.tolist() == [str(g) for g in table["group"][is_own]]


def test_choice() -> None:
    names = [(t.grouping, t.name) for t in random_terms(pastes(), None, None, "chart()")]
    assert sorted(names) == [("batch", "(Intercept)"), ("batch:cask", "(Intercept)")]
    assert [t.name for t in random_terms(hsb(), "school", "ses", "chart()")] == ["ses"]


def test_standard_deviations_and_units() -> None:
    terms = random_terms(sleep(), None, None, "chart()")
    assert [round(t.std_dev, 2) for t in terms] == [24.74, 5.92]  # Bates et al. (2015)
    np.testing.assert_allclose(np.diag(covariance_of(sleep(), 0)), [t.std_dev**2 for t in terms])
    assert (unit_of(sleep()), unit_of(contraception())) == ("reaction", "logit scale")
