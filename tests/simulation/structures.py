"""Models with more than one linear predictor or random effect, drawn by NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from echelon._types import FloatArray
from tests.simulation.cases import (
    CUTS,
    ERRORS,
    INTERCEPT,
    ONE,
    SIGMA,
    SLOPE,
    category,
    expit,
    negative_binomial,
    poisson,
)
from tests.simulation.recovery import N_GROUPS, N_OTHER, Case, Rng, World

COUNT = {INTERCEPT: 1.0, SLOPE: 0.4}
ZERO = {"zero.(Intercept)": -0.7, "zero.z": 0.8}
HURDLE = {"hurdle.(Intercept)": -0.7, "hurdle.z": 0.8}


def _count_mean(rng: Rng, world: World) -> FloatArray:
    return np.asarray(np.exp(1.0 + 0.4 * world.x + world.intercepts(rng, 0.5)))


def _positive(draw: Any) -> FloatArray:
    """Draw counts until none is zero."""
    y = draw()
    while (y == 0).any():
        y = np.where(y == 0, draw(), y)
    return np.asarray(y)


def _is_zero(rng: Rng, world: World) -> Any:
    return rng.random(len(world.z)) < expit(-0.7 + 0.8 * world.z)


def zero_poisson(rng: Rng, world: World) -> Any:
    return np.where(_is_zero(rng, world), 0.0, poisson(rng, _count_mean(rng, world)))


def zero_nbinom2(rng: Rng, world: World) -> Any:
    y = negative_binomial(rng, 2.0 * _count_mean(rng, world), 3.0)
    return np.where(_is_zero(rng, world), 0.0, y)


def hurdle_poisson(rng: Rng, world: World) -> Any:
    mu = _count_mean(rng, world)
    return np.where(_is_zero(rng, world), 0.0, _positive(lambda: poisson(rng, mu)))


def hurdle_nbinom2(rng: Rng, world: World) -> Any:
    mu = 2.0 * _count_mean(rng, world)
    y = _positive(lambda: negative_binomial(rng, mu, 3.0))
    return np.where(_is_zero(rng, world), 0.0, y)


def zero_effects(rng: Rng, world: World) -> Any:
    """Both the counts and the structural zeros vary between groups."""
    mu = np.exp(1.2 + 0.4 * world.x + world.intercepts(rng, 0.5))
    is_zero = rng.random(len(mu)) < expit(-0.4 + world.intercepts(rng, 1.0))
    return np.where(is_zero, 0.0, poisson(rng, mu))


ZEROS: dict[str, Case] = {
    "zero poisson": Case(
        f"y ~ x + {ONE}", {"family": "poisson", "zero": "~ z"}, {**COUNT, **ZERO}, (0.5,),
        zero_poisson,
    ),
    "zero nbinom2": Case(
        f"y ~ x + {ONE}", {"family": "nbinom2", "zero": "~ z"},
        {**COUNT, INTERCEPT: 1.0 + np.log(2.0), **ZERO, SIGMA: np.log(3.0)}, (0.5,), zero_nbinom2,
    ),
    "hurdle poisson": Case(
        f"y ~ x + {ONE}", {"family": "poisson", "hurdle": "~ z"}, {**COUNT, **HURDLE}, (0.5,),
        hurdle_poisson,
    ),
    "hurdle nbinom2": Case(
        f"y ~ x + {ONE}", {"family": "nbinom2", "hurdle": "~ z"},
        {**COUNT, INTERCEPT: 1.0 + np.log(2.0), **HURDLE, SIGMA: np.log(3.0)}, (0.5,),
        hurdle_nbinom2,
    ),
    "zero effects": Case(
        f"y ~ x + {ONE}", {"family": "poisson", "zero": "~ 1 + (1 | g)"},
        {INTERCEPT: 1.2, SLOPE: 0.4, "zero.(Intercept)": -0.4}, (0.5, 1.0), zero_effects,
        known={"theta 2": 0.3},
    ),
}  # fmt: skip


def scaled(rng: Rng, world: World) -> Any:
    eta = 0.7 * world.x + world.intercepts(rng, 0.7)
    return np.searchsorted(CUTS, eta + np.exp(0.4 * world.z) * rng.logistic(size=len(eta)))


def nominal(rng: Rng, world: World) -> Any:
    """The thresholds move with z, each by its own amount."""
    latent = 0.7 * world.x + world.intercepts(rng, 0.7) + ERRORS["logit"](rng, len(world.x))
    cuts = np.array(CUTS)[:, None] + np.array([0.5, 0.2, -0.3])[:, None] * world.z
    return (latent > cuts).sum(axis=0)


def spaced(rng: Rng, world: World) -> Any:
    eta = 0.7 * world.x + world.intercepts(rng, 0.7)
    return np.searchsorted([-1.2, 0.0, 1.2], eta + rng.logistic(size=len(eta)))


def categories(rng: Rng, world: World) -> Any:
    """Three categories whose contrasts vary together between groups."""
    b = rng.standard_normal((N_GROUPS, 2)) @ np.array([[0.8, 0.4], [0.0, 0.7]])
    eta = np.array([[0.3], [-0.2]]) + np.array([[0.6], [-0.4]]) * world.x + b[world.g].T
    return category(rng, np.vstack([np.zeros(len(world.x)), eta]))


CUT_NAMES = ("0|1", "1|2", "2|3")
CATEGORIES: dict[str, Case] = {
    "scale": Case(
        f"y ~ x + {ONE}", {"family": "cumulative", "scale": "~ z"},
        {SLOPE: 0.7, **dict(zip(CUT_NAMES, CUTS, strict=True)), "scale.z": 0.4}, (0.7,), scaled,
    ),
    "nominal": Case(
        f"y ~ x + {ONE}", {"family": "cumulative", "nominal": "~ z"},
        {SLOPE: 0.7, **dict(zip(CUT_NAMES, CUTS, strict=True)),
         "0|1.z": 0.5, "1|2.z": 0.2, "2|3.z": -0.3},
        (0.7,), nominal,
    ),
    "equidistant": Case(
        f"y ~ x + {ONE}", {"family": "cumulative", "thresholds": "equidistant"},
        {SLOPE: 0.7, "threshold 1": -1.2, "spacing": 1.2}, (0.7,), spaced,
    ),
    "multinomial": Case(
        f"y ~ x + {ONE}", {"family": "multinomial"},
        {"1.(Intercept)": 0.3, "1.x": 0.6, "2.(Intercept)": -0.2, "2.x": -0.4}, (0.8, 0.4, 0.7),
        categories, known={"theta 1": 0.2, "theta 3": 0.3},
    ),
}  # fmt: skip


def crossed_mean(rng: Rng, world: World) -> FloatArray:
    others = 0.4 * rng.standard_normal(N_OTHER)[world.h]
    return np.asarray(0.4 + 0.4 * world.x + world.intercepts(rng, 0.6) + others)


def slopes_mean(rng: Rng, world: World) -> FloatArray:
    b = rng.standard_normal((N_GROUPS, 2)) @ np.array([[0.6, 0.2], [0.0, 0.4]])
    return np.asarray(0.4 + 0.4 * world.x + b[world.g, 0] + b[world.g, 1] * world.x)


def _binomial(mean: Any) -> Any:
    return lambda rng, world: rng.binomial(world.t, expit(mean(rng, world)))


def _poisson(mean: Any) -> Any:
    return lambda rng, world: poisson(rng, np.exp(mean(rng, world)))


MEAN = {INTERCEPT: 0.4, SLOPE: 0.4}
EFFECTS: dict[str, Case] = {
    f"{family} {name}": Case(
        f"{left} ~ x + {random}", {"family": family}, MEAN, theta, response(mean), groups
    )
    for family, left, response in (("binomial", "y / t", _binomial), ("poisson", "y", _poisson))
    for name, random, theta, mean, groups in (
        ("crossed", "(1 | g) + (1 | h)", (0.6, 0.4), crossed_mean, (N_GROUPS, N_OTHER)),
        ("slope", "(x | g)", (0.6, 0.2, 0.4), slopes_mean, ()),
    )
}
