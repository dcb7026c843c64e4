"""Fitted values and residuals of the rows of a fit.

Room: residuals. Subtracts; estimates nothing.
Takes: a `Fit` with its rows.
Gives: arrays (n,), in the order of the rows used.
Source: docs/theory.md (1); Pinheiro & Bates (2000), section 4.3, for the kinds; Dunn & Smyth
(1996); Hartig (2022), DHARMa.
"""

from __future__ import annotations

import numpy as np

from echelon import engine
from echelon._optional import require
from echelon._types import FloatArray
from echelon.engine.linear import fixed_part, random_part
from echelon.engine.observation.model import ResponseRows
from echelon.errors import SpecError
from echelon.fit import Fit, design_with_rows
from echelon.options import read_choice
from echelon.simulate import EFFECTS, MOST_REPLICATES, Seed, draws, read_seed

KINDS = (
    "response",
    "pearson",
    "standardized",
    "deviance",
    "working",
    "marginal",
    "quantile",
    "simulated",
)
FEWEST_SIMULATIONS = 10


def fitted_values(fit: Fit) -> FloatArray:
    """Fit every row: the mean of the response at the estimates and conditional modes.

    Of a Gaussian model X beta + offset + Z b; of others the mean at this linear predictor.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    (n,), response units, one per row used; read-only. Binomial families: probabilities. Ordered
    and nominal categories: (n, J) probabilities.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows.
    """
    design = design_with_rows(fit, "fitted")
    if fit.spec.is_generalized:
        rows = ResponseRows(design.y, design.trials)
        assert fit.estimates.generalized is not None
        eta = fit.estimates.generalized.eta
        mean: FloatArray = engine.observation_of(design, fit.spec).mean(rows, eta).copy()
    else:
        mean = fixed_part(design.rows, fit.estimates.beta)
        if design.rows.blocks:
            mean += random_part(design.rows.blocks, fit.estimates.modes, design.n_obs)
    mean.flags.writeable = False
    return mean


def residuals(
    fit: Fit,
    kind: str = "response",
    *,
    seed: Seed = None,
    n_simulations: int = 250,
    random: str = "new",
) -> FloatArray:
    """Subtract from the response what the model says of it, or say how likely a smaller one is.

    Of the kinds for models that are not Gaussian, 'quantile' and 'simulated' can be read like
    those of a normal response: if the model holds they have one distribution whatever the mean.

    Parameters
    ----------
    fit : a fitted model.
    kind : what is subtracted, and what it is divided by.
        'response' : y - fitted, given the conditional modes (default); proportions for binomial
        families.
        'pearson' : the same times the square root of the prior weight, so that all rows have
        variance sigma^2 under the model; equal to 'response' without weights. Generalized
        models: also divided by the standard deviation of the response, no unit.
        'standardized' : 'pearson' divided by sigma: no unit, not corrected for leverage;
        'pearson' itself for generalized models.
        'deviance' : the signed root of a row's part of the deviance, times that of its weight,
        not divided by the dispersion, as in R's glm. Gaussian: 'pearson'.
        'working' : y - fitted over the slope of the inverse link, on the scale of the link.
        'marginal' : y - X beta - offset, what the fixed effects leave, groups included;
        generalized models: y minus the mean averaged over the groups.
        'quantile' : the standard normal quantile of the probability of a smaller response given
        the modes (Dunn and Smyth); for a Gaussian model these are the standardized residuals.
        Where responses have probabilities themselves (counts, categories, zeros), a uniform
        random place between P(Y < y) and P(Y <= y).
        'simulated' : the rank of y among simulated responses, on (0, 1), ties at random
        (DHARMa): uniform if the model holds.
    seed : of the random places and simulations: whole number, SeedSequence or Generator; None
        draws a fresh one.
    n_simulations : of 'simulated', at least 10.
    random : of 'simulated': 'new' random effects in every simulation, or the 'conditional' modes.

    Returns
    -------
    (n,), response units, or no unit for 'standardized', 'quantile' and 'simulated'.

    Raises
    ------
    SpecError : there is no such kind, or an option cannot be used.
    NotEstimableError : the fit was saved without its rows, or the family has no such residuals.

    Notes
    -----
    Modes are shrunken, so that response residuals vary less than sigma, and quantiles given the
    modes slightly less than a standard normal. Quantile residuals are cut at -+8.2, and those
    above 6 known to a few digits. A simulated residual is (number below + u (1 + ties)) /
    (n_simulations + 1), u uniform: exactly uniform for draws of the model, and within
    1 / n_simulations of DHARMa's, which interpolates.

    Source
    ------
    Pearson residuals as lme4's: case lmm_sleep_weights_reml; Pearson, deviance and working
    residuals of generalized models as lme4's. Dunn & Smyth (1996), Journal of Computational and
    Graphical Statistics 5, 236-244.
    """
    kind = read_choice("kind", kind, KINDS)
    design = design_with_rows(fit, f"residuals('{kind}')")
    if kind == "simulated":
        return _simulated(fit, seed, n_simulations, random)
    if fit.spec.is_generalized:
        room = require("echelon.residuals.generalized")
        found: FloatArray = room.generalized_residuals(fit, kind, read_seed(seed))
        return found
    if kind == "marginal":
        return design.y - fixed_part(design.rows, fit.estimates.beta)
    difference = design.y - fitted_values(fit)
    if kind not in ("response", "working") and design.weights is not None:
        difference *= np.sqrt(design.weights)
    if kind in ("standardized", "quantile"):
        difference /= fit.estimates.sigma
    return difference


def _simulated(fit: Fit, seed: Seed, n_simulations: int, random: str) -> FloatArray:
    """Rank the responses among simulated ones, ties at random."""
    has_new_effects = read_choice("random", random, EFFECTS) == "new"
    count, generator, y = _read_simulations(n_simulations), read_seed(seed), fit.design.y
    place = generator.random(len(y))
    below, ties = np.zeros(len(y)), np.ones(len(y))
    for _, drawn in zip(range(count), draws(fit, generator, has_new_effects), strict=False):
        below += drawn < y
        ties += drawn == y
    ranks: FloatArray = (below + place * ties) / (count + 1)
    return ranks


def _read_simulations(n: object) -> int:
    if isinstance(n, int | np.integer) and FEWEST_SIMULATIONS <= n <= MOST_REPLICATES:
        return int(n)
    raise SpecError(
        f"The number of simulations cannot be {n!r:.40}.",
        where="residuals('simulated'), argument n_simulations",
        got=f"{n!r:.80}",
        need=f"a whole number from {FEWEST_SIMULATIONS} to {MOST_REPLICATES:,}",
        do="write n_simulations=250, for example.",
        slug="simulations",
    )
