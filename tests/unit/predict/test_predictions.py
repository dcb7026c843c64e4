"""Predictions: reference values, the dense twin, and what each interval is about."""

from __future__ import annotations

import warnings
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl
import pytest

from echelon import api, datasets
from echelon.engine.reference.gaussian import dense_Z, evaluate
from echelon.errors import RankWarning, RowsDroppedWarning
from echelon.predict import predict
from echelon.table import Table
from tests.property.models import MODELS, table
from tests.reference.case import load

CASES = ["lmm_sleep_slope_reml", "lmm_orthodont_slope_reml", "lmm_penicillin_crossed_reml"]
TWINS = sorted(set(MODELS) - {"no random effect"})


def fitted(name: str) -> api.Result:
    case = load(name)
    return api.fit(case["formula"], case.frame(), **case.options)


def of_model(model: str, n: int = 90, **options: Any) -> tuple[api.Result, dict[str, np.ndarray]]:
    data = table(8, n)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return api.fit(MODELS[model], data, **options), data


def rows_of(data: dict[str, np.ndarray], places: slice, **changes: Any) -> dict[str, Any]:
    rows = {name: values[places] for name, values in data.items() if name != "y"}
    return rows | changes


@pytest.fixture(scope="module")
def sleep() -> api.Result:
    return api.fit("reaction ~ days + (days | subject)", datasets.load("sleep"))


@pytest.mark.parametrize("name", CASES)
def test_as_lme4_gives_them(name: str) -> None:
    reference, result = load(name).extra["predict"], fitted(name)
    rows = pl.DataFrame(reference["newdata"])
    np.testing.assert_allclose(result.predict(rows), reference["conditional"], rtol=2e-6)
    population = result.predict(rows, "none", "confidence")
    assert isinstance(population, Table)
    np.testing.assert_allclose(population["estimate"], reference["population"], rtol=2e-6)
    np.testing.assert_allclose(population["std_error"], reference["se_population"], rtol=2e-5)


@pytest.mark.parametrize("model", TWINS)
def test_intervals_as_the_dense_twin_has_them(model: str) -> None:
    """Same rows of the fit: the variance of (x, z) times the joint covariance."""
    result, data = of_model(model)
    design, estimates = result.fit.design, result.fit.estimates
    dense = evaluate(design, estimates.theta, "REML")
    kept = dense.is_estimated
    xz = np.hstack([design.X[:, kept], dense_Z(design)])
    expected = np.einsum("ij,jk,ik->i", xz, dense.joint_cov, xz)
    for new_data in (None, rows_of(data, slice(None))):
        mean = result.predict(new_data, interval="confidence")
        np.testing.assert_allclose(mean["std_error"] ** 2, expected, rtol=1e-6)
        np.testing.assert_allclose(mean["estimate"], result.fitted, rtol=1e-9)
        response = result.predict(new_data, interval="prediction")
        total = expected + estimates.sigma**2
        np.testing.assert_allclose(response["std_error"] ** 2, total, rtol=1e-6)


def test_limits_are_those_of_the_normal(sleep: api.Result) -> None:
    rows = {"days": [3.0], "subject": ["308"]}
    answer = sleep.predict(rows, interval="confidence", conf_level=0.9)
    margin = NormalDist().inv_cdf(0.95) * answer["std_error"]
    np.testing.assert_allclose(answer["conf_low"], answer["estimate"] - margin)
    np.testing.assert_allclose(answer["conf_high"], answer["estimate"] + margin)
    assert answer.columns == ("estimate", "std_error", "conf_low", "conf_high")
    assert answer.title == "Predictions with 90% confidence limits"


def test_without_new_data_the_rows_of_the_fit(sleep: api.Result) -> None:
    np.testing.assert_array_equal(sleep.predict(), sleep.fitted)
    design, beta = sleep.fit.design, sleep.fit.estimates.beta
    np.testing.assert_allclose(sleep.predict(random="none"), design.X @ beta)


def test_a_new_group_has_the_variance_of_its_effects(sleep: api.Result) -> None:
    rows = {"days": [0.0, 5.0], "subject": ["new", "newer"]}
    x = np.column_stack([np.ones(2), rows["days"]])
    L = sleep.sigma * sleep.fit.estimates.Lambdas[0]
    between = np.einsum("ij,jk,ik->i", x, L @ L.T, x)
    of_beta = np.einsum("ij,jk,ik->i", x, sleep.vcov, x)
    population = sleep.predict(rows, "none", "confidence")
    np.testing.assert_allclose(population["std_error"] ** 2, of_beta)
    group = sleep.predict(rows, "all", "confidence")
    np.testing.assert_allclose(group["std_error"] ** 2, of_beta + between)
    for random in ("all", "none"):
        response = sleep.predict(rows, random, "prediction")
        np.testing.assert_allclose(response["std_error"] ** 2, of_beta + between + sleep.sigma**2)


def test_the_population_needs_no_group_labels(sleep: api.Result) -> None:
    rows = {"days": [0.0, 5.0]}
    with_labels = rows | {"subject": ["308", "new"]}
    for interval in ("confidence", "prediction"):
        assert sleep.predict(rows, "none", interval) == sleep.predict(with_labels, "none", interval)


@pytest.mark.parametrize("model", ["nested", "three levels", "nested and crossed"])
def test_some_factors_only(model: str) -> None:
    """`random=['g']` uses the modes of g; a new response has new groups of the others."""
    result, data = of_model(model)
    design, estimates = result.fit.design, result.fit.estimates
    block = next(b for b in design.rows.blocks if b.grouping == "g")
    place = [b.grouping for b in design.rows.blocks].index("g")
    modes = estimates.modes[place][block.memberships[0].codes]
    expected = design.X @ estimates.beta + (np.column_stack(block.columns) * modes).sum(axis=1)
    rows = rows_of(data, slice(None))
    np.testing.assert_allclose(result.predict(rows, ["g"]), expected)
    np.testing.assert_allclose(result.predict(None, ["g"]), expected)
    mean, response = (result.predict(rows, ["g"], kind) for kind in ("confidence", "prediction"))
    others = sum(
        np.square(np.column_stack(b.columns) @ (estimates.sigma * L)).sum(axis=1)
        for b, L in zip(design.rows.blocks, estimates.Lambdas, strict=True)
        if b.grouping != "g"
    )
    np.testing.assert_allclose(
        response["std_error"] ** 2 - mean["std_error"] ** 2, others + estimates.sigma**2, rtol=1e-8
    )
    assert response == result.predict(None, ["g"], "prediction")


def test_a_new_class_of_a_known_school() -> None:
    result, data = of_model("nested")
    rows = rows_of(data, slice(0, 4), h=np.array(["h9"] * 4))
    np.testing.assert_allclose(result.predict(rows), result.predict(rows, ["g"]))
    of_school, of_class = (result.predict(rows, r, "confidence") for r in (["g"], "all"))
    between = (result.sigma * result.fit.estimates.Lambdas[1][0, 0]) ** 2
    np.testing.assert_allclose(
        of_class["std_error"] ** 2, of_school["std_error"] ** 2 + between, rtol=1e-9
    )


def test_multiple_membership_in_known_and_new_groups() -> None:
    result, _ = of_model("membership", 120)
    labels = result.fit.design.rows.blocks[0].labels.tolist()
    modes = dict(zip(labels, result.fit.estimates.modes[0][:, 0].tolist(), strict=True))
    rows = {
        "x": np.zeros(4),
        "g": ["g1", "g1", "n1", "n1"],
        "k": ["k0", "n1", "n2", "n1"],
        "w": [0.3] * 4,
        "v": [0.7] * 4,
    }
    b = [0.3 * modes["g1"] + 0.7 * modes["k0"], 0.3 * modes["g1"], 0.0, 0.0]
    np.testing.assert_allclose(result.predict(rows), result.beta["(Intercept)"] + np.array(b))
    variance = (result.sigma * result.fit.estimates.Lambdas[0][0, 0]) ** 2
    new = result.predict(rows, interval="confidence")["std_error"][2:] ** 2 - result.vcov[0, 0]
    np.testing.assert_allclose(new, variance * np.array([0.3**2 + 0.7**2, 1.0]))


def test_offsets_and_weights_of_new_rows() -> None:
    result, data = of_model("slope", offset="exposure", weights="prior")
    rows = rows_of(data, slice(0, 20))
    np.testing.assert_allclose(result.predict(rows), result.fitted[:20])
    np.testing.assert_allclose(
        result.predict(rows, "none") - result.predict(rows | {"exposure": np.zeros(20)}, "none"),
        data["exposure"][:20],
    )
    mean, response = (result.predict(rows, interval=kind) for kind in ("confidence", "prediction"))
    np.testing.assert_allclose(
        response["std_error"] ** 2 - mean["std_error"] ** 2,
        result.sigma**2 / data["prior"][:20],
        rtol=1e-9,
    )
    assert response["std_error"] == pytest.approx(
        result.predict(interval="prediction")["std_error"][:20]
    )


def test_rows_keep_their_place_when_values_are_missing(sleep: api.Result) -> None:
    rows = pl.DataFrame({"days": [1.0, None, 3.0, 4.0], "subject": ["308", "308", None, "new"]})
    with pytest.warns(RowsDroppedWarning):
        answer = sleep.predict(rows)
    assert np.isnan(answer).tolist() == [False, True, True, False]
    np.testing.assert_allclose(answer[0], sleep.fitted[1])
    with pytest.warns(RowsDroppedWarning):
        limits = sleep.predict(rows, "none", "prediction")
    assert np.isnan(limits["conf_high"]).tolist() == [False, True, False, False]


@pytest.mark.parametrize("interval", [None, "prediction"])
def test_no_row_has_all_values(sleep: api.Result, interval: str | None) -> None:
    rows = {"days": [np.nan, np.nan], "subject": ["308", "309"]}
    with pytest.warns(RowsDroppedWarning):
        answer = sleep.predict(rows, interval=interval)
    values = answer["conf_low"] if isinstance(answer, Table) else answer
    assert np.isnan(values).tolist() == [True, True]


def test_a_model_without_random_effects() -> None:
    result, data = of_model("no random effect")
    answer = result.predict(rows_of(data, slice(0, 5)), interval="confidence")
    X = result.fit.design.X[:5]
    expected = np.einsum("ij,jk,ik->i", X, result.vcov, X)
    np.testing.assert_allclose(answer["std_error"] ** 2, expected)
    np.testing.assert_allclose(answer["estimate"], result.fitted[:5])


def test_what_the_data_do_not_determine_is_nan() -> None:
    data = table(8)
    with pytest.warns(RankWarning):
        result = api.fit("y ~ x + twice + (1 | g)", data | {"twice": 2 * data["x"]})
    rows = {"x": [1.0, 1.0, 2.0], "twice": [2.0, 3.0, 4.0], "g": ["g1"] * 3}
    with pytest.warns(RankWarning) as caught:
        answer = result.predict(rows, interval="confidence")
    assert str(caught[0].message) == (
        "Some rows cannot be predicted: they need coefficients that were not estimated.\n"
        "  where: coefficients 'twice'\n"
        "  got:   rows 2\n"
        "  need:  rows in which the predictors keep the relation that they have in the data "
        "fitted\n"
        "  do:    leave these predictors out of the model, or predict for rows like those fitted.\n"
        "  see:   errors#prediction-not-estimable"
    )
    for column in answer:
        assert np.isnan(answer[column]).tolist() == [False, True, False]
    simple = api.fit("y ~ x + (1 | g)", data)
    expected = simple.predict(rows, interval="confidence")
    np.testing.assert_allclose(answer["std_error"][[0, 2]], expected["std_error"][[0, 2]])


def test_functions_of_the_formula_use_what_they_learned() -> None:
    data = table(8)
    formula = "y ~ poly(x, 2) + scale(z) + cwc(x, g) + f + (center(z) | g)"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = api.fit(formula, data)
    np.testing.assert_allclose(result.predict(rows_of(data, slice(3, 9))), result.fitted[3:9])


def test_every_kind_of_table(sleep: api.Result) -> None:
    rows = pl.DataFrame({"days": [1.0, 2.0], "subject": ["308", "new"]})
    expected = sleep.predict(rows)
    for other in (rows.lazy(), rows.to_pandas(), rows.to_arrow(), rows.to_dict(as_series=False)):
        np.testing.assert_array_equal(sleep.predict(other), expected)


def test_a_plain_fit_will_do(sleep: api.Result) -> None:
    np.testing.assert_array_equal(predict(sleep.fit), sleep.predict())
