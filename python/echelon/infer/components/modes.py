"""Conditional modes: the random effects of each group, and their uncertainty.

Room: infer/. Bounds; estimates nothing.
Takes: a `Fit` and the name of a grouping factor.
Gives: the table of conditional modes.
Source: docs/theory.md (8); Bates, Maechler, Bolker & Walker (2015), equation 58.
"""

from __future__ import annotations

import numpy as np

from echelon.design.parts import RandomBlock
from echelon.engine.workspace import conditional_covariances
from echelon.errors import NotEstimableError, SpecError, near_matches, offenders
from echelon.fit import Fit
from echelon.infer.components.parameters import SCALE
from echelon.infer.distributions.normal import normal_margin
from echelon.table import Table


def conditional_modes(fit: Fit, grouping: str | None = None) -> Table:
    """Predict the random effects of every group of a factor, given the data.

    For a Gaussian model these are the best linear unbiased predictions: deviations of the group
    from the fixed effects, shrunken towards zero. The standard errors are conditional on all
    estimates, fixed effects and variances, as lme4's `condVar`; those of a prediction, which
    also have the uncertainty of the fixed effects, are `predict`'s.

    Parameters
    ----------
    fit : a fitted model.
    grouping : name of the grouping factor; needed where the model has several.

    Returns
    -------
    Table with columns group, term, estimate, std_error, conf_low, conf_high: for each group (in
    the order of its labels) one row per random effect, in response units per unit of the
    predictor.

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
    covariances = conditional_covariances(fit, block.grouping)
    estimate = fit.estimates.modes[position].ravel()
    std_error = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2)).ravel()
    margin = normal_margin(fit.spec.conf_level) * std_error
    return Table(
        title=f"Conditional modes by {block.grouping}",
        scales=dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), SCALE),
        data={
            "group": np.repeat(block.labels, block.n_columns),
            "term": np.tile(np.array(block.column_names, dtype=object), block.n_groups),
            "estimate": estimate,
            "std_error": std_error,
            "conf_low": estimate - margin,
            "conf_high": estimate + margin,
        },
    )


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
