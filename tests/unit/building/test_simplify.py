"""A simpler random part: what goes, in which order, why, and what is printed."""

from __future__ import annotations

import pickle

import pytest

from echelon.building.simplify import Simplification, simplify
from echelon.infer.zero.likelihood_ratio import likelihood_ratio
from tests.unit.infer.varied import fitted


def steps(formula: str, alpha: float = 0.2) -> Simplification:
    return simplify(fitted(formula), alpha)


def test_nothing_to_do() -> None:
    found = steps("y ~ x + (x || g) + (1 | h)")
    assert (found.steps, found.test) == ((), None)
    assert found.fit is found.original
    assert str(found) == (
        "Random part: (x || g) + (1 | h)\n"
        "Nothing to simplify: every term carries variance, and no slope has p > 0.2."
    )


def test_a_term_without_variance_goes() -> None:
    found = steps("e ~ 1 + (1 | k)")
    assert str(found) == (
        "Random part: (1 | k)\n"
        "1. Without (1 | k): its variance is estimated as zero.\n"
        "   It leaves no random effects; likelihood ratio 0 on 1 df, p = 1.\n"
        "Proposed: e ~ 1\n"
        "Against the original: likelihood ratio 0 on 1 df, p = 1 (0.5 chi2(0) + 0.5 chi2(1)), AIC\n"
        "   -2."
    )


def test_correlations_go_before_slopes() -> None:
    found = steps("y ~ x + (x + f | g) + (1 | h)")
    assert found.steps[0].term == "correlations of (x + f | g)"
    assert found.steps[0].reason == (
        "some combination of the 4 effects is estimated not to vary at all"
    )
    assert found.fit.spec.formula.text == "y ~ x + (1 + x + f || g) + (1 | h)"


def test_a_category_does_not_go_without_the_others() -> None:
    """f[b] has no variance, f[c] has: the factor stays, and what remains is said."""
    found = steps("y ~ x + (x + f | g) + (1 | h)")
    assert found.sentences[-1] == "Still on a boundary: variance of f[b] | g."
    assert found.fit.estimates.verdict.boundary == ("variance of f[b] | g",)


def test_an_effect_without_variance_goes() -> None:
    found = steps("e ~ x + (1 | k) + (x | g)")
    assert found.steps[0].term in ("(1 | k)", "correlations of (x | g)", "(Intercept) | g")
    assert not found.fit.estimates.verdict.is_singular


def test_the_proposal_is_what_its_formula_says() -> None:
    found = steps("y ~ x + (x + f | g) + (1 | h)")
    again = fitted(found.fit.spec.formula.text)
    assert found.fit.estimates.objective == pytest.approx(again.estimates.objective, abs=1e-6)
    assert found.test == likelihood_ratio(found.fit, found.original)


def test_the_slope_with_least_support_goes() -> None:
    found = steps("y ~ x + (x + z || g) + (1 | h)")
    assert found.fit.spec.formula.text == "y ~ x + (1 + x || g) + (1 | h)"
    strict = steps("y ~ x + (x || g) + (1 | h)", alpha=1e-12)
    assert [step.term for step in strict.steps] == ["x | g"]
    assert strict.steps[0].reason.startswith("the likelihood supports it least (p = ")


def test_an_intercept_stays_whatever_its_p_value() -> None:
    found = steps("y ~ x + (1 | g) + (1 | h)", alpha=1e-300)
    assert found.steps == ()


def test_table() -> None:
    found = steps("y ~ x + (x + f | g) + (1 | h)")
    table = found.table
    assert table.columns == (
        "step", "term", "model", "reason", "statistic", "df", "p_value", "aic_change",
    )  # fmt: skip
    assert len(table) == len(found.steps) == len(table["step"])
    total = found.fit.estimates.objective - found.original.estimates.objective
    parameters = found.test.df if found.test else 0
    assert table["aic_change"].sum() == pytest.approx(total - 2 * parameters, abs=1e-9)
    assert table.notes == found.sentences


def test_an_empty_table() -> None:
    assert len(steps("y ~ x + (x || g) + (1 | h)").table) == 0


def test_pickles_and_shows() -> None:
    found = steps("e ~ 1 + (1 | k)")
    assert str(pickle.loads(pickle.dumps(found))) == repr(found)
    assert "estimated as zero" in found._repr_html_()
