"""Models side by side."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from echelon.api import Result, load
from echelon.building.compare import NOT_COMPARABLE, REFITTED, compare, neighbours
from echelon.infer.zero.likelihood_ratio import by_ml
from echelon.measure.criteria import criteria
from tests.unit.building.fitted import fit, hsb, sleep

NULL, DAYS, SLOPE = "1 + (1 | subject)", "days + (1 | subject)", "days + (days | subject)"


def test_a_test_of_fixed_effects_is_by_ml() -> None:
    """By hand from two ML fits: 1910.327 - 1794.465 on one degree of freedom."""
    found = compare(sleep(NULL), sleep(DAYS))
    (test,) = found.tests
    by_hand = sleep(NULL, "ML").estimates.objective - sleep(DAYS, "ML").estimates.objective
    assert test.statistic == pytest.approx(by_hand, rel=1e-9)
    assert (test.df, test.method, test.mixture, test.reason) == (1, "ML", "chi2(1)", "")
    assert test.p_value == pytest.approx(math.erfc(math.sqrt(by_hand / 2)), rel=1e-6)
    assert found.is_refitted
    assert [each.spec.method for each in found.judged] == ["ML", "ML"]
    assert found.notes == (REFITTED,)


def test_a_test_of_a_slope_is_by_reml_and_a_mixture() -> None:
    found = compare(sleep(DAYS), sleep(SLOPE))
    (test,) = found.tests
    statistic = sleep(DAYS).estimates.objective - sleep(SLOPE).estimates.objective
    assert test.statistic == pytest.approx(statistic, rel=1e-12)
    by_hand = (math.erfc(math.sqrt(statistic / 2)) + math.exp(-statistic / 2)) / 2
    assert test.p_value == pytest.approx(by_hand, rel=1e-6)
    assert (test.df, test.method, test.mixture) == (2, "REML", "0.5 chi2(1) + 0.5 chi2(2)")
    assert not found.is_refitted
    assert found.judged == found.fits
    assert found.notes[0].startswith("Model 2 against Model 1: p from 0.5 chi2(1) + 0.5 chi2(2), ")


def test_criteria_are_of_comparable_likelihoods() -> None:
    found = compare(sleep(NULL), sleep(DAYS), sleep(SLOPE))
    for row, model in zip(found.table.rows(), (NULL, DAYS, SLOPE), strict=True):
        ml = criteria(sleep(model, "ML"))
        assert row["criteria_method"] == "ML"
        assert row["aic"] == pytest.approx(ml.aic, rel=1e-9)
        assert row["bic"] == pytest.approx(ml.bic, rel=1e-9)
        assert row["log_likelihood"] == pytest.approx(-row["objective"] / 2)


def test_estimates_stay_as_they_were_fitted() -> None:
    found = compare(sleep(NULL), sleep(DAYS))
    row = found.coefficients.row(model="Model 2", term="days", part="fixed")
    assert row["std_error"] == math.sqrt(sleep(DAYS).estimates.vcov[1, 1])
    assert found.fits[1] is sleep(DAYS)


def test_refit_always_and_never() -> None:
    pair = sleep(DAYS), sleep(SLOPE)
    assert compare(*pair, refit="always").table["criteria_method"].tolist() == ["ML", "ML"]
    never = compare(sleep(NULL), sleep(DAYS), refit="never")
    assert never.table["objective"].tolist() == [
        sleep(NULL).estimates.objective,
        sleep(DAYS).estimates.objective,
    ]
    assert never.notes == (NOT_COMPARABLE,)
    assert never.tests[0].method == "ML", "the test is right all the same"


def test_ml_and_reml_together() -> None:
    found = compare(sleep(DAYS), sleep(SLOPE, "ML"))
    assert found.table["criteria_method"].tolist() == ["ML", "ML"]
    assert found.tests[0].method == "ML"
    assert found.fits[1].estimates == found.judged[1].estimates


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_every_order_has_the_same_models(order: tuple[int, ...]) -> None:
    models = [(name, sleep(text)) for name, text in zip("abc", (NULL, DAYS, SLOPE), strict=True)]
    found = compare(dict(models[k] for k in order))
    expected = compare(dict(models))
    assert found.names == tuple(models[k][0] for k in order)
    for name in "abc":
        mine, yours = found.table.row(model=name), expected.table.row(model=name)
        assert [mine[c] for c in ("aic", "caic", "icc")] == [
            yours[c] for c in ("aic", "caic", "icc")
        ]


def test_the_larger_model_may_come_first() -> None:
    up, down = compare(sleep(DAYS), sleep(SLOPE)), compare(sleep(SLOPE), sleep(DAYS))
    assert replace(down.tests[0], reason="") == replace(up.tests[0], reason="")


def test_models_in_a_list_or_a_mapping() -> None:
    pair = [sleep(NULL), sleep(DAYS)]
    assert compare(pair).names == compare(*pair).names == ("Model 1", "Model 2")
    assert compare(pair, names=["null", "days"]).names == ("null", "days")
    assert compare({"null": pair[0], "days": pair[1]}).names == ("null", "days")


def test_one_model_is_a_table_without_tests() -> None:
    found = compare(sleep(SLOPE))
    assert found.tests == ()
    assert len(found.table) == 1
    assert found.table.row()["p_value"] is None


def test_models_that_are_not_nested() -> None:
    found = compare(hsb("ses + (1 | school)"), hsb("minority + (1 | school)"))
    (test,) = found.tests
    assert math.isnan(test.statistic)
    assert math.isnan(test.p_value)
    assert (test.mixture, test.method) == ("", "")
    assert test.reason == "no test: the fixed effects of neither model contain those of the other."
    assert np.isfinite(found.table["aic"]).all()


def test_without_random_effects() -> None:
    found = compare(sleep("days"), sleep(DAYS))
    first, second = found.table.rows()
    assert (first["icc"], first["bic_groups"], first["n_groups[subject]"]) == (None, None, None)
    assert first["r2_marginal"] == first["r2_conditional"]
    assert second["mixture"] == "0.5 chi2(0) + 0.5 chi2(1)"
    assert second["change[residual]"] == pytest.approx(
        1 - (sleep(DAYS).estimates.sigma / sleep("days").estimates.sigma) ** 2
    )


def test_weights_and_offsets_that_differ_are_not_tested() -> None:
    rows = {"y": np.arange(20.0) ** 1.5, "x": np.arange(20.0) % 7, "w": 1 + np.arange(20.0)}
    plain, weighted, shifted = (
        fit("y ~ x", rows),
        fit("y ~ x + w", rows, weights="w"),
        fit("y ~ x + w", rows, offset="x"),
    )
    expected = "no test. The two models have different prior weights."
    assert neighbours("a", plain, weighted).reason == expected
    expected = "no test: the two models have different offsets."
    assert neighbours("a", plain, shifted).reason == expected


def test_what_limits_a_model_is_noted() -> None:
    rows = {"y": np.arange(40.0) % 4, "x": np.sin(np.arange(40.0)), "g": np.arange(40) // 4}
    rows["twice"] = 2 * rows["x"]
    found = compare(fit("y ~ x", rows), fit("y ~ x + twice + (1 | g)", rows))
    assert found.notes[-2:] == (
        "Model 2: singular fit, on the boundary: variance of (Intercept) | g.",
        "Model 2: not estimated, combinations of other columns: 'twice'.",
    )


def test_a_comparison_pickles() -> None:
    found = compare(sleep(DAYS), sleep(SLOPE))
    again = pickle.loads(pickle.dumps(found))
    assert again.table == found.table
    assert again.tests == found.tests


def test_refits_are_those_of_the_method() -> None:
    judged = compare(sleep(NULL), sleep(DAYS)).judged[1]
    assert judged.estimates.objective == by_ml(sleep(DAYS)).estimates.objective


def test_without_rows_every_number_is_the_same(tmp_path: Path) -> None:
    loaded = [
        load(Result(sleep(right)).save(tmp_path / f"{k}", rows=False)).fit
        for k, right in enumerate((NULL, DAYS, SLOPE))
    ]
    assert not loaded[0].has_rows
    ours, whole = compare(loaded), compare([sleep(NULL), sleep(DAYS), sleep(SLOPE)])
    for column in whole.table:
        left, right = ours.table[column], whole.table[column]
        if left.dtype == object:
            assert left.tolist() == right.tolist()
        else:
            np.testing.assert_allclose(left, right, rtol=1e-9)


def test_a_caution_is_passed_on() -> None:
    """The smaller model is on a boundary itself, of which the mixture knows nothing."""
    rows = {"y": np.arange(40.0) % 4, "x": np.sin(np.arange(40.0)), "g": np.arange(40) // 4}
    test = neighbours("a", fit("y ~ x + (1 | g)", rows), fit("y ~ x + (x | g)", rows))
    assert "the smaller model is itself on a boundary" in test.reason
