"""Tests of terms: what the types mean, by model comparison where that is exact."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import echelon as ec

RNG = np.random.default_rng(8)
N = 90
DATA = {
    "y": RNG.normal(size=N),
    "a": np.array(list("pqr"))[RNG.integers(0, 3, N)],
    "b": np.array(list("uv"))[RNG.integers(0, 2, N)],
    "x": RNG.normal(3, 1, size=N),
    "g": np.arange(N) // 9,
}


def rss(formula: str) -> tuple[float, float]:
    """Residual sum of squares of a regression, and its df."""
    fit = ec.fit(formula, DATA)
    return float((fit.residuals() ** 2).sum()), float(fit.fixed_effects["df"][0])


def f_of(small: str, large: str, full: str) -> float:
    """F of least squares for adding terms, error from the full model."""
    (more, df_more), (less, df_less), (error, df) = rss(small), rss(large), rss(full)
    return (more - less) / (df_more - df_less) / (error / df)


def test_type_1_of_a_regression_is_the_sequence() -> None:
    table = ec.fit("y ~ a * b + x", DATA).anova(1)
    full = "y ~ a * b + x"
    assert table["term"].tolist() == ["a", "b", "x", "a:b"]
    steps = ["y ~ 1", "y ~ a", "y ~ a + b", "y ~ a + b + x", full]
    expected = [f_of(small, large, full) for small, large in pairwise(steps)]
    np.testing.assert_allclose(table["statistic"], expected, rtol=1e-8)


def test_type_2_of_a_regression_leaves_out_what_contains_the_term() -> None:
    full = "y ~ a * b + x"
    table = ec.fit(full, DATA).anova(2)
    pairs = [("y ~ b + x", "y ~ a + b + x"), ("y ~ a + x", "y ~ a + b + x"), ("y ~ a * b", full),
             ("y ~ a + b + x", full)]  # fmt: skip
    expected = [f_of(small, large, full) for small, large in pairs]
    np.testing.assert_allclose(table["statistic"], expected, rtol=1e-8)


def test_type_3_of_a_regression_is_sum_coding_without_the_term() -> None:
    """With sum coding the coefficients of a term are its type 3 contrasts."""
    fit = ec.fit("y ~ a * b + x", DATA)
    coded = ec.fit("y ~ a * b + x", DATA, contrasts={"a": "sum", "b": "sum"})
    joint = coded.test("a[1] = 0, a[2] = 0").row(hypothesis="joint")
    table = fit.anova(3)
    assert table.row(term="a")["statistic"] == pytest.approx(joint["statistic"], rel=1e-10)
    np.testing.assert_allclose(table["statistic"], coded.anova(3)["statistic"], rtol=1e-10)


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ a * x + (1 | g)",
        "y ~ a * b * x + (1 | g)",
        "y ~ a + a:b + (1 | g)",
        "y ~ 0 + a * b + (1 | g)",
        "y ~ a:x + bs(x, df=4):b + (1 | g)",
        "y ~ poly(x, 2, raw=True) * a + (1 | g)",
        "y ~ factor(a, ref='r') * b + (1 | g)",
    ],
)
@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_type_3_does_not_depend_on_the_coding(formula: str) -> None:
    plain = ec.fit(formula, DATA).anova()
    contrasts = {name: coding for name, coding in (("a", "helmert"), ("b", "sum"))
                 if name in formula.replace("bs", "").replace("raw", "")}  # fmt: skip
    other = ec.fit(formula, DATA, contrasts=contrasts).anova()
    np.testing.assert_allclose(plain["statistic"], other["statistic"], rtol=1e-6)
    np.testing.assert_allclose(plain["df_den"], other["df_den"], rtol=1e-5)


def test_an_intercept_alone_has_nothing_to_test() -> None:
    assert len(ec.fit("y ~ 1 + (1 | g)", DATA).anova()) == 0


def test_spellings_of_the_type_and_notes() -> None:
    fit = ec.fit("y ~ a + (1 | g)", DATA)
    assert fit.anova("II") == fit.anova(2)
    assert fit.anova(df_method="residual").notes == (
        "Type 3: each term after all others, cells weighted equally.", "df of the residuals.",
    )  # fmt: skip
    assert np.isposinf(fit.anova(df_method="normal")["df_den"]).all()
