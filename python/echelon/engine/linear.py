"""The linear predictor of rows: X beta, Z b, and the offset, without forming X or Z.

Room: engine/. Adds up columns; estimates nothing.
Takes: encoded `Rows` (of the fit, or new ones), coefficients, and random effects by block.
Gives: arrays (n,), in response units.
Source: docs/theory.md (1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import RandomBlock, Rows


def fixed_part(rows: Rows, beta: FloatArray) -> FloatArray:
    """Evaluate X beta + offset, (n,); a coefficient that is not estimated (NaN) counts as 0."""
    total = np.zeros(rows.n_obs) if rows.offset is None else rows.offset.astype(float)
    scratch = np.empty(rows.n_obs)
    for column, coefficient in zip(rows.fixed_columns, beta.tolist(), strict=True):
        if coefficient == coefficient:
            total += np.multiply(column, coefficient, out=scratch)
    return total


def random_part(blocks: Sequence[RandomBlock], effects: Sequence[FloatArray], n: int) -> FloatArray:
    """Evaluate Z b, (n,), for blocks with effects b (J, r) each; a group of code -1 adds 0."""
    total, scratch = np.zeros(n), np.empty(n)
    for block, of_block in zip(blocks, effects, strict=True):
        table = np.vstack([of_block, np.zeros((1, block.n_columns))]).T
        for member in block.memberships:
            codes = member.codes.astype(np.intp)
            for column, values in zip(block.columns, table, strict=True):
                # Wrapping needs no buffer, and reads code -1 as the last row.
                np.take(np.ascontiguousarray(values), codes, out=scratch, mode="wrap")
                scratch *= column
                if member.weights is not None:
                    scratch *= member.weights
                total += scratch
    return total
