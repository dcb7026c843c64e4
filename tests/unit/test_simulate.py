"""Responses drawn from a fitted model."""

from __future__ import annotations

import numpy as np
import pytest

from echelon import api, datasets
from echelon.engine.reference.gaussian import dense_Lambda, dense_Z
from echelon.errors import SingularFitWarning
from echelon.simulate import draw_effects, draws
from tests.families import DATA, fitted
from tests.property.models import MODELS, table


@pytest.fixture(scope="module")
def sleep() -> api.Result:
    return api.fit("reaction ~ days + (days | subject)", datasets.load("sleep"))


def test_same_seed_same_numbers(sleep: api.Result) -> None:
    once = sleep.simulate(3, seed=7)
    assert once.shape == (180, 3)
    np.testing.assert_array_equal(once, sleep.simulate(3, seed=np.random.default_rng(7)))
    np.testing.assert_array_equal(once[:, :2], sleep.simulate(2, seed=7))
    np.testing.assert_array_equal(once, sleep.simulate(3, seed=np.int64(7)))
    assert not np.array_equal(once[:, 0], once[:, 1])
    assert not np.array_equal(once, sleep.simulate(3, seed=8))
    assert not np.array_equal(sleep.simulate(), sleep.simulate())


@pytest.mark.parametrize("model", ["slope", "crossed", "membership", "no random effect"])
def test_moments_are_those_of_the_model(model: str) -> None:
    """Mean X beta + offset, covariance sigma^2 (Z Lambda Lambda' Z' + W^-1); 4000 draws."""
    data = table(8, 60)
    result = api.fit(MODELS[model], data, weights="prior", offset="exposure", method="ML")
    design, draws = result.fit.design, 4000
    U = dense_Z(design) @ dense_Lambda(design, result.theta)
    covariance = result.sigma**2 * (U @ U.T + np.diag(1 / design.weights))
    y = result.simulate(draws, seed=1)
    mean = result.predict(random="none")
    error = np.sqrt(np.diagonal(covariance) / draws)
    assert np.abs((y.mean(axis=1) - mean) / error).max() < 4.5
    size = np.sqrt(np.diagonal(covariance))
    off = (np.cov(y) - covariance) / np.outer(size, size)
    assert np.abs(off).max() < 6 / np.sqrt(draws) * np.sqrt(2)


def test_conditional_draws_keep_the_modes(sleep: api.Result) -> None:
    y = sleep.simulate(4000, seed=1, random="conditional")
    error = sleep.sigma / np.sqrt(4000)
    assert np.abs(y.mean(axis=1) - sleep.fitted).max() < 4.5 * error
    np.testing.assert_allclose(y.std(axis=1), sleep.sigma, rtol=0.06)


def test_a_variance_of_zero_draws_effects_of_zero() -> None:
    data = table(8)
    data["y"] = np.random.default_rng(3).standard_normal(90)
    with pytest.warns(SingularFitWarning):
        result = api.fit("y ~ 1 + (1 | f)", data)
    (effects,) = draw_effects(result.fit, np.random.default_rng(1))
    np.testing.assert_array_equal(effects, 0.0)
    assert effects.shape == (3, 1)


@pytest.mark.parametrize("name", ["slope", "counts", "zeros", "zero effects", "amounts"])
def test_draws_of_families_average_to_the_population(name: str) -> None:
    """New random effects: E(y) is the mean averaged over groups; given the modes, the fitted."""
    fit = fitted(name)
    trials = fit.fit.design.trials
    for random, mean in (("new", fit.predict(kind="population")), ("conditional", fit.fitted)):
        y = fit.simulate(1000, seed=3, random=random)
        assert y.shape == (len(DATA["x"]), 1000)
        y = y if trials is None else y / trials[:, None]
        error = y.std(axis=1) / np.sqrt(1000)
        assert np.abs((y.mean(axis=1) - mean) / error).max() < 5


def test_units_of_draws() -> None:
    """Successes up to the trials, whole counts, numbers of categories."""
    successes = fitted("slope").simulate(20, seed=1)
    assert ((successes >= 0) & (successes <= DATA["t"][:, None])).all()
    assert (successes == np.rint(successes)).all()
    categories = fitted("nominal").simulate(20, seed=1)
    assert set(np.unique(categories)) == {0.0, 1.0, 2.0}
    counts = fitted("weights").simulate(20, seed=1)
    assert (counts == np.rint(counts)).all()


def test_shares_of_drawn_categories() -> None:
    fit = fitted("ordered")
    y = fit.simulate(800, seed=2, random="conditional")
    for j, share in enumerate(fit.fitted.T):
        error = np.sqrt(share * (1 - share) / 800) + 1e-3
        assert (np.abs((y == j).mean(axis=1) - share) < 5 * error).all()


def test_the_first_draws_of_families_are_those_of_fewer() -> None:
    fit = fitted("zeros")
    np.testing.assert_array_equal(fit.simulate(3, seed=7)[:, :2], fit.simulate(2, seed=7))


@pytest.mark.parametrize("name", ["slope", "ordered", "zeros"])
def test_chosen_rows_have_their_own_distribution(name: str) -> None:
    """Trials, thresholds and effects of a row go with it."""
    fit = fitted(name).fit
    rows = np.array([200, 3, 77])
    drawn = draws(fit, np.random.default_rng(1), False, rows)
    y = np.array([next(drawn) for _ in range(2000)])
    whole = draws(fit, np.random.default_rng(2), False)
    z = np.array([next(whole)[rows] for _ in range(2000)])
    error = np.sqrt((y.var(axis=0) + z.var(axis=0)) / 2000) + 1e-12
    assert np.abs((y.mean(axis=0) - z.mean(axis=0)) / error).max() < 4.5


def test_chosen_rows_of_a_gaussian_model_are_those_of_all(sleep: api.Result) -> None:
    rows = np.array([5, 100])
    some = next(draws(sleep.fit, np.random.default_rng(1), True, rows))
    np.testing.assert_array_equal(
        some, next(draws(sleep.fit, np.random.default_rng(1), True))[rows]
    )
