"""Which models are special cases of which, judged from what was fitted."""

from __future__ import annotations

import numpy as np
import pytest

from echelon import api
from echelon.infer.zero.nested import relation
from tests.unit.infer.varied import TABLE, fitted

NESTED = [  # smaller, larger, parameters more, dimensions removed
    ("y ~ x", "y ~ x + (1 | g)", 1, 1),
    ("y ~ x", "y ~ x + (x | g)", 3, 2),
    ("y ~ x + (1 | g)", "y ~ x + (x | g)", 2, 1),
    ("y ~ x + (x || g)", "y ~ x + (x | g)", 1, 0),
    ("y ~ x + (1 | g) + (0 + x | g)", "y ~ x + (x | g)", 1, 0),
    ("y ~ x + (0 + x | g)", "y ~ x + (x || g)", 1, 1),
    ("y ~ x + (1 | g)", "y ~ x + (0 + f | g)", 5, 2),
    ("y ~ x + (1 | g)", "y ~ x + (f | g) + (1 | h)", 6, 3),
    ("y ~ x + (f | g)", "y ~ x + (0 + f | g) + (1 | h)", 1, 1),
    ("y ~ x + id(0 + f | g)", "y ~ x + cs(0 + f | g)", 1, 0),
    ("y ~ x + diag(0 + f | g)", "y ~ x + hcs(0 + f | g)", 1, 0),
    ("y ~ x + ar1(0 + f | g)", "y ~ x + toep(0 + f | g)", 3, 0),
    ("y ~ x + cs(0 + f | g)", "y ~ x + (0 + f | g)", 4, 0),
    ("y ~ x + (1 | s)", "y ~ x + (1 | s/g)", 1, 1),
    ("y ~ (1 | g)", "y ~ x * f + (1 | g)", 5, 0),
    ("y ~ poly(x, 2) + (1 | g)", "y ~ x + I(x^2) + I(x^3) + (1 | g)", 1, 0),
    ("y ~ x + (x | g)", "y ~ x + (poly(x, 2) | g)", 3, 1),
]
NOT_NESTED = {
    ("y ~ x + (0 + x | g)", "y ~ x + (1 | g)"): "the random term (0 + x | g) is in no term of the"
    " other model",
    ("y ~ x + (1 | h)", "y ~ x + (x | g)"): "only one model has random effects of 'h', the smaller"
    " one",
    ("y ~ z + (1 | g)", "y ~ x + (x | g)"): "the fixed effects of neither model contain those of"
    " the other",
    ("y ~ x + (x | g)", "y ~ x + (x | g)"): "the two models are the same",
    ("y ~ x + ar1(0 + f | g)", "y ~ x + hcs(0 + f | g)"): "the random term ar1(0 + f | g) is in no"
    " term of the other model",
    ("y ~ x + cs(0 + f | g)", "y ~ x + (0 + f || g)"): "the random term cs(0 + f | g) is in no"
    " term of the other model",
}


@pytest.mark.parametrize("case", NESTED, ids=lambda case: f"{case[0]} in {case[1]}")
def test_nested(case: tuple[str, str, int, int]) -> None:
    smaller, larger, n_lost, n_removed = case
    found = relation(fitted(smaller), fitted(larger))
    assert (found.reason, found.n_lost) == ("", n_lost)
    assert sum(step.n_removed for step in found.steps) == n_removed
    few, many = (fitted(formula).estimates for formula in (smaller, larger))
    assert n_lost == many.n_estimated + many.n_theta - few.n_estimated - few.n_theta


@pytest.mark.parametrize("pair", NOT_NESTED, ids=" in ".join)
def test_not_nested(pair: tuple[str, str]) -> None:
    assert relation(*map(fitted, pair)).reason == NOT_NESTED[pair]


def test_a_name_is_not_enough() -> None:
    """The same name with other values is another column."""
    other = api.fit("y ~ x + (1 | g)", TABLE | {"x": TABLE["x"] ** 2}).fit
    found = relation(other, fitted("y ~ x + (x | g)"))
    assert found.reason == "the fixed effects of neither model contain those of the other"


def test_a_covariance_is_written_in_the_columns_of_the_larger() -> None:
    smaller = fitted("y ~ x + (1 | g)")
    (step,) = relation(smaller, fitted("y ~ x + (0 + f | g)")).steps
    variance = smaller.estimates.Lambdas[0].item() ** 2
    np.testing.assert_allclose(step.covariance, np.full((3, 3), variance), rtol=1e-10)
    assert not relation(smaller, fitted("y ~ x + f + (x | g)")).has_same_fixed
