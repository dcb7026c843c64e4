"""The likelihood ratio of two fits: order, methods, cautions, and fits without rows."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from echelon.fit import Fit
from echelon.infer.zero.likelihood_ratio import by_ml, by_reml, likelihood_ratio
from echelon.storage import archive
from tests.unit.infer.varied import fitted

ONE, TWO = "y ~ x + (1 | g)", "y ~ x + (x | g)"


def test_the_order_does_not_matter() -> None:
    assert likelihood_ratio(fitted(ONE), fitted(TWO)) == likelihood_ratio(fitted(TWO), fitted(ONE))


def test_same_fixed_effects_compare_by_reml() -> None:
    test = likelihood_ratio(fitted(ONE), fitted(TWO))
    log_likelihoods = tuple(fitted(f).estimates.log_likelihood for f in (ONE, TWO))
    assert (test.refitted, test.df, test.reason) == (False, 2, "")
    assert test.log_likelihoods == log_likelihoods
    assert test.statistic == 2 * (log_likelihoods[1] - log_likelihoods[0])
    assert test.p_value < test.p_value_chi2


@pytest.mark.parametrize("methods", [("REML", "REML"), ("REML", "ML"), ("ML", "REML")])
def test_other_fixed_effects_are_refitted_by_ml(methods: tuple[str, str]) -> None:
    smaller, larger = fitted(ONE, methods[0]), fitted("y ~ x + f + (1 | g)", methods[1])
    test = likelihood_ratio(smaller, larger)
    by_rows = likelihood_ratio(fitted(ONE, "ML"), fitted("y ~ x + f + (1 | g)", "ML"))
    assert test.refitted
    assert not by_rows.refitted
    assert test.statistic == pytest.approx(by_rows.statistic, abs=1e-7)
    assert test.p_value == pytest.approx(test.p_value_chi2, rel=1e-14)


def test_a_column_space_written_otherwise_is_refitted_too() -> None:
    """The restricted likelihood depends on the basis of X, the likelihood does not."""
    test = likelihood_ratio(fitted("y ~ poly(x, 2) + (1 | g)"), fitted("y ~ x + I(x^2) + (x | g)"))
    same = likelihood_ratio(
        fitted("y ~ x + I(x^2) + (1 | g)", "ML"), fitted("y ~ x + I(x^2) + (x | g)", "ML")
    )
    assert test.refitted
    assert test.statistic == pytest.approx(same.statistic, abs=1e-7)
    assert str(test.mixture) == "0.5 chi2(1) + 0.5 chi2(2)"


def test_without_random_effects() -> None:
    test = likelihood_ratio(fitted("y ~ x"), fitted(ONE))
    assert str(test.mixture) == "0.5 chi2(0) + 0.5 chi2(1)"
    assert test.p_value == pytest.approx(test.p_value_chi2 / 2)


def test_models_that_are_not_nested() -> None:
    test = likelihood_ratio(fitted("y ~ x + (0 + x | g)"), fitted("y ~ x + (1 | h) + (1 | s)"))
    assert not test.is_nested
    assert test.mixture is None
    assert math.isnan(test.statistic)
    assert math.isnan(test.p_value)
    assert math.isnan(test.p_value_chi2)
    assert test.reason == "only one model has random effects of 'g', the smaller one"


def test_a_smaller_model_on_its_own_boundary() -> None:
    smaller, larger = fitted("y ~ x + (f | g)"), fitted("y ~ x + (x + f | g)")
    boundary = smaller.estimates.verdict.boundary
    expected = (
        f"the smaller model is itself on a boundary ({boundary[0]}): the p value is approximate"
    )
    assert likelihood_ratio(smaller, larger).reason == expected


def test_without_rows(tmp_path: Path) -> None:
    def saved(fit: Fit) -> Fit:
        archive.save(fit, tmp_path / "fit.ech", rows=False)
        return archive.load(tmp_path / "fit.ech")

    with_rows = likelihood_ratio(fitted(ONE), fitted(TWO))
    assert likelihood_ratio(saved(fitted(ONE)), saved(fitted(TWO))) == with_rows
    assert likelihood_ratio(saved(fitted(ONE)), fitted(TWO)) == with_rows


def test_by_method() -> None:
    fit = fitted(TWO)
    assert by_reml(fit) is fit
    ml = by_ml(fit)
    assert ml.estimates.objective == pytest.approx(fitted(TWO, "ML").estimates.objective, abs=1e-8)
    assert by_reml(ml).estimates.objective == pytest.approx(fit.estimates.objective, abs=1e-8)
