"""Means and covariances over rows of the columns of X and Z, from cross-products where they do.

Room: measure/. What the variance of a prediction is made of, before any coefficient.
Takes: a `Fit`.
Gives: arrays (r, r) per block, the spread of X beta, sizes of groups.
Source: docs/theory.md (22).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Design, RandomBlock
from echelon.engine.kernel import INTERCEPT
from echelon.fit import Fit, design_with_rows


@dataclass(frozen=True, slots=True)
class FixedSpread:
    """The variance of X beta over rows (divisor n - 1), and cov(x, X beta) (p,), half its slope."""

    variance: float
    covariances: FloatArray


@dataclass(frozen=True, slots=True)
class GroupSums:
    """Group by group: `sizes` (J,) and sums over rows, about one centre, of the columns of X and Z.

    `fixed` is (J, p), `random` (J, r): the sums of the block's own columns.
    """

    sizes: FloatArray
    fixed: FloatArray
    random: FloatArray


def mean_squares(fit: Fit, purpose: str, channel: int = 0) -> tuple[FloatArray, ...]:
    """Average z z' over rows, (r, r) per block; prior weights do not count.

    A row of a multiple membership counts once for each of its groups, by the square of its weight
    there, so that the trace with Sigma is the mean variance of a row. In a generalized model only
    the effects in one linear predictor count: that of the mean, unless said otherwise.
    """
    blocks = fit.design.rows.blocks
    if _has_sums(fit):
        grams = fit.crossprod.random_grams()
        return tuple(
            np.reshape(gram, (b.n_columns, b.n_columns)) / fit.design.n_obs
            for gram, b in zip(grams, blocks, strict=True)
        )
    return tuple(
        _mean_square(block) * np.outer(is_in, is_in)
        for block in design_with_rows(fit, purpose).rows.blocks
        for is_in in [in_channel(block, channel)]
    )


def mean_inverse_weight(fit: Fit, purpose: str) -> float:
    """Average 1 / weight over rows; 1 without weights."""
    if _is_weightless(fit):
        return 1.0
    return float(np.mean(1.0 / prior_weights(design_with_rows(fit, purpose))))


def fixed_spread(fit: Fit, purpose: str, channel: int = 0) -> FixedSpread:
    """Spread X beta over rows: variance, and covariances with the columns of X.

    An offset is no part of it: it is known, and explains nothing.
    """
    beta = np.nan_to_num(fit.estimates.beta)
    covariances = fixed_covariance(fit, purpose, channel) @ beta
    return FixedSpread(max(float(covariances @ beta), 0.0), covariances)


def fixed_covariance(fit: Fit, purpose: str, channel: int = 0) -> FloatArray:
    """Covariance (p, p) of the columns of X over rows, divisor n - 1.

    From cross-products where a fixed or a random intercept adds the columns up, else from rows.
    Of a generalized model, those in one linear predictor; zero for coefficients of others.
    """
    n, p = fit.design.n_obs, len(fit.design.fixed_names)
    if fit.spec.is_generalized:
        return _covariance(channel_columns(design_with_rows(fit, purpose), channel), n)
    sums = _column_sums(fit)
    if sums is None:
        return _covariance(design_with_rows(fit, purpose).rows.fixed_columns, n)
    squares = fit.crossprod.to_state()["xx"].reshape(p + 1, p + 1)[:p, :p]
    covariance: FloatArray = (squares - np.outer(sums, sums) / n) / max(n - 1, 1)
    return covariance


def random_means(fit: Fit, position: int, purpose: str) -> FloatArray:
    """Average the random columns of a block over rows, (r,)."""
    block = fit.design.rows.blocks[position]
    if has_intercept(block):
        one = block.column_names.index(INTERCEPT)
        moments = mean_squares(fit, purpose)[position]
        means: FloatArray = moments[one] / moments[one, one]
        return means
    rows = design_with_rows(fit, purpose).rows
    return np.array([column.mean() for column in rows.blocks[position].columns])


def group_sums(fit: Fit, position: int, purpose: str) -> GroupSums:
    """Add up rows group by group, for a block whose rows belong to one group each."""
    found = _sums_of_products(fit, position)
    if found is not None:
        return found
    rows = design_with_rows(fit, purpose).rows
    block = rows.blocks[position]
    return GroupSums(
        group_sizes(fit, position, purpose),
        _sums_of_rows(rows.fixed_columns, block),
        _sums_of_rows(block.columns, block),
    )


def group_sizes(fit: Fit, position: int, purpose: str) -> FloatArray:
    """Count the rows of each group, (J,); in a multiple membership, add up their weights."""
    found = _sums_of_products(fit, position)
    if found is not None:
        return found.sizes
    block = design_with_rows(fit, purpose).rows.blocks[position]
    sizes = np.zeros(block.n_groups)
    for member in block.memberships:
        sizes += np.bincount(member.codes, weights=member.weights, minlength=block.n_groups)
    return sizes


def squared_memberships(fit: Fit, position: int, purpose: str) -> float:
    """Add up squares of a row's weights, group by group: n, but for multiple memberships."""
    block = fit.design.rows.blocks[position]
    if is_single(block):
        return float(fit.design.n_obs)
    if has_intercept(block):
        one = block.column_names.index(INTERCEPT)
        return float(mean_squares(fit, purpose)[position][one, one] * fit.design.n_obs)
    weights = membership_weight(design_with_rows(fit, purpose).rows.blocks[position])
    return float(fit.design.n_obs if weights is None else weights.sum())


def is_single(block: RandomBlock) -> bool:
    """Whether each row belongs to one group, in full."""
    return len(block.memberships) == 1 and block.memberships[0].weights is None


def has_intercept(block: RandomBlock) -> bool:
    """Whether the block has a random intercept."""
    return INTERCEPT in block.column_names


def in_channel(block: RandomBlock, channel: int) -> FloatArray:
    """Mark with ones the random effects (r,) that enter a linear predictor."""
    channels = block.channels or (0,) * block.n_columns
    return np.array([float(own == channel) for own in channels])


def channel_columns(design: Design, channel: int) -> tuple[FloatArray, ...]:
    """Give the columns (p arrays (n,)) of a linear predictor, zero for coefficients of others."""
    nothing = np.zeros(design.n_obs)
    columns = [nothing] * len(design.fixed_names)
    for own in design.channels[channel].columns:
        if own.coefficient < len(columns):
            columns[own.coefficient] = own.factor * own.values
    return tuple(columns)


def has_fixed_intercept(design: Design) -> bool:
    """Whether the first column of X is the intercept."""
    return bool(design.fixed_names) and design.fixed_names[0] == INTERCEPT


def prior_weights(design: Design) -> FloatArray:
    """Give the prior weights (n,), ones where there are none."""
    return np.ones(design.n_obs) if design.weights is None else design.weights


def _is_weightless(fit: Fit) -> bool:
    """Whether every row counts alike; a fit without rows has lost its weights."""
    return fit.spec.weights is None


def _has_sums(fit: Fit) -> bool:
    """Whether the cross-products hold sums over rows in which every row counts alike."""
    return fit.products is not None and _is_weightless(fit)


def _column_sums(fit: Fit) -> FloatArray | None:
    """Add up the centred columns of X, (p,), where an intercept has done so; else None."""
    if not _has_sums(fit):
        return None
    if has_fixed_intercept(fit.design):
        p = len(fit.design.fixed_names)
        sums: FloatArray = fit.crossprod.to_state()["xx"][:p]
        return sums
    for position in range(len(fit.design.rows.blocks)):
        by_group = _sums_of_products(fit, position)
        if by_group is not None:
            total: FloatArray = by_group.fixed.sum(axis=0)
            return total
    return None


def _sums_of_products(fit: Fit, position: int) -> GroupSums | None:
    """Read sums where the random intercept stands; None with weights or without an intercept."""
    block = fit.design.rows.blocks[position]
    if not _has_sums(fit) or not has_intercept(block) or not is_single(block):
        return None
    state = fit.crossprod.to_state()
    r, J, squares, products = state["blocks"][position]
    one = block.column_names.index(INTERCEPT)
    own = squares.reshape(J, r, r)[:, one, :]
    return GroupSums(own[:, one], products.reshape(J, r, -1)[:, one, : state["p"]], own)


def _sums_of_rows(columns: tuple[FloatArray, ...], block: RandomBlock) -> FloatArray:
    codes = block.memberships[0].codes
    sums = [np.bincount(codes, c - c.mean(), minlength=block.n_groups) for c in columns]
    return np.column_stack(sums) if sums else np.empty((block.n_groups, 0))


def _covariance(columns: tuple[FloatArray, ...], n: int) -> FloatArray:
    result = np.empty((len(columns), len(columns)))
    for a, left in enumerate(columns):
        deviation = left - left.mean()
        for b, right in enumerate(columns[: a + 1]):
            result[a, b] = result[b, a] = float(deviation @ right) / max(n - 1, 1)
    return result


def _mean_square(block: RandomBlock) -> FloatArray:
    weight = membership_weight(block)
    moments = np.empty((block.n_columns, block.n_columns))
    for a, left in enumerate(block.columns):
        scaled = left if weight is None else left * weight
        for b, right in enumerate(block.columns[: a + 1]):
            moments[a, b] = moments[b, a] = float(scaled @ right) / len(left)
    return moments


def membership_weight(block: RandomBlock) -> FloatArray | None:
    """Sum of squares of a row's weights, group by group; None where it is one, (n,)."""
    if is_single(block):
        return None
    members = block.memberships
    weights = [np.ones(len(m.codes)) if m.weights is None else m.weights for m in members]
    total = np.zeros(len(members[0].codes))
    for a, left in enumerate(members):
        for b, right in enumerate(members):
            total += np.where(left.codes == right.codes, weights[a] * weights[b], 0.0)
    return total
