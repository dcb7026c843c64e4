from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from tests.drawn import is_picture
from tests.unit.plot.drawn import column, fitted, notes, rows

NAMES = ["null", "line", "slopes"]


@pytest.mark.parametrize("criterion", ["aic", "bic", "aicc", "bic_groups", "caic"])
def test_differences_are_those_of_the_table(criterion: str) -> None:
    models = [fitted(name) for name in ("sleep null", "sleep line", "sleep")]
    chart = models[0].plot.comparison(*models[1:], names=NAMES, criterion=criterion)
    table = models[0].compare(*models[1:], names=NAMES).table
    values = table[criterion]
    np.testing.assert_allclose(column(chart, "change", "test"), values - values.min())
    assert [row["model"] for row in rows(chart, "change")] == NAMES
    assert [row["text"] for row in rows(chart, "change")].count("best") == 1


def test_tests_are_written_beside() -> None:
    null, line = fitted("sleep null"), fitted("sleep line")
    chart = null.plot.comparison(line.fit)
    tests = [row["test"] for row in rows(chart, "change")]
    assert tests == ["", "vs Model 1: χ²(1) = 116.5, p <0.001"]
    assert "Criteria and tests by ML; REML fits were refitted." in notes(chart)
    assert is_picture(chart)


def test_models_that_are_not_nested() -> None:
    counts = fitted("owls")
    other = ec.fit(counts.formula, "owls", family="nbinom2")
    chart = counts.plot.comparison(other, names=["Poisson", "negative binomial"])
    assert rows(chart, "change")[1]["test"] == "no test against Poisson"
    assert "No test where a model is not nested" in notes(chart)
