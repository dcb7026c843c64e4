"""What can be taken out of a random part, and how it is called."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.infer.zero.removal import (
    random_effects,
    removals,
    term_text,
    without_correlations,
    without_plans,
)
from tests.unit.infer.varied import fitted


def test_effects_and_their_columns() -> None:
    (effects,) = random_effects(fitted("y ~ x + (x + f | g)"))
    assert effects.names == ("(Intercept)", "x", "f[b]", "f[c]")
    assert effects.widths == (1, 1, 2)
    assert effects.is_coded == (False, False, True)
    assert effects.columns(2) == slice(2, 4)
    assert effects.text == "(x + f | g)"


@pytest.mark.parametrize(
    ("formula", "widths"),
    [
        ("y ~ x + (poly(x, 2) | g)", (1, 2)),
        ("y ~ x + (bs(x, df = 4) || g)", (1, 4)),
        ("y ~ x + (ns(x, df = 3) || g)", (1, 3)),
        ("y ~ x + (0 + f | g)", (3,)),
        ("y ~ x + (x:f || g)", (1, 3)),
    ],
)
def test_widths(formula: str, widths: tuple[int, ...]) -> None:
    assert random_effects(fitted(formula))[0].widths == widths


def test_a_basis_selects_columns() -> None:
    change = removals(fitted("y ~ x + (x + f | g)"))[0]
    assert change.label == "x | g"
    assert change.names == ("(Intercept)", "f[b]", "f[c]")
    np.testing.assert_array_equal(change.basis, np.eye(4)[:, [0, 2, 3]])


def test_dummies_add_up_to_the_intercept() -> None:
    (change,) = removals(fitted("y ~ x + (0 + f | g)"))
    np.testing.assert_array_equal(change.basis, np.ones((3, 1)))
    assert change.names == ("(Intercept)",)


def test_a_factor_is_not_left_without_its_intercept() -> None:
    """(f || g) without its intercept would be coded anew, with a column per category."""
    effects = random_effects(fitted("y ~ x + (f || g)"))[0]
    assert without_plans(effects, (0,)) is None
    assert [change.label for change in removals(fitted("y ~ x + (f || g)"))] == ["f | g"]


def test_several_effects_at_once() -> None:
    effects = random_effects(fitted("y ~ x + (x + z | g)"))[0]
    change = without_plans(effects, (1, 2))
    assert change is not None
    assert change.label == "x + z | g"
    assert change.left is not None
    assert term_text(change.left) == "(1 | g)"


def test_a_single_effect_has_no_structure() -> None:
    """What is left of (x || g) without x is (1 | g), whatever the bars were."""
    change = removals(fitted("y ~ x + (x || g)"))[1]
    assert change.left is not None
    assert change.left.structure == "us"


def test_correlations() -> None:
    change = without_correlations(random_effects(fitted("y ~ x + (x | g)"))[0])
    assert change.label == "correlations of (x | g)"
    assert change.left is not None
    assert (change.left.structure, change.left.text) == ("diag", "(1 + x || g)")
