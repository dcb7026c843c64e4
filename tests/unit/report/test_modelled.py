"""What a generalized model is about, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from echelon.design.build import build_design
from echelon.engine.estimates import Approximation
from echelon.frame.build import build_frame
from echelon.report.modelled import approximation_text, linked_mean, modelled_lines
from echelon.spec import columns_needed, resolve_spec
from tests.golden import fits
from tests.golden.generalized_fits import hand_set

ROWS = np.arange(60)
DATA: dict[str, Any] = {
    "s": ROWS % 4,
    "t": np.full(60, 5),
    "f": 5 - ROWS % 4,
    "won": ROWS % 2,
    "yes": np.where(ROWS % 3, "no", "yes"),
    "mark": ROWS % 4,
    "cost": 1.0 + ROWS % 7,
    "share": 0.1 + ROWS % 8 / 10,
    "p": ROWS % 6 / 5,
    "x": ROWS / 10.0,
}

CASES: list[tuple[str, Mapping[str, Any], str, tuple[str, str]]] = [
    ("yes ~ x", {"family": "binomial"}, "P(yes = 'yes')", ("logit", "P(yes = 'yes')")),
    ("won ~ x", {"family": "binomial"}, "P(won = 1)", ("logit", "P(won = 1)")),
    ("I(mark > 1) ~ x", {"family": "binomial"}, "P(mark > 1)", ("logit", "P(mark > 1)")),
    ("s / t ~ x", {"family": "binomial"}, "P(success): s of t trials", ("logit", "P(success)")),
    (
        "cbind(s, f) ~ x",
        {"family": "betabinomial", "link": "probit"},
        "P(success): s successes, f failures",
        ("probit", "P(success)"),
    ),
    (
        "p ~ x",
        {"family": "binomial", "weights": "t"},
        "P(success): p of t trials",
        ("logit", "P(success)"),
    ),
    ("s ~ x", {"family": "poisson"}, "log of the mean of s", ("log", "E[s]")),
    (
        "s ~ x",
        {"family": "nbinom1", "link": "sqrt"},
        "square root of the mean of s",
        ("sqrt", "E[s]"),
    ),
    (
        "s ~ x",
        {"family": "poisson", "zero": "~ x"},
        "log of the mean of s, apart from structural zeros; and the logit of P(structural zero)",
        ("log", "E[s]"),
    ),
    (
        "s ~ x",
        {"family": "poisson", "hurdle": "~ 1"},
        "log of the mean of s, before zeros are set apart; and the logit of P(s = 0)",
        ("log", "E[s]"),
    ),
    (
        "cost ~ x",
        {"family": "gamma", "link": "inverse"},
        "1 / the mean of cost",
        ("inverse", "E[cost]"),
    ),
    (
        "cost ~ x",
        {"family": "gamma", "link": "identity"},
        "the mean of cost",
        ("identity", "E[cost]"),
    ),
    (
        "cost ~ x",
        {"family": "lognormal"},
        "mean of log(cost)",
        ("identity", "E[log(cost)]"),
    ),
    (
        "cost ~ x",
        {"family": "student", "link": "log"},
        "log of the location of cost",
        ("log", "E[cost]"),
    ),
    ("share ~ x", {"family": "beta"}, "logit of the mean of share", ("logit", "E[share]")),
    (
        "mark ~ x",
        {"family": "continuation", "link": "cloglog"},
        "cloglog P(mark = j, given mark >= j) = threshold j - location; positive coefficients go "
        "with higher categories",
        ("identity", "location"),
    ),
    (
        "mark ~ x",
        {"family": "adjacent"},
        "log P(mark = j + 1) / P(mark = j) = location - threshold j; positive coefficients go "
        "with higher categories",
        ("identity", "location"),
    ),
    (
        "mark ~ x",
        {"family": "multinomial"},
        "log of P(mark = category) / P(mark = '0'), one set of coefficients per category",
        ("log", "P(mark = c) / P(mark = '0')"),
    ),
]


def made(formula: str, approximation: Approximation, **options: Any) -> Any:
    """Fit nothing: a design of the formula with coefficients of zero."""
    spec = resolve_spec(formula, **options)
    design = build_design(spec, build_frame(DATA, columns_needed(spec)))
    p, m = len(design.fixed_names), len(design.extra_names)
    return hand_set(
        formula, DATA, [0.0] * p, [0.0] * m, [1.0] * (p + m), [], approximation=approximation,
        **options,
    )  # fmt: skip


@pytest.mark.parametrize(("formula", "options", "modelled", "mean"), CASES)
def test_what_is_modelled(
    formula: str, options: Mapping[str, Any], modelled: str, mean: tuple[str, str]
) -> None:
    fit = made(formula, Approximation("exact"), **options)
    assert next(modelled_lines(fit)) == f"Modelled: {modelled}."
    assert linked_mean(fit) == mean


def test_a_mean_with_its_own_residual_needs_no_words() -> None:
    for fit in (
        fits.sleep(),
        made("cost ~ x", Approximation("exact"), dispersion="~ x"),
        made("cost ~ x", Approximation("exact"), family="student"),
    ):
        assert list(modelled_lines(fit)) == []
        assert linked_mean(fit) == ("identity", "")


def test_categories_are_listed() -> None:
    exact = Approximation("exact")
    assert list(modelled_lines(made("mark ~ x", exact, family="cumulative")))[1] == (
        "Categories: 0 < 1 < 2 < 3."
    )
    assert list(modelled_lines(made("mark ~ x", exact, family="multinomial")))[1] == (
        "Categories: 0 (reference), 1, 2 and 3."
    )
    DATA["many"] = ROWS % 20
    assert list(modelled_lines(made("many ~ x", exact, family="cumulative")))[1] == (
        "Categories: 0 < 1 < 2 < 3 < ... < 18 < 19."
    )


@pytest.mark.parametrize(
    ("approximation", "options", "text"),
    [
        (Approximation("exact"), {}, "ML"),
        (Approximation("Laplace"), {}, "ML (Laplace)"),
        (Approximation("quadrature", 15, 15), {}, "ML (quadrature, 15 points)"),
        (Approximation("PQL1"), {"method": "PQL1"}, "PQL1"),
    ],
)
def test_approximations(approximation: Approximation, options: Any, text: str) -> None:
    assert approximation_text(made("won ~ x", approximation, family="binomial", **options)) == text


def test_a_gaussian_method_stands_alone() -> None:
    assert approximation_text(fits.sleep()) == "REML"
