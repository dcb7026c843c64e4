"""Conditional modes: the random effects of each group, and their uncertainty.

Room: infer/. Bounds; estimates nothing.
Takes: a `Fit` and the name of a grouping factor.
Gives: the table of conditional modes.
Source: docs/theory.md (8); Bates, Maechler, Bolker & Walker (2015), equation 58.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import RandomBlock
from echelon.engine.generalized.fitted import generalized_at
from echelon.engine.workspace import conditional_covariances
from echelon.errors import NotEstimableError, SpecError, near_matches, offenders
from echelon.fit import Fit
from echelon.infer.components.parameters import scale_of
from echelon.infer.distributions.normal import normal_margin
from echelon.table import Table

WITHOUT_ROWS = "No standard errors: the fit was saved without its rows."


def conditional_modes(fit: Fit, grouping: str | None = None) -> Table:
    """Predict the random effects of every group of a factor, given the data.

    For a Gaussian model these are the best linear unbiased predictions: deviations of the group
    from the fixed effects, shrunken towards zero. The standard errors are conditional on all
    estimates, fixed effects and variances, as lme4's `condVar`; those of a prediction, which
    also have the uncertainty of the fixed effects, are `predict`'s. In a generalized model they
    are the most probable values given the data and the estimates, on the scale of the link, and
    the standard errors those of the normal distribution that fits there (Laplace). Theory (25).

    Parameters
    ----------
    fit : a fitted model.
    grouping : name of the grouping factor; needed where the model has several.

    Returns
    -------
    Table with columns group, term, estimate, std_error, conf_low, conf_high: for each group (in
    the order of its labels) one row per random effect, in response units (generalized models:
    units of the link) per unit of the predictor. Standard errors are NaN for a generalized model
    that was saved without its rows.

    Raises
    ------
    NotEstimableError : the model has no random effects.
    SpecError : the grouping factor is not in the model, or several are and none is named.

    Notes
    -----
    Costs one more factorisation for the conditional covariances, then J r operations.
    """
    position = _position(fit.design.rows.blocks, grouping)
    block = fit.design.rows.blocks[position]
    covariances, notes = _covariances(fit, position)
    estimate = fit.estimates.modes[position].ravel()
    std_error = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2)).ravel()
    margin = normal_margin(fit.spec.conf_level) * std_error
    return Table(
        title=f"Conditional modes by {block.grouping}",
        scales=dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), scale_of(fit)),
        notes=notes,
        data={
            "group": np.repeat(block.labels, block.n_columns),
            "term": np.tile(np.array(block.column_names, dtype=object), block.n_groups),
            "estimate": estimate,
            "std_error": std_error,
            "conf_low": estimate - margin,
            "conf_high": estimate + margin,
        },
    )


def _covariances(fit: Fit, position: int) -> tuple[FloatArray, tuple[str, ...]]:
    """Conditional covariances (J, r, r) of a block, and what must be said of them."""
    block = fit.design.rows.blocks[position]
    if not fit.spec.is_generalized:
        return conditional_covariances(fit, block.grouping), ()
    if not fit.has_rows:
        r = block.n_columns
        return np.full((block.n_groups, r, r), np.nan), (WITHOUT_ROWS,)
    workspace, coefficients = generalized_at(fit)
    return workspace.conditional(coefficients, fit.estimates.Lambdas)[position][0], ()


def _position(blocks: tuple[RandomBlock, ...], grouping: str | None) -> int:
    names = [block.grouping for block in blocks]
    if not names:
        raise NotEstimableError(
            "The model has no random effects.",
            where="conditional_modes()",
            got="a formula without a bar",
            need="at least one random term, e.g. (1 | school)",
            do="add a random term to the formula, or read the fixed effects alone",
            slug="no-random-effects",
        )
    if grouping is None and len(names) == 1:
        return 0
    if grouping in names:
        return names.index(grouping)
    raise _which(names, grouping)


def _which(names: list[str], grouping: str | None) -> SpecError:
    if grouping is None:
        what = "The model has several grouping factors, and none is named."
        got, do = "no name", f"name one, e.g. conditional_modes('{names[0]}')"
    else:
        what = f"Grouping factor '{grouping}' is not in the model."
        got, do = f"'{grouping}'", near_matches(grouping, names)
    return SpecError(
        what,
        where="conditional_modes(), argument grouping",
        got=got,
        need=f"one of {offenders(names)}",
        do=do,
        slug="unknown-grouping",
    )
