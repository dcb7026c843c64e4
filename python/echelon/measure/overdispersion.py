"""Whether counts vary more than their model says, and what helps.

Room: measure/. One question per file: is there more, or less, variation than the family has?
Takes: a `Fit` of counts, or of successes among several trials, with its rows.
Gives: a Table of two tests, with the remedy in its notes.
Source: McCullagh & Nelder (1989), section 4.5; Hartig's DHARMa, testDispersion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from echelon import engine
from echelon._types import FloatArray
from echelon.engine.generalized.linear_predictors import linear_predictors
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from echelon.engine.observation.model import ResponseRows
from echelon.errors import EngineError, NotEstimableError
from echelon.families import family_of
from echelon.fit import Fit, design_with_rows
from echelon.infer.distributions import distributions
from echelon.measure.criteria import criteria
from echelon.simulate import Seed, draws, read_count, read_seed
from echelon.table import Table

if TYPE_CHECKING:
    from echelon.design.parts import Design
    from echelon.engine.observation.model import Observation

VERB = "overdispersion()"
DOUBTFUL = 0.05
LIMITS = (
    "pearson: sum of squared Pearson residuals at the conditional modes over its df, by "
    "chi-square. Common practice, and rough: the modes use up df that it does not count, and with "
    "means below about 1 the sum is no chi-square. It errs towards less dispersion. Believe the "
    "other row."
)


def overdispersion(fit: Fit, n: int = 250, seed: Seed = None) -> Table:
    """Test whether the response varies more, or less, than the family allows.

    The statistic is the sum of squared Pearson residuals, (y - mean)^2 / variance, at the
    conditional modes. 'pearson' compares it with chi-square; 'simulated' with responses drawn
    from the model with new random effects, whose modes are found anew, parameters taken as the
    truth: it is calibrated whatever the size of the counts and groups.

    Parameters
    ----------
    fit : counts, or successes among more than one trial per row.
    n : number of simulated responses.
    seed : whole number, SeedSequence or Generator; None for a fresh one.

    Returns
    -------
    Table with columns method, statistic, df, ratio, p_value. `ratio` is statistic over df, or
    over the mean of the simulated ones: 1 is what the model says. p_value: upper tail ('pearson',
    for more variation than that), two-sided ('simulated'). Notes say what helps.

    Raises
    ------
    NotEstimableError : the family is neither of counts nor binomial, every row has one trial, or
        the fit was saved without its rows.
    SpecError : n is no whole number of at least 1, or the seed cannot be used.

    Notes
    -----
    Costs a search of the modes per simulated response, about an evaluation of the criterion.

    Source
    ------
    DHARMa's testDispersion takes the variance of all residuals, about the population mean; here
    the modes are taken off in every replicate, so that large groups do not hide the rows.

    Examples
    --------
    >>> import numpy as np
    >>> import echelon as ec
    >>> g = np.arange(200) % 20
    >>> counts = np.random.default_rng(1).negative_binomial(1.0, 0.25, 200)
    >>> fit = ec.fit("y ~ 1 + (1 | g)", {"y": counts, "g": g}, family="poisson")
    >>> fit.overdispersion(n=50, seed=1).row(method="simulated")["p_value"] < 0.05
    True
    """
    design = design_with_rows(fit, VERB)
    _check(fit, design)
    replicates, generator = read_count(n, VERB), read_seed(seed)
    observation = engine.observation_of(design, fit.spec)
    observed = _pearson(design, observation, _eta(fit))
    df = int(_used(design).sum()) - criteria(fit).n_parameters
    simulated, n_failed = [], 0
    modes = _modes_of(fit, observation)
    for _, y in zip(range(replicates), draws(fit, generator, True), strict=False):
        drawn = replace(design, y=y)
        try:
            simulated.append(_pearson(drawn, observation, modes(drawn)))
        except EngineError:
            n_failed += 1
    ratio, p_value = against(observed, np.array(simulated))
    columns: dict[str, Any] = {
        "method": ["pearson", "simulated"],
        "statistic": [observed, observed],
        "df": [df if df > 0 else None, None],
        "ratio": [observed / df if df > 0 else None, ratio],
        "p_value": [distributions.chi2_p_value(observed, df) if df > 0 else None, p_value],
    }
    notes = [_remedy(fit, ratio, p_value), LIMITS]
    if n_failed:
        notes.append(f"{n_failed:,} of {replicates:,} simulated responses had no modes: left out.")
    return Table(columns, title="Is there more variation than the family has?", notes=tuple(notes))


def against(observed: float, simulated: FloatArray) -> tuple[float, float]:
    """Compare a statistic with simulated ones: ratio to their mean, and two-sided p value.

    Parameters
    ----------
    observed : the statistic of the data.
    simulated : (n,) those of responses drawn from the model; the data count as one more.

    Returns
    -------
    Ratio (NaN where all are zero) and p value.
    """
    if not len(simulated):
        return np.nan, np.nan
    mean = float(simulated.mean())
    above = 1 + int((simulated >= observed).sum())
    below = 1 + int((simulated <= observed).sum())
    p_value = min(1.0, 2.0 * min(above, below) / (len(simulated) + 1))
    return (observed / mean if mean > 0 else np.nan), p_value


def _check(fit: Fit, design: Design) -> None:
    family = fit.spec.family
    response = family_of(family).response
    if response == "count":
        return
    if response == "binary" and design.trials is not None and (design.trials > 1).any():
        return
    is_binary = response == "binary"
    raise NotEstimableError(
        "A response of single trials cannot be overdispersed: its variance follows from its mean."
        if is_binary
        else f"Overdispersion is a question about counts; family '{family}' is not one of them.",
        where=VERB,
        got=f"family = '{family}'{', one trial in every row' if is_binary else ''}",
        need="poisson, nbinom1 or nbinom2, or a binomial family with several trials per row",
        do="look at residuals('quantile') instead; a random effect per group takes up what rows\n"
        "have in common."
        if is_binary
        else "look at residuals('quantile') instead.",
        slug="overdispersion-of-counts",
    )


def _used(design: Design) -> FloatArray:
    return np.ones(design.n_obs) if design.weights is None else (design.weights > 0).astype(float)


def _eta(fit: Fit) -> FloatArray:
    assert fit.estimates.generalized is not None
    return fit.estimates.generalized.eta


def _modes_of(fit: Fit, observation: Observation) -> Callable[[Design], FloatArray]:
    """Give the function that finds the linear predictors (K, n) of a design at its own modes."""
    found = fit.estimates.generalized
    assert found is not None
    coefficients = np.nan_to_num(np.concatenate([fit.estimates.beta, found.extra]))
    Lambdas = fit.estimates.Lambdas

    def linear(design: Design) -> FloatArray:
        if not design.rows.blocks:
            return found.eta
        workspace = GeneralizedWorkspace(
            design, observation.core_name, observation.link, 1, fit.spec.control.threads
        )
        workspace.objective(coefficients, Lambdas)
        modes = [u @ L.T for u, L in zip(workspace.modes(), Lambdas, strict=True)]
        return linear_predictors(design, coefficients, modes)

    return linear


def _pearson(design: Design, observation: Observation, eta: FloatArray) -> float:
    """Sum of squared Pearson residuals of the rows with a weight; each counts once."""
    rows = ResponseRows(design.y, design.trials)
    mean, variance = observation.mean(rows, eta), observation.variance(rows, eta)
    y = design.y if design.trials is None else design.y / np.maximum(design.trials, 1.0)
    squares = np.square(y - mean) / np.maximum(variance, 1e-300)
    is_used = (_used(design) > 0) & (rows.trial_counts() > 0)
    return float(squares[is_used & np.isfinite(squares)].sum())


def _remedy(fit: Fit, ratio: float, p_value: float) -> str:
    family = fit.spec.family
    if not p_value < DOUBTFUL:
        return "No sign of more or less variation than the model says."
    if ratio < 1:
        return (
            "Less variation than the model says: standard errors are too large. Look for a limit "
            "of the counts, for totals that are fixed, or for rows that are not independent."
        )
    first = "More variation than the model says: standard errors are too small. "
    if family_of(family).response == "binary":
        if family == "betabinomial":
            return f"{first}Look for missing predictors, or a random slope."
        return (
            f"{first}Look for missing predictors and random slopes first; then family="
            "'betabinomial', or a random effect per row, (1 | row), with row the row's number."
        )
    if family == "poisson":
        return (
            f"{first}Look for missing predictors, an exposure (offset=) and random slopes first; "
            "then family='nbinom2', or a random effect per row, (1 | row), with row the row's "
            "number; if only zeros are too many (zero_inflation()), zero='~ 1'."
        )
    return (
        f"{first}Look for missing predictors and random slopes first; then dispersion='~ x', or "
        "zero='~ 1' if zeros are too many (zero_inflation())."
    )
