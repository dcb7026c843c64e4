"""Laws of predictions: what must hold for every model and every set of rows."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon import api
from tests.property.models import MODELS, models, seeds, table

intervals = st.sampled_from(["confidence", "prediction"])
WHICH = st.sampled_from(["all", "none"])


@cache
def fitted(model: str, seed: int, weights: str | None = None) -> api.Result:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return api.fit(MODELS[model], table(seed), weights=weights)


def new_rows(seed: int, n: int = 12) -> dict[str, Any]:
    """Rows of the same kind; some groups get labels that no fit has seen."""
    rng, rows = np.random.default_rng(seed), table(seed + 1, n)
    del rows["y"]
    for name in "gkh":
        rows[name] = np.where(rng.random(n) < 0.3, f"{name}-new", rows[name])
    return rows


def quietly(result: api.Result, *args: Any, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return result.predict(*args, **options)


@given(models, seeds, WHICH, intervals)
@settings(max_examples=40, deadline=None)
def test_rows_are_predicted_one_by_one(model: str, seed: int, random: str, kind: str) -> None:
    """A row's answer depends on that row only: not on its order, nor on its company."""
    result, rows = fitted(model, seed % 4), new_rows(seed)
    whole = quietly(result, rows, random, kind)
    order = np.random.default_rng(seed).permutation(12)[:5]
    part = quietly(result, {name: v[order] for name, v in rows.items()}, random, kind)
    for column in whole:
        np.testing.assert_allclose(part[column], whole[column][order], rtol=1e-10)


@given(models, seeds, WHICH)
@settings(max_examples=40, deadline=None)
def test_a_new_response_is_less_certain_than_its_mean(model: str, seed: int, random: str) -> None:
    result, rows = fitted(model, seed % 4), new_rows(seed)
    mean = quietly(result, rows, random, "confidence")
    response = quietly(result, rows, random, "prediction")
    np.testing.assert_array_equal(mean["estimate"], response["estimate"])
    gap = response["std_error"] ** 2 - mean["std_error"] ** 2
    assert (gap >= result.sigma**2 * (1 - 1e-9)).all()
    assert (mean["std_error"] > 0).all()


@given(models, seeds)
@settings(max_examples=30, deadline=None)
def test_all_groups_new_is_the_population(model: str, seed: int) -> None:
    """Estimates agree with random='none'; so do prediction intervals, members told apart."""
    result, rows = fitted(model, seed % 4), new_rows(seed)
    rows |= {name: np.array([f"{name} unseen"] * 12) for name in "gk"}
    if "f)" in MODELS[model]:  # f is a predictor elsewhere, and cannot be new there
        rows["f"] = np.array(["f unseen"] * 12)
    everyone, population = (quietly(result, rows, r, "prediction") for r in ("all", "none"))
    for column in everyone:
        np.testing.assert_allclose(everyone[column], population[column], rtol=1e-9)


@given(models, seeds)
@settings(max_examples=30, deadline=None)
def test_predictions_follow_the_unit_of_the_response(model: str, seed: int) -> None:
    data, rows = table(seed % 4), new_rows(seed)
    result = fitted(model, seed % 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scaled = result.refit(-8.0 * data["y"])
    ours, theirs = (quietly(r, rows, "all", "prediction") for r in (scaled, result))
    size = 8.0 * np.abs(theirs["std_error"])
    assert (np.abs(ours["estimate"] + 8.0 * theirs["estimate"]) < 1e-3 * size).all()
    assert (np.abs(ours["std_error"] - size) < 1e-3 * size).all()


def coverage(kind: str, random: str, replicates: int = 400) -> float:
    """Share of 90 % intervals that hold what they are about, over fits to simulated data.

    40 groups of 6 with a random slope; the rows predicted have known groups and one new group.
    """
    rng, hits = np.random.default_rng(5), 0
    J, per = 40, 6
    g = np.repeat(np.arange(J), per)
    L = np.array([[1.0, 0.0], [0.3, 0.6]])
    rows = {"x": np.array([0.5, -1.0, 2.0, 1.0]), "g": np.array([0, 7, 20, J])}
    for _ in range(replicates):
        x = rng.standard_normal(J * per)
        b = rng.standard_normal((J + 1, 2)) @ L.T
        y = 2 + x + b[g, 0] + b[g, 1] * x + rng.standard_normal(J * per)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = api.fit("y ~ x + (x | g)", {"y": y, "x": x, "g": g})
        truth = 2 + rows["x"]
        if random == "all" or kind == "prediction":
            who = rows["g"] if random == "all" else rng.integers(0, 1, 4)
            own = b if random == "all" else rng.standard_normal((1, 2)) @ L.T
            truth = truth + own[who, 0] + own[who, 1] * rows["x"]
        if kind == "prediction":
            truth = truth + rng.standard_normal(4)
        limits = result.predict(rows, random, kind, conf_level=0.9)
        hits += int(((limits["conf_low"] < truth) & (truth < limits["conf_high"])).sum())
    return hits / (4 * replicates)


@pytest.mark.slow
@pytest.mark.parametrize("random", ["all", "none"])
@pytest.mark.parametrize("kind", ["confidence", "prediction"])
def test_intervals_cover_as_often_as_they_say(kind: str, random: str) -> None:
    """1,600 intervals of 90 %: standard error below 1.5 % even if a replicate's rows agree."""
    assert abs(coverage(kind, random) - 0.9) < 0.04
