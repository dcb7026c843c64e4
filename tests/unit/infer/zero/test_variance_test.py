"""Is it zero? Choice of the term and of the method, seeds, and p values of nothing as large."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.infer.zero.ranova import ranova
from echelon.infer.zero.variance_test import variance_test
from tests.unit.infer.varied import fitted

MODEL = "y ~ x + (x | g) + (1 | h) + (0 + z | h)"


def test_auto_is_exact_where_it_can_be() -> None:
    table = variance_test(fitted(MODEL), n=200, seed=1)
    assert table.columns == ("term", "method", "statistic", "reference", "p_value")
    assert table["term"].tolist() == ["x | g", "(1 | h)", "(0 + z | h)"]
    assert table["method"].tolist() == ["mixture", "exact", "exact"]
    assert table["reference"].tolist() == ["0.5 chi2(1) + 0.5 chi2(2)", "200 draws", "200 draws"]


def test_exact_leaves_out_what_it_cannot_do() -> None:
    assert variance_test(fitted(MODEL), method="exact", n=20)["method"].tolist() == ["exact"] * 2


@pytest.mark.parametrize("term", ["x | g", "x|g", "x", " x "])
def test_term_by_name(term: str) -> None:
    assert variance_test(fitted(MODEL), term)["term"].tolist() == ["x | g"]


def test_random_term_by_text() -> None:
    assert variance_test(fitted(MODEL), "( 1|h )", n=10)["term"].tolist() == ["(1 | h)"]


def test_the_mixture_is_ranova() -> None:
    fit = fitted(MODEL)
    table, removed = variance_test(fit, method="mixture"), ranova(fit)
    for name in ("statistic", "p_value"):
        np.testing.assert_array_equal(table[name], removed[name][1:])


def test_a_zero_variance_has_p_one() -> None:
    for method in ("exact", "mixture", "bootstrap"):
        table = variance_test(fitted("e ~ 1 + (1 | k)"), method=method, n=20, seed=1)
        assert (table["statistic"].tolist(), table["p_value"].tolist()) == ([0.0], [1.0])


def test_nothing_as_large_is_said() -> None:
    table = variance_test(fitted("y ~ x + (1 | g)"), n=100, seed=1)
    assert table["p_value"].tolist() == [0.01]
    statistic = table["statistic"][0]
    assert table.notes == (
        f"(1 | g): none of the 100 draws is as large as {statistic:.4g}, so p < 0.01.",
    )


def test_other_variances_are_said() -> None:
    notes = variance_test(fitted("y ~ x + (1 | g) + (0 + z | h)"), "(0 + z | h)", n=50).notes
    assert notes[0].endswith("(0 + z | h): the other variances are taken as known.")


def test_seed() -> None:
    fit = fitted("y ~ x + (1 | s) + (0 + z | h)")
    one, again = (variance_test(fit, n=500, seed=3) for _ in range(2))
    assert one == again


def test_a_fit_by_ml_is_tested_by_reml() -> None:
    by_ml, by_reml = (
        variance_test(fitted("y ~ x + (1 | s)", method), method="exact", n=50, seed=1)
        for method in ("ML", "REML")
    )
    np.testing.assert_allclose(by_ml["statistic"], by_reml["statistic"], atol=1e-8)
    np.testing.assert_array_equal(by_ml["p_value"], by_reml["p_value"])


def test_a_slope_without_correlation_has_its_own_column() -> None:
    """(z || h): the exact test of the slope is that of (0 + z | h) beside (1 | h)."""
    one = variance_test(fitted("y ~ x + (z || h)"), "z", "exact", 400, 1)
    two = variance_test(fitted("y ~ x + (1 | h) + (0 + z | h)"), "(0 + z | h)", "exact", 400, 1)
    np.testing.assert_allclose(one["statistic"], two["statistic"], atol=1e-7)
    np.testing.assert_array_equal(one["p_value"], two["p_value"])


def test_bootstrap() -> None:
    fit = fitted("y ~ x + (1 | g)")
    table = variance_test(fit, method="bootstrap", n=60, seed=1)
    assert table["reference"].tolist() == ["60 refits"]
    assert table["p_value"].tolist() == [1 / 61]
    assert table == variance_test(fit, method="bootstrap", n=60, seed=1)
