"""Small random generalized models: every family, several structures, responses drawn from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.engine.reference.generalized import channel_Z, linear_predictors
from echelon.engine.theta import theta_map
from tests.generalized import model_of
from tests.property.models import table, theta_inside

COUNTS = {"family": "poisson"}
FAMILIES: dict[str, tuple[str, dict[str, str]]] = {
    **{
        f"binomial {link}": ("s / t", {"family": "binomial", "link": link})
        for link in ("logit", "probit", "cloglog", "loglog", "cauchit")
    },
    "bernoulli": ("binary", {"family": "binomial"}),
    "poisson": ("count", COUNTS),
    "poisson sqrt": ("count", {**COUNTS, "link": "sqrt"}),
    "poisson identity": ("count", {**COUNTS, "link": "identity"}),
    "zero": ("count", {**COUNTS, "zero": "~ z"}),
    "zero with effects": ("count", {**COUNTS, "zero": "~ 1 + (1 | g)"}),
    "hurdle": ("count", {**COUNTS, "hurdle": "~ z"}),
    "hurdle with effects": ("count", {"family": "nbinom2", "hurdle": "~ 1 + (1 | g)"}),
    "nbinom2": ("count", {"family": "nbinom2"}),
    "nbinom2 dispersion": ("count", {"family": "nbinom2", "dispersion": "~ z"}),
    "nbinom1": ("count", {"family": "nbinom1"}),
    "gamma": ("amount", {"family": "gamma", "link": "log"}),
    "gamma inverse": ("amount", {"family": "gamma", "link": "inverse"}),
    "inverse gaussian": ("amount", {"family": "inverse_gaussian", "link": "log"}),
    "lognormal": ("amount", {"family": "lognormal"}),
    "tweedie": ("amount", {"family": "tweedie"}),
    "gaussian log": ("amount", {"family": "gaussian", "link": "log"}),
    "gaussian sqrt": ("amount", {"family": "gaussian", "link": "sqrt"}),
    "gaussian dispersion": ("y", {"family": "gaussian", "dispersion": "~ z"}),
    "student": ("y", {"family": "student"}),
    "beta": ("share", {"family": "beta"}),
    "beta dispersion": ("share", {"family": "beta", "dispersion": "~ z", "link": "cloglog"}),
    "betabinomial": ("s / t", {"family": "betabinomial"}),
    "cumulative": ("grade", {"family": "cumulative"}),
    "cumulative probit": ("grade", {"family": "cumulative", "link": "probit"}),
    "cumulative nominal": ("grade", {"family": "cumulative", "nominal": "~ z"}),
    "cumulative scale": ("grade", {"family": "cumulative", "scale": "~ z"}),
    "cumulative equidistant": ("grade", {"family": "cumulative", "thresholds": "equidistant"}),
    "cumulative symmetric": ("grade", {"family": "cumulative", "thresholds": "symmetric"}),
    "adjacent": ("grade", {"family": "adjacent"}),
    "continuation": ("grade", {"family": "continuation", "link": "cloglog"}),
    "multinomial": ("colour", {"family": "multinomial"}),
}
STRUCTURES = {
    "intercept": "(1 | g)",
    "slope": "(x | g)",
    "crossed": "(1 | g) + (1 | k)",
    "crossed slope": "(x | g) + (1 | k)",
    "nested": "(1 | g/h)",
    "nested slope": "(x | g) + (1 | g:h)",
    "membership": "(1 | mm(g, g2, weights=(w, v)))",
    "rows": "(1 | g) + (1 | row)",
}
COUNTED = ("s / t", "count")  # responses that may have a random effect for every row
POSITIVE = {"poisson identity", "gamma inverse", "gaussian sqrt"}  # links defined above zero only


@dataclass(frozen=True)
class Model:
    """A design with a response drawn from it, and other parameters to evaluate it at."""

    design: Design
    observation: Observation
    beta: FloatArray
    extra: FloatArray
    Lambdas: tuple[FloatArray, ...]

    @property
    def coefficients(self) -> FloatArray:
        """All coefficients (p + m,)."""
        return np.concatenate([self.beta, self.extra])

    def at(self, coefficients: FloatArray, Lambdas: tuple[FloatArray, ...]) -> Model:
        """The same rows at other parameters."""
        p = len(self.beta)
        return replace(self, beta=coefficients[:p], extra=coefficients[p:], Lambdas=Lambdas)

    def parts(self) -> tuple[Any, ...]:
        """Arguments of the twin's functions."""
        return self.design, self.observation, self.beta, self.extra, self.Lambdas


def rows_of_every_kind(seed: int, n: int) -> dict[str, Any]:
    """Predictors and groups, and a placeholder response of every kind."""
    data, rng = dict(table(seed, n)), np.random.default_rng(seed + 1)
    trials = rng.integers(1, 9, n).astype(float)
    shuffled = rng.permutation(n)
    return {
        **data, "t": trials, "s": np.floor(trials * rng.uniform(0, 1, n)),
        "binary": (shuffled % 2).astype(float), "count": (shuffled % 5).astype(float),
        "amount": rng.uniform(0.5, 2, n), "share": rng.uniform(0.2, 0.8, n),
        "grade": np.array(["a", "b", "c", "d"])[shuffled % 4],
        "colour": np.array(["red", "blue", "green"])[shuffled % 3],
        "row": np.array([f"r{i}" for i in range(n)]),
        "g2": data["g"][shuffled],
    }  # fmt: skip


def random_model(family: str, structure: str, seed: int, n: int = 60, **options: str) -> Model:
    """Encode a model, choose parameters near its start, and draw a response from it."""
    left, own = FAMILIES[family]
    formula = f"{left} ~ x + {STRUCTURES[structure]}"
    design, observation = model_of(formula, rows_of_every_kind(seed, n), **own, **options)
    rng = np.random.default_rng(seed + 2)
    rows = ResponseRows(design.y, design.trials, design.weights)
    coefficients = _near(design, observation.start(rows))
    coefficients += 0.05 * rng.standard_normal(len(coefficients))
    p = len(design.fixed_names)
    size = 0.05 if family in POSITIVE else 0.4
    Lambdas = theta_map(design.rows.blocks).Lambdas(size * theta_inside(design, seed))
    model = Model(design, observation, coefficients[:p], coefficients[p:], Lambdas)
    drawn = observation.draw(rows, _with_effects(model, rng), rng)
    if family == "tweedie":
        drawn[drawn < 1e-8] = 0.0
    return replace(model, design=replace(design, y=drawn))


def _near(design: Design, start: FloatArray) -> FloatArray:
    """Coefficients whose linear predictors are as constant, at `start` (K,), as can be."""
    n, n_coefficients = design.n_obs, len(design.fixed_names) + len(design.extra_names)
    A = np.zeros((len(design.channels), n, n_coefficients))
    for channel, columns in zip(design.channels, A, strict=True):
        for column in channel.columns:
            columns[:, column.coefficient] += column.factor * column.values
    target = np.repeat(start, n)
    found = np.linalg.lstsq(A.reshape(-1, n_coefficients), target, rcond=None)[0]
    return np.asarray(found)


def _with_effects(model: Model, rng: np.random.Generator) -> FloatArray:
    """Linear predictors (K, n) with random effects drawn."""
    eta = linear_predictors(model.design, model.beta, model.extra)
    b = [
        (rng.standard_normal((block.n_groups, block.n_columns)) @ Lambda.T).ravel()
        for block, Lambda in zip(model.design.rows.blocks, model.Lambdas, strict=True)
    ]
    Z = channel_Z(model.design)
    eta[: len(Z)] += Z @ np.concatenate(b)
    return eta


def pairs() -> list[tuple[str, str]]:
    """Every family with every structure that makes sense for it."""
    return [
        (family, structure)
        for family in FAMILIES
        for structure in STRUCTURES
        if structure != "rows" or FAMILIES[family][0] in COUNTED
    ]


seeds = st.integers(0, 10_000)
models = st.sampled_from(pairs())
one_factor = st.sampled_from([pair for pair in pairs() if pair[1] in ("intercept", "slope")])
