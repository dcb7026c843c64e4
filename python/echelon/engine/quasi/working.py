"""The linear model that stands for a generalized one near a point of expansion.

Room: engine/quasi/. Makes rows of a linear model; fits nothing.
Takes: a `Design`, its mean and variance, and where the mean is expanded.
Gives: `Expansion`, and a `Design` with working response, weights and second-order columns.
Source: docs/theory.md (27); Breslow & Clayton (1993); Goldstein & Rasbash (1996).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import BlockTerm, Design, RandomBlock
from echelon.engine.kernel import Workspace
from echelon.engine.quasi.linear import KnownVariance
from echelon.engine.quasi.mean import MeanModel

SECOND_ORDER = "second order"


@dataclass(frozen=True, slots=True)
class Expansion:
    """Where the mean is expanded, and how far the random effects lie around that.

    `eta` (n,); `spread` (n,) is the expectation of (z'd)^2, d the random effects less those in
    `eta`: zero at first order. `spreads` (n,) are those of each block's part, none at first order.
    """

    eta: FloatArray
    spread: FloatArray
    spreads: tuple[FloatArray, ...]

    @property
    def flat(self) -> FloatArray:
        """All numbers in a row; eta alone where the random effects are known."""
        return np.concatenate(
            [self.eta, *self.spreads, self.spread] if self.spreads else [self.eta]
        )

    @staticmethod
    def from_flat(flat: FloatArray, n: int) -> Expansion:
        """Undo `flat`; an expected square is not negative."""
        eta, *spreads = flat.reshape(-1, n)
        positive = [np.maximum(spread, 0.0) for spread in spreads]
        return Expansion(eta, positive[-1] if positive else np.zeros(n), tuple(positive[:-1]))


def first_order(eta: FloatArray) -> Expansion:
    """Expand at eta (n,) with the random effects known."""
    return Expansion(eta, np.zeros_like(eta), ())


def working_design(design: Design, model: MeanModel, at: Expansion) -> Design:
    """Make the linear model at an expansion.

    Parameters
    ----------
    design : the generalized model.
    model : its mean and variance.
    at : the expansion.

    Returns
    -------
    `Design` with working response and weights; at second order the last column of a block is that
    of its squares.
    """
    eta = np.clip(at.eta, *model.limits)
    residual, weights = model.working(design, eta)
    rows = design.rows
    if at.spreads:
        bend = model.bend(eta)
        residual = residual - 0.5 * bend * at.spread
        blocks = [
            _widened(block, bend * spread / np.sqrt(2.0))
            for block, spread in zip(rows.blocks, at.spreads, strict=True)
        ]
        rows = replace(rows, blocks=tuple(blocks))
    return replace(design, rows=rows, y=eta + residual, weights=weights)


def _widened(block: RandomBlock, column: FloatArray) -> RandomBlock:
    """Add a column of variance one; a multiple membership keeps its own columns only.

    The square of a weighted sum over groups is no weighted sum.
    """
    if len(block.memberships) > 1:
        return block
    r = block.n_columns
    return replace(
        block,
        columns=(*block.columns, column),
        column_names=(*block.column_names, SECOND_ORDER),
        terms=(*block.terms, BlockTerm(r, r + 1, KnownVariance(1), SECOND_ORDER)),
    )


def marginal_spreads(
    blocks: Sequence[RandomBlock], Sigmas: Sequence[FloatArray]
) -> tuple[FloatArray, ...]:
    """Variance (n,) of z'b of each block, b with covariance Sigma (r, r)."""
    return tuple(_marginal(block, Sigma) for block, Sigma in zip(blocks, Sigmas, strict=True))


def _marginal(block: RandomBlock, Sigma: FloatArray) -> FloatArray:
    own = np.zeros_like(block.columns[0])
    for column, row in zip(block.columns, Sigma, strict=True):
        own += column * sum(c * s for c, s in zip(block.columns, row.tolist(), strict=True))
    total = np.zeros_like(own)
    for one, other in product(block.memberships, repeat=2):
        weight = np.where(one.codes == other.codes, 1.0, 0.0)
        for member in (one, other):
            weight = weight if member.weights is None else weight * member.weights
        total += weight * own
    return total


def conditional_spread(
    workspace: Workspace, blocks: Sequence[RandomBlock], n_fixed: int, which: Sequence[int]
) -> FloatArray:
    """Conditional variance (n,) of z'b summed over some blocks, given the working response.

    `blocks` are those of the linear model; their second-order columns count as zero.
    """
    parts = []
    for number in which:
        block = blocks[number]
        names = zip(block.columns, block.column_names, strict=True)
        Z = np.column_stack([c * (name != SECOND_ORDER) for c, name in names])
        for member in block.memberships:
            weighted = Z if member.weights is None else Z * member.weights[:, None]
            codes = np.ascontiguousarray(member.codes, dtype=np.int32)
            parts.append((number, codes, weighted))
    n = len(parts[0][1])
    return workspace.variances(np.zeros((n, n_fixed)), parts, False)
