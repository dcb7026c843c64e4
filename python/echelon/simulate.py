"""Responses drawn from a fitted model.

Room: simulate. Draws; estimates nothing.
Takes: a `Fit` with its rows, a number of replicates and a seed.
Gives: an array of responses (n, replicates).
Source: docs/theory.md (1): y = X beta + offset + Z b + e; (24) for other families.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from echelon import engine
from echelon._types import FloatArray, IndexArray
from echelon.design.parts import Design
from echelon.engine.generalized.linear_predictors import add_random, fixed_predictors
from echelon.engine.linear import fixed_part, random_part
from echelon.engine.observation.model import ResponseRows
from echelon.errors import SpecError
from echelon.fit import Fit, design_with_rows
from echelon.options import read_choice

EFFECTS = ("new", "conditional")
MOST_REPLICATES = 10_000_000
COUNTS = f"a whole number from 1 to {MOST_REPLICATES:,}"
Seed: TypeAlias = "int | np.random.SeedSequence | np.random.Generator | None"


def simulate(fit: Fit, n: int = 1, seed: Seed = None, *, random: str = "new") -> FloatArray:
    """Draw new responses for the rows of a fit, parameters taken as the truth.

    Each replicate draws the random effects of every group from N(0, sigma^2 Lambda Lambda') and
    the residuals from N(0, sigma^2 / weight). With random='conditional' the random effects are
    the conditional modes in every replicate, and the residuals alone are drawn. Equation (1).
    Generalized models draw the random effects from N(0, Lambda Lambda') on the scale of the link,
    and the response from its distribution given them; prior weights, which count rows, have no
    part in that. Theory (24).

    Parameters
    ----------
    fit : a fitted model.
    n : number of replicates, at least 1.
    seed : whole number, SeedSequence or Generator; None draws a fresh one. The first replicates
        of a longer simulation are those of a shorter one with the same seed.
    random : 'new' (default) or 'conditional'.

    Returns
    -------
    (rows, n), response units, a replicate per column; each column is contiguous, as `refit`
    takes it. A transformed response, log(y), is drawn on its transformed scale. Binomial families
    give successes among the trials of the row, categories their numbers from 0, in the order of
    `fit.design.categories`.

    Raises
    ------
    SpecError : n is no whole number of at least 1, the seed cannot be used, or there is no such
        kind of random effects.
    NotEstimableError : the fit was saved without its rows.

    Notes
    -----
    Costs one linear predictor and one normal draw per row and replicate.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
    >>> fit.simulate(3, seed=1).shape
    (180, 3)
    """
    kind = read_choice("random", random, EFFECTS)
    replicates, generator = read_count(n, "simulate()"), read_seed(seed)
    design = design_with_rows(fit, "simulate()")
    answer = np.empty((design.n_obs, replicates), order="F")
    for column, drawn in zip(answer.T, draws(fit, generator, kind == "new"), strict=False):
        column[:] = drawn
    return answer


def draws(
    fit: Fit,
    generator: np.random.Generator,
    has_new_effects: bool,
    rows: IndexArray | None = None,
) -> Iterator[FloatArray]:
    """Draw responses (n,) without end, each with new random effects or with the modes.

    Parameters
    ----------
    fit : a fitted model with its rows.
    generator : of random numbers.
    has_new_effects : draw the random effects, or keep the conditional modes.
    rows : (m,) places of the rows to draw, where not all are needed; None for all.
    """
    if fit.spec.is_generalized:
        return _from_families(fit, generator, has_new_effects, rows)
    drawn = _normal(fit, fit.design, generator, has_new_effects)
    return drawn if rows is None else (y[rows] for y in drawn)


def draw_effects(fit: Fit, generator: np.random.Generator) -> list[FloatArray]:
    """Draw the random effects of every group, (J, r) per block: b = sigma Lambda u."""
    sigma = 1.0 if fit.spec.is_generalized else fit.estimates.sigma
    return [
        generator.standard_normal((block.n_groups, block.n_columns)) @ (sigma * Lambda).T
        for block, Lambda in zip(fit.design.rows.blocks, fit.estimates.Lambdas, strict=True)
    ]


def _normal(
    fit: Fit, design: Design, generator: np.random.Generator, has_new_effects: bool
) -> Iterator[FloatArray]:
    blocks, estimates = design.rows.blocks, fit.estimates
    mean = fixed_part(design.rows, estimates.beta)
    if blocks and not has_new_effects:
        mean += random_part(blocks, estimates.modes, design.n_obs)
    scale = estimates.sigma / (1.0 if design.weights is None else np.sqrt(design.weights))
    while True:
        drawn = mean
        if blocks and has_new_effects:
            drawn = random_part(blocks, draw_effects(fit, generator), design.n_obs)
            drawn += mean
        yield drawn + scale * generator.standard_normal(design.n_obs)


def _from_families(
    fit: Fit, generator: np.random.Generator, has_new_effects: bool, chosen: IndexArray | None
) -> Iterator[FloatArray]:
    design, found = fit.design, fit.estimates.generalized
    assert found is not None
    observation = engine.observation_of(design, fit.spec)
    at = slice(None) if chosen is None else chosen
    rows = ResponseRows(design.y[at], None if design.trials is None else design.trials[at])
    coefficients = np.nan_to_num(np.concatenate([fit.estimates.beta, found.extra]))
    fixed = fixed_predictors(design.channels, coefficients, design.n_obs)
    while True:
        eta = found.eta
        if has_new_effects:
            eta = fixed.copy()
            effects = draw_effects(fit, generator)
            for block, b in zip(design.rows.blocks, effects, strict=True):
                add_random(eta, block, b)
        yield observation.draw(rows, eta[:, at], generator)


def read_count(n: object, verb: str) -> int:
    """Read a number of replicates, asked for in `verb`, e.g. 'simulate()'."""
    if isinstance(n, int | np.integer) and not isinstance(n, bool) and 1 <= n <= MOST_REPLICATES:
        return int(n)
    raise SpecError(
        f"The number of replicates cannot be {n!r:.40}.",
        where=f"{verb}, argument n",
        got=f"{n!r:.80}",
        need=COUNTS,
        do=f"write {verb[:-1]}100, seed=1), for example.",
        slug="replicates",
    )


def read_seed(seed: Seed) -> np.random.Generator:
    """Make a generator of what a user gave as seed, or refuse it."""
    is_seed = seed is None or isinstance(seed, np.random.SeedSequence | np.random.Generator)
    if isinstance(seed, int | np.integer) and not isinstance(seed, bool):
        is_seed = seed >= 0
    if is_seed:
        return np.random.default_rng(seed)
    raise SpecError(
        f"The seed cannot be {seed!r:.40}.",
        where="argument seed",
        got=f"{seed!r:.80}",
        need="a whole number of at least 0, or a numpy SeedSequence or Generator",
        do="write seed=1, for example, or leave seed out.",
        slug="seed",
    )
