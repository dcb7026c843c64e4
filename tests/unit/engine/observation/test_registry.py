"""What every observation model must keep: totals, moments, draws, range, starts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from echelon._types import FloatArray
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.engine.observation.registry import observation_model
from echelon.families import FAMILIES
from tests.unit.engine.observation.models import MODELS, at, moderate, name, support

every = pytest.mark.parametrize("model", MODELS, ids=name)
EXTREMES = (-700.0, -40.0, -1.0, 0.0, 0.7, 40.0, 700.0)
RESPONSES = {
    "real": (0.3, -1e8, 1.0, 1e8),
    "binary": (0.0, 1.0),
    "count": (0.0, 1.0, 7.0, 1e8),
    "positive": (1.0, 1e-300, 1e-8, 1e8),
    "nonnegative": (0.0, 1e-8, 1.0, 1e8),
    "unit": (0.3, 1e-300, 1e-10, 1 - 2.0**-53),
}


def responses(model: Observation) -> tuple[float, ...]:
    n_categories = getattr(model, "n_categories", 0)
    return RESPONSES.get(FAMILIES[model.family].response, tuple(map(float, range(n_categories))))


def expected(model: Observation, values: FloatArray) -> float:
    """Expectation of values (m,) over the whole support."""
    rows, steps = support(model)
    return float((np.exp(model.log_density(rows, at(moderate(model), rows))) * values) @ steps)


@every
def test_probabilities_add_up_to_one(model: Observation) -> None:
    rows, _ = support(model)
    assert expected(model, np.ones_like(rows.y)) == pytest.approx(1.0, abs=2e-13)


@every
def test_mean_and_variance_are_the_sums(model: Observation) -> None:
    rows, _ = support(model)
    eta = at(moderate(model), rows)
    mean, variance = model.mean(rows, eta)[0], model.variance(rows, eta)[0]
    y = rows.y if rows.trials is None else rows.y / rows.trials
    if mean.ndim:
        indicators = y[:, None] == np.arange(mean.size)
        found = [expected(model, column.astype(float)) for column in indicators.T]
        np.testing.assert_allclose(mean, found, rtol=1e-12)
        np.testing.assert_allclose(variance, mean * (1 - mean), rtol=1e-12)
        return
    centre = expected(model, y)
    assert mean == pytest.approx(centre, rel=1e-9)
    # 7.4 degrees of freedom leave a little of the variance beyond the last point.
    assert variance == pytest.approx(expected(model, (y - centre) ** 2), rel=1e-8)


@every
def test_distribution_is_the_sum_or_its_slope_the_density(model: Observation) -> None:
    rows, _ = support(model)
    eta = at(moderate(model), rows)
    below, up_to = model.distribution(rows, eta)
    density = np.exp(model.log_density(rows, eta))
    if FAMILIES[model.family].response in ("binary", "count", "ordered", "nominal"):
        np.testing.assert_allclose(up_to, np.cumsum(density), atol=1e-12)
        np.testing.assert_allclose(below, up_to - density, atol=1e-12)
        return
    middle = slice(rows.y.size // 2 - 120, rows.y.size // 2 + 120)
    y, eta = rows.y[middle], eta[:, middle]
    h = 1e-5 * np.minimum(np.abs(y), np.abs(1 - y)) + 1e-9
    low, _ = model.distribution(ResponseRows(y - h), eta)
    _, high = model.distribution(ResponseRows(y + h), eta)
    keep = np.abs(y - h) > 1e-6
    np.testing.assert_allclose(
        ((high - low) / (2 * h))[keep], density[middle][keep], rtol=2e-5, atol=1e-6
    )
    np.testing.assert_allclose((below == up_to)[rows.y != 0], True)


@every
def test_draws_have_the_mean(model: Observation) -> None:
    n, rng = 6_000, np.random.default_rng(11)
    trials = np.full(n, 7.0) if FAMILIES[model.family].response == "binary" else None
    rows = ResponseRows(np.zeros(n), trials)
    eta = at(moderate(model), rows)
    mean, variance = model.mean(rows, eta)[0], model.variance(rows, eta)[0]
    drawn = model.draw(rows, eta, rng)
    assert drawn.shape == (n,)
    if mean.ndim:
        found = np.bincount(drawn.astype(int), minlength=mean.size) / n
    else:
        found = np.mean(drawn if trials is None else drawn / trials)
        assert np.var(drawn if trials is None else drawn / trials) == pytest.approx(
            variance, rel=0.3
        )
    assert np.all(np.abs(found - mean) < 4 * np.sqrt(variance / n))


@every
def test_extreme_linear_predictors_stay_numbers(model: Observation) -> None:
    n_channels = len(model.channels)
    grid = EXTREMES if n_channels <= 3 else EXTREMES[::2]
    points = np.array(list(itertools.product(grid, repeat=n_channels))).T
    values = responses(model)
    eta, y = np.repeat(points, len(values), axis=1), np.tile(values, points.shape[1])
    if model.link in ("identity", "inverse"):
        eta, y = eta[:, eta[0] > 0], y[eta[0] > 0]
    rows = ResponseRows(y)
    density = model.log_density(rows, eta)
    below, up_to = model.distribution(rows, eta)
    moments = (model.mean(rows, eta), model.variance(rows, eta))
    drawn = model.draw(rows, eta, np.random.default_rng(1))
    for found in (density, below, up_to, *moments, drawn):
        assert not np.isnan(found).any()
    assert not np.isposinf(density).any()
    assert np.all(moments[1] >= 0)
    assert np.all((below >= 0) & (up_to <= 1 + 1e-15))
    if model.family != "cumulative":  # whose thresholds are out of order at most of these points
        assert np.all(below <= up_to)


@every
def test_starts_are_finite(model: Observation) -> None:
    values = responses(model)
    responses_tried = ([values[0]] * 3, [values[1]], list(values), list(values) * 5)
    for y, is_weighted in itertools.product(responses_tried, (False, True)):
        weights = np.linspace(0.0, 2.0, len(y) + 1)[1:] if is_weighted else None
        rows = ResponseRows(np.array(y), weights=weights)
        start = model.start(rows)
        assert start.shape == (len(model.channels),)
        assert np.isfinite(start).all()
        assert np.isfinite(model.log_density(rows, at(start, rows))[0])


@every
def test_a_start_is_near_the_truth(model: Observation) -> None:
    truth = moderate(model)
    n, rng = 2_000, np.random.default_rng(3)
    trials = np.full(n, 9.0) if FAMILIES[model.family].response == "binary" else None
    rows = ResponseRows(np.zeros(n), trials)
    drawn = ResponseRows(model.draw(rows, at(truth, rows), rng), trials)
    start = model.start(drawn)
    loss = model.log_density(drawn, at(truth, rows)) - model.log_density(drawn, at(start, rows))
    assert loss.mean() < 0.15


@every
def test_a_weight_counts_a_row(model: Observation) -> None:
    y = np.array(responses(model))
    weights = np.arange(y.size, dtype=float)
    eta = at(moderate(model), ResponseRows(y))
    once = model.log_density(ResponseRows(y), eta)
    np.testing.assert_allclose(
        model.log_density(ResponseRows(y, weights=weights), eta), once * weights
    )


@every
def test_density_is_smooth_in_every_channel(model: Observation) -> None:
    """A difference over h and one over 2 h agree: no branch of a formula shows."""
    y = np.array([v for v in responses(model) if abs(v) < 1e4])
    eta = at(moderate(model), ResponseRows(y))
    for k in range(len(eta)):
        slopes = []
        for h in (1e-4, 2e-4):
            move = np.zeros_like(eta)
            move[k] = h
            up = model.log_density(ResponseRows(y), eta + move)
            slopes.append((up - model.log_density(ResponseRows(y), eta - move)) / (2 * h))
        np.testing.assert_allclose(*slopes, rtol=1e-4, atol=1e-6)


def test_names() -> None:
    for model in MODELS:
        assert model.family in FAMILIES
        assert model.link in FAMILIES[model.family].links
        assert model.core_name.split(":")[-1] in (*FAMILIES, "scale")
        parameters = FAMILIES[model.family].parameters
        assert model.channels[len(model.channels) - len(parameters) :] == parameters


def test_an_unknown_family_is_no_model() -> None:
    with pytest.raises(KeyError):
        observation_model("binary", "logit")


def test_a_multinomial_names_its_channels() -> None:
    labels = ("bus", "Straßenbahn", "car")
    model = observation_model("multinomial", "logit", n_categories=3, labels=labels)
    assert model.channels == ("Straßenbahn", "car")
    model = observation_model("multinomial", "logit", n_categories=3)
    assert model.channels == ("category 2", "category 3")
