"""The coefficients of groups: by their own data, by the model, and with all groups pooled.

Room: measure/. What shrinkage is about, Gaussian or generalized.
Takes: a `Fit` and one of its grouping factors.
Gives: `GroupCoefficients`; what the fixed effects expect of each group.
Source: Raudenbush & Bryk (2002), equations 3.56 to 3.65; Gelman & Hill (2007), section 12.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.parts import RandomBlock
from echelon.engine.kernel import INTERCEPT
from echelon.fit import Fit, design_with_rows
from echelon.measure import link_regressions
from echelon.measure.enclosing import enclosing
from echelon.measure.group_regressions import EQUAL, carried, group_regressions


@dataclass(frozen=True, slots=True, eq=False)
class GroupCoefficients:
    """Coefficients of the groups of one factor, (J, r) each, in units of the linear predictor.

    `own`: by the group's data alone (no pooling), NaN where these have no finite estimate;
    `estimate`: the model's, fixed part and conditional mode (partial pooling); `expected`: what
    the fixed effects and the groups around say of the group; `pooled`: the same by one regression
    that ignores the groups (complete pooling), NaN where there is none.
    """

    block: RandomBlock
    own: FloatArray
    estimate: FloatArray
    expected: FloatArray
    pooled: FloatArray


def group_coefficients(fit: Fit, position: int, purpose: str) -> GroupCoefficients:
    """Estimate the coefficients of every group of a factor in three ways.

    Own estimates are least squares in a Gaussian model (`group_regressions`) and maximum
    likelihood, given the rest of the model, in others (`link_regressions`).

    Parameters
    ----------
    fit : a fitted model with its rows.
    position : of the factor among the blocks; its rows belong to one group each.
    purpose : what is asked, as the user called it.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows; or the factor has random effects in
        several linear predictors.
    """
    block = design_with_rows(fit, purpose).rows.blocks[position]
    modes = fit.estimates.modes[position]
    if fit.spec.is_generalized:
        deviation = link_regressions.own_deviations(fit, position, purpose)
        above = tuple(i for i in enclosing(fit)[position] if i != position)
    else:
        part = group_regressions(fit, position)
        deviation, above = part.deviation, part.above
    expected = expected_coefficients(fit, block, above, purpose)
    beta = _pooled_beta(fit)
    pooled = np.full_like(expected, np.nan)
    if beta is not None:
        pooled = _carried_sum(fit, block, beta)
    return GroupCoefficients(block, expected + deviation, expected + modes, expected, pooled)


def expected_coefficients(
    fit: Fit, block: RandomBlock, above: tuple[int, ...], purpose: str
) -> FloatArray:
    """Expect of each group's coefficients (J, r): its predictors' part, and the factors above."""
    rows = design_with_rows(fit, purpose).rows
    expected = _carried_sum(fit, block, fit.estimates.beta)
    codes, has_rows = block.memberships[0].codes, _has_rows(block)
    for position in above:
        other = rows.blocks[position]
        home = np.zeros(block.n_groups, dtype=np.int64)
        home[codes] = other.memberships[0].codes
        for column, modes in zip(other.columns, fit.estimates.modes[position].T, strict=True):
            found = carried(fit, column, block)
            if found is not None:
                w = _for_all(found[1], has_rows[:, found[0]])
                expected[:, found[0]] += w * modes[home]
    return expected


def _carried_sum(fit: Fit, block: RandomBlock, beta: FloatArray) -> FloatArray:
    """Add up what coefficients beta (p,) say of each group's coefficients, (J, r)."""
    total, has_rows = np.zeros((block.n_groups, block.n_columns)), _has_rows(block)
    for column, value in zip(fit.design.rows.fixed_columns, beta.tolist(), strict=True):
        found = carried(fit, column, block)
        if found is not None and value == value:
            total[:, found[0]] += value * _for_all(found[1], has_rows[:, found[0]])
    return total


def _has_rows(block: RandomBlock) -> NDArray[np.bool_]:
    """Whether a group has a row in which a random column is not zero, (J, r)."""
    codes, J = block.memberships[0].codes, block.n_groups
    counts = [np.bincount(codes[z != 0], minlength=J) for z in block.columns]
    return np.stack(counts, axis=1) > 0


def _for_all(w: FloatArray, is_known: NDArray[np.bool_]) -> FloatArray:
    """Complete a group's value (J,) where its rows do not show it: the one value of all others.

    NaN where the others differ, because then nobody knows what the group's value is.
    """
    if is_known.all():
        return w
    known = w[is_known]
    is_one = len(known) > 0 and float(np.ptp(known)) <= EQUAL * float(np.abs(known).max())
    return np.where(is_known, w, known[0] if is_one else np.nan)


def _pooled_beta(fit: Fit) -> FloatArray | None:
    """Regress on the fixed columns alone, (p,); None for ordered responses, without intercepts."""
    if fit.spec.is_generalized:
        has_intercept = INTERCEPT in fit.design.fixed_names
        return link_regressions.pooled_beta(fit) if has_intercept else None
    design, known = fit.design, fit.estimates.is_estimated
    y = design.y if design.rows.offset is None else design.y - design.rows.offset
    root = np.ones(design.n_obs) if design.weights is None else np.sqrt(design.weights)
    beta = np.full(len(known), np.nan)
    if known.any():
        X = np.column_stack([design.rows.fixed_columns[i] * root for i in np.flatnonzero(known)])
        beta[known] = np.linalg.lstsq(X, y * root, rcond=None)[0]
    return beta
