"""Responses drawn from a fitted model.

Room: simulate. Draws; estimates nothing.
Takes: a `Fit` with its rows, a number of replicates and a seed.
Gives: an array of responses (n, replicates).
Source: docs/theory.md (1): y = X beta + offset + Z b + e.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from echelon._types import FloatArray
from echelon.engine.linear import fixed_part, random_part
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
    takes it. A transformed response, log(y), is drawn on its transformed scale.

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
    design, estimates = design_with_rows(fit, "simulate()"), fit.estimates
    blocks = design.rows.blocks
    mean = fixed_part(design.rows, estimates.beta)
    if kind == "conditional" and blocks:
        mean += random_part(blocks, estimates.modes, design.n_obs)
    scale = estimates.sigma / (1.0 if design.weights is None else np.sqrt(design.weights))
    answer = np.empty((design.n_obs, replicates), order="F")
    for column in answer.T:
        if kind == "new" and blocks:
            column[:] = random_part(blocks, draw_effects(fit, generator), design.n_obs)
            column += mean
        else:
            column[:] = mean
        column += scale * generator.standard_normal(design.n_obs)
    return answer


def draw_effects(fit: Fit, generator: np.random.Generator) -> list[FloatArray]:
    """Draw the random effects of every group, (J, r) per block: b = sigma Lambda u."""
    return [
        generator.standard_normal((block.n_groups, block.n_columns))
        @ (fit.estimates.sigma * Lambda).T
        for block, Lambda in zip(fit.design.rows.blocks, fit.estimates.Lambdas, strict=True)
    ]


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
