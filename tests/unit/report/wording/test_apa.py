"""Numbers in running text."""

from __future__ import annotations

import math

import pytest

from echelon.report.wording.apa import (
    coefficient_test,
    interval_text,
    p_text,
    share_text,
    term_text,
    unbroken,
)


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0, "p < .001"), (0.00099, "p < .001"), (0.001, "p = .001"), (0.04961, "p = .050"),
     (0.9994, "p = .999"), (1.0, "p > .999"), (math.nan, "p not available")],
)  # fmt: skip
def test_p_values(p: float, text: str) -> None:
    assert p_text(p) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.181, ".18"), (-0.304, "-.30"), (1.0, "1.00"), (0.0, ".00")]
)
def test_shares(value: float, text: str) -> None:
    assert share_text(value) == text


def test_tests() -> None:
    assert coefficient_test(6.711, 18.16, 2e-6) == "t(18.2) = 6.71, p < .001"
    assert coefficient_test(-1.5, math.nan, 0.134) == "z = -1.50, p = .134"
    assert coefficient_test(2.0, math.inf, 0.0456) == "z = 2.00, p = .046"


def test_intervals() -> None:
    assert interval_text(0.95, "1.2", "3.4") == "95% CI [1.2, 3.4]"
    assert interval_text(0.999, "-1", "1") == "99.9% CI [-1, 1]"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("(Intercept)", "the intercept"),
        ("ses", "ses"),
        ("ses:sector[Catholic]", "ses × sector (Catholic)"),
        ("poly(x, 2)[1]", "poly(x, 2) (1)"),
        ("f[a:b]:x", "f (a:b) × x"),
        ("cwc(ses, school):gm(ses, school)", "ses (centred within school) × ses (mean by school)"),
        ("cwc(x y, g)", "x y (centred within g)"),
        ("cgm(x):center(y)", "x (centred at its mean) × y (centred at its mean)"),
    ],
)
def test_terms(name: str, text: str) -> None:
    assert term_text(name) == text


def test_blanks_that_do_not_break() -> None:
    said = "We saw 95% CI [-1.2, 3e+05], t(18.2) = 6.71, p < .001 (R² = .30) and z = 2 of 3 rows."
    assert unbroken(said).replace("\u00a0", "_") == (
        "We saw 95%_CI_[-1.2,_3e+05], t(18.2)_=_6.71, p_<_.001 (R²_=_.30) and z_=_2 of 3 rows."
    )
