"""The table of removals: its columns, its notes, and what it says of boundaries."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.infer.zero.likelihood_ratio import likelihood_ratio
from echelon.infer.zero.ranova import random_part_text, ranova
from tests.unit.infer.varied import fitted


def test_table() -> None:
    table = ranova(fitted("y ~ x + (x | g) + (1 | h)"))
    assert table.columns == (
        "term", "model", "n_parameters", "log_likelihood", "aic",
        "statistic", "df", "p_value", "p_value_chi2",
    )  # fmt: skip
    assert table.title == "Random terms taken out one at a time (REML)"
    assert table["term"].tolist() == ["(none)", "x | g", "(1 | h)"]
    assert table["model"].tolist() == ["(x | g) + (1 | h)", "(1 | g) + (1 | h)", "(x | g)"]
    assert table.to_dict()["df"] == [None, 2, 1]
    np.testing.assert_allclose(
        table["aic"], -2 * table["log_likelihood"] + 2 * table["n_parameters"], rtol=1e-15
    )


def test_notes_name_each_mixture_once() -> None:
    notes = ranova(fitted("y ~ x + (x || g) + (1 | h)")).notes
    assert notes[1:] == (
        "(Intercept) | g, x | g, (1 | h): 0.5 chi2(0) + 0.5 chi2(1), one variance at zero "
        "(Self & Liang 1987, case 5).",
    )


def test_a_boundary_of_the_smaller_model_is_noted() -> None:
    notes = ranova(fitted("y ~ x + (x + f | g) + (1 | h)")).notes
    assert notes[-2].startswith("x | g: the smaller model is itself on a boundary (a combination")


def test_tests_are_those_of_the_two_fits() -> None:
    fit = fitted("y ~ x + (x | g) + (1 | h)", "ML")
    row = ranova(fit).row(term="x | g")
    test = likelihood_ratio(fitted("y ~ x + (1 | g) + (1 | h)", "ML"), fit)
    assert row["statistic"] == pytest.approx(test.statistic, abs=1e-7)
    assert row["p_value"] == pytest.approx(test.p_value, rel=1e-6)
    assert row["p_value_chi2"] == pytest.approx(test.p_value_chi2, rel=1e-6)


def test_random_part() -> None:
    assert random_part_text(fitted("y ~ x + (x | s/g) + (0 + x | h)")) == "(x | s/g) + (0 + x | h)"
    assert random_part_text(fitted("y ~ x")) == "no random effects"
