"""What checks look at, computed once."""

from __future__ import annotations

import numpy as np

import echelon as ec
from echelon.check.evidence import Evidence


def test_residuals_modes_and_predictors() -> None:
    result = ec.fit("mathach ~ ses + sector + (ses | school)", "hsb")
    evidence = Evidence(result.fit)
    np.testing.assert_array_equal(evidence.residuals, result.residuals("standardized"))
    assert evidence.modes("school") == result.conditional_modes("school")
    assert evidence.modes("school") is evidence.modes("school")
    assert evidence.levels == {"ses": None, "sector": "school"}
    assert list(evidence.numbers) == ["ses"]


def test_residuals_of_generalized_fits_are_the_same_for_a_seed() -> None:
    fit = ec.fit("use ~ age + (1 | district)", "contraception", family="binomial").fit
    first, again, other = (Evidence(fit, seed).residuals for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_checks_have_random_numbers_of_their_own() -> None:
    fit = ec.fit("reaction ~ days + (1 | subject)", "sleep").fit
    one, same, two = (Evidence(fit).generator(i).random() for i in (1, 1, 2))
    assert one == same != two
