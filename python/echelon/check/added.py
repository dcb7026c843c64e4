"""What a term would add to a model: its test, and how much of the outcome it moves.

Room: check/. Fits the larger model; judges nothing.
Takes: a `Fit` with the columns of its table, and terms in the words of a formula.
Gives: `Added`; Holm's correction for looking several times.
Source: docs/theory.md (14); Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.check.outcome_scale import outcome_scale
from echelon.check.refitting import with_terms
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.infer.coefficients.joint import joint_inference
from echelon.infer.components.generalized_fits import coefficient_names, coefficient_values

MANY = 12  # refits of one check; each takes as long as the fit
FEWER, OF_ROWS = 3, 300_000  # so many with more rows than that
LARGEST = 3_000_000  # rows of a generalized model that is refitted at all
DENSITY = {  # what the density of a row costs, over that of a Poisson or binomial
    "tweedie": 200.0,
    **dict.fromkeys(("betabinomial", "student", "beta", "nbinom1", "nbinom2"), 8.0),
}


@dataclass(frozen=True, slots=True)
class Added:
    """Terms that were added.

    `names` are the new coefficients that are estimated, `p_value` that of their Wald test (F, or
    chi-square) together; `size` the standard deviation, over the rows, of what the terms add that
    the terms before could not say, in units of `outcome_scale`.
    """

    larger: Fit
    names: tuple[str, ...]
    p_value: float
    size: float


def most(fit: Fit) -> int:
    """Say how many refits a check of this fit may take."""
    return MANY if _effort(fit) <= OF_ROWS else FEWER


def added(fit: Fit, *terms: str) -> Added | None:
    """Fit the model with more terms to the same rows, and say what they add.

    Parameters
    ----------
    fit : a fitted model.
    terms : of the fixed part.

    Returns
    -------
    `Added`; None where the terms repeat what the model has.

    Raises
    ------
    NotEstimableError : a model with an equation for each category.
    EchelonError : the larger model cannot be fitted.
    """
    if fit.spec.family == "multinomial":
        raise _many_equations()
    if fit.spec.is_generalized and _effort(fit) > LARGEST:
        raise _too_long(fit)
    larger = with_terms(fit, *terms)
    values, before = coefficient_values(larger), set(coefficient_names(fit))
    every = coefficient_names(larger)
    places = [i for i, name in enumerate(every) if name not in before and np.isfinite(values[i])]
    if not places:
        return None
    test = joint_inference(larger).joint(np.eye(len(every))[places])
    return Added(larger, tuple(every[i] for i in places), test.p_value, _size(fit, larger, places))


def _effort(fit: Fit) -> float:
    """Count the rows, each as often as its density costs: by family and points of quadrature."""
    found = fit.estimates.generalized
    nodes = 1 if found is None else max(1, found.approximation.n_nodes)
    return fit.design.n_obs * DENSITY.get(fit.spec.family, 1.0) * nodes


def coefficient(fit: Fit, name: str) -> float:
    """Give a fixed effect by name; NaN where there is none."""
    names = fit.design.fixed_names
    return float(fit.estimates.beta[names.index(name)]) if name in names else float("nan")


def column(fit: Fit, name: str) -> FloatArray:
    """Give the column (n,) of a fixed effect by name."""
    return fit.design.rows.fixed_columns[fit.design.fixed_names.index(name)]


def adjusted(p_values: Sequence[float]) -> tuple[float, ...]:
    """Correct p values for their number by Holm's method; NaN counts as 1."""
    p = np.nan_to_num(np.array(p_values, dtype=float), nan=1.0)
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1.0, p[order] * np.arange(len(p), 0, -1))
    found = np.empty(len(p))
    found[order] = np.maximum.accumulate(steps)
    return tuple(found.tolist())


def _size(fit: Fit, larger: Fit, places: list[int]) -> float:
    """Measure the spread of what is new, beyond the intercept and the columns before it."""
    new = np.column_stack([larger.design.rows.fixed_columns[i] for i in places])
    change: FloatArray = new @ coefficient_values(larger)[places]
    old = np.column_stack([np.ones(fit.design.n_obs), *fit.design.rows.fixed_columns])
    old = old / np.maximum(np.abs(old).max(axis=0), 1e-300)
    rest = change - old @ np.linalg.lstsq(old, change, rcond=1e-10)[0]
    return float(np.std(rest)) / outcome_scale(fit).size


def _many_equations() -> NotEstimableError:
    return NotEstimableError(
        "Added terms are not examined in a model with an equation for each category.",
        where="check()",
        got="family = 'multinomial'",
        need="one linear predictor, about which a single effect size can be stated",
        do="compare models with and without the term:\n"
        "fit.compare(fit.refit(data=data, formula=...)).",
        slug="check-many-equations",
    )


def _too_long(fit: Fit) -> NotEstimableError:
    return NotEstimableError(
        "Added terms are not examined: each would take as long as this fit, or longer.",
        where="check()",
        got=f"{fit.design.n_obs:,} rows of family '{fit.spec.family}'",
        need="rows that are refitted soon; the limit depends on family and quadrature",
        do="add the terms that matter yourself: fit.refit(data=data, formula=...);\n"
        "or check a fit to a random part of the groups.",
        slug="check-takes-long",
    )
