"""Separation is found where estimates are infinite, and nowhere else."""

from __future__ import annotations

import warnings
from itertools import product
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.engine.generalized.separation import Separation, separation
from echelon.errors import EchelonWarning

N = 240
RNG = np.random.default_rng(3)
G = np.arange(N) % 24
X, Z = RNG.normal(size=N), RNG.normal(size=N)
CAT = np.array(list("abc"))[np.arange(N) % 3]
BINARY = (RNG.uniform(size=N) < 0.5).astype(float)
COUNTS = RNG.poisson(2.0, N).astype(float)
LEVELS = np.digitize(X + RNG.logistic(size=N), [-1.0, 0.0, 1.0])
IS_C = CAT == "c"
DATA: dict[str, Any] = {"x": X, "z": Z, "cat": CAT, "g": G}


def found(formula: str, y: Any, **options: Any) -> Separation | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = ec.fit(formula, DATA | {"y": y}, **options).fit
    return separation(fit.design, fit.spec, fit.estimates)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog", "loglog", "cauchit"])
def test_complete_separation(link: str) -> None:
    answer = found("y ~ x + (1 | g)", X > 0.1, family="binomial", link=link)
    assert answer is not None
    assert answer.names == ("x",)
    assert answer.share == 1.0


@pytest.mark.parametrize(
    ("options", "y", "name"),
    [
        ({"family": "binomial"}, np.where(IS_C, 1.0, BINARY), "cat[c]"),
        ({"family": "binomial", "link": "probit"}, np.where(IS_C, 0.0, BINARY), "cat[c]"),
        ({"family": "poisson"}, np.where(IS_C, 0.0, COUNTS), "cat[c]"),
        ({"family": "nbinom2"}, np.where(IS_C, 0.0, COUNTS), "cat[c]"),
        ({"family": "poisson", "zero": "~ 1"}, np.where(IS_C, 0.0, COUNTS), "cat[c]"),
        ({"family": "cumulative"}, np.where(IS_C, 3, LEVELS), "cat[c]"),
        ({"family": "adjacent"}, np.where(IS_C, 3, LEVELS), "cat[c]"),
        ({"family": "continuation"}, np.where(IS_C, 3, LEVELS), "cat[c]"),
        ({"family": "multinomial"}, np.where(IS_C, 3, LEVELS), "3.cat[c]"),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_a_category_with_one_outcome(options: dict[str, str], y: Any, name: str) -> None:
    random = "" if options["family"] == "multinomial" else " + (1 | g)"
    answer = found(f"y ~ x + cat{random}", y, **options)
    assert answer is not None
    assert name in answer.names
    assert set(answer.names) <= {name, "1.cat[c]", "2.cat[c]"}
    assert answer.share < 1.0


def test_two_categories_are_both_named() -> None:
    answer = found("y ~ cat + (1 | g)", np.where(CAT == "a", BINARY, IS_C), family="binomial")
    assert answer is not None
    assert answer.names == ("cat[b]", "cat[c]")


def test_a_hurdle_is_separated_by_its_own_formula() -> None:
    y = np.where(IS_C, 0.0, 1.0 + COUNTS)
    answer = found("y ~ x + (1 | g)", y, family="poisson", hurdle="~ cat")
    assert answer is not None
    assert (answer.names, answer.channel, answer.share) == (("hurdle.cat[c]",), "hurdle", 1.0)


def test_trials_on_both_sides_separate_nothing() -> None:
    DATA["tried"] = np.full(N, 5.0)
    assert found("y / tried ~ x + cat + (1 | g)", np.where(IS_C, 4.0, 5 * BINARY),
                 family="binomial") is None  # fmt: skip
    answer = found("y / tried ~ x + cat + (1 | g)", np.where(IS_C, 5.0, 2.0), family="binomial")
    assert answer is not None
    assert answer.names == ("cat[c]",)


@pytest.mark.parametrize(
    ("options", "y"),
    [
        ({"family": "binomial"}, BINARY),
        ({"family": "poisson"}, COUNTS),
        ({"family": "cumulative"}, LEVELS),
        ({"family": "gamma"}, COUNTS + 0.5),
    ],
    ids=lambda value: value["family"] if isinstance(value, dict) else "",
)
def test_overlap_is_no_separation(options: dict[str, str], y: Any) -> None:
    assert found("y ~ x + cat + (1 | g)", y, **options) is None


@pytest.mark.parametrize("far", [0.0, 1e4])
def test_every_small_table_of_outcomes(far: float) -> None:
    """Five rows, one predictor: separated exactly where no 1 lies strictly among the 0s."""
    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0]) + far
    for outcomes in product([0.0, 1.0], repeat=5):
        y = np.array(outcomes)
        if y.min() == y.max():
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EchelonWarning)
            fit = ec.fit("y ~ x", {"y": y, "x": x}, family="binomial").fit
        zeros, ones = x[y == 0], x[y == 1]
        is_apart = zeros.max() < ones.min() or ones.max() < zeros.min()
        assert (separation(fit.design, fit.spec, fit.estimates) is not None) == bool(is_apart)


def test_many_rows_join_the_program_as_they_are_needed() -> None:
    """The one row that spoils a separation of 20,000 is not among those the program begins with."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=20_000)
    y = (x > 0).astype(float)
    for spoilt, is_apart in ((False, True), (True, False)):
        if spoilt:
            y[7] = 1.0 - y[7]
            x[7] = 2.0 * np.sign(x[7])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EchelonWarning)
            fit = ec.fit("y ~ x", {"y": y, "x": x}, family="binomial").fit
        assert (separation(fit.design, fit.spec, fit.estimates) is not None) == is_apart
