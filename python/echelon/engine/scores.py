"""Products of the data with V^-1: what sandwich variances and group diagnostics are made of.

Room: engine/. Factors once more from the cross-products; reads rows only in `whitened_rows`.
Takes: a fitted model.
Gives: `Scores`, and V^-1 [X y] row by row.
Source: docs/theory.md (7) and (16).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Design, RandomBlock
from echelon.engine.workspace import Fitted, workspace_at

CHUNK = 65_536  # rows that are held at once


@dataclass(frozen=True, slots=True)
class Scores:
    """Products with V^-1, V = Z Lambda Lambda'Z' + W^-1 (the covariance of y is sigma^2 V).

    `products` holds Z_k'V^-1[X y] of each block, (J, r, p + 1); `effects` Lambda Lambda' times
    that, so that V^-1 x = W (x - Z effect); `gram` is [X y]'V^-1[X y], (p + 1, p + 1). Columns are
    those of the design, y less its offset; 0 in columns of X that are not estimated.
    """

    products: tuple[FloatArray, ...]
    effects: tuple[FloatArray, ...]
    gram: FloatArray


def scores(fit: Fitted) -> Scores:
    """Multiply the data by V^-1 at the estimates, from cross-products.

    Notes
    -----
    Costs p + 1 passes over the groups.
    """
    parts = workspace_at(fit).scores()
    px = len(fit.estimates.beta) + 1
    blocks = fit.design.rows.blocks

    def shaped(flat: list[FloatArray]) -> tuple[FloatArray, ...]:
        pairs = zip(flat, blocks, strict=True)
        return tuple(part.reshape(b.n_groups, b.n_columns, px) for part, b in pairs)

    return Scores(
        shaped(parts["products"]), shaped(parts["effects"]), parts["gram"].reshape(px, px)
    )


def whitened_rows(
    design: Design, effects: tuple[FloatArray, ...], combinations: FloatArray
) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Give C and V^-1 C by chunks of rows, C = [X y] combinations.

    Parameters
    ----------
    design : with its rows.
    effects : those of `Scores`.
    combinations : (p + 1, m); columns that are not estimated must have weight 0.

    Yields
    ------
    The rows of the chunk, C (rows, m) and V^-1 C (rows, m).
    """
    y = design.y if design.rows.offset is None else design.y - design.rows.offset
    columns = [*design.rows.fixed_columns, y]
    combined = [effect @ combinations for effect in effects]
    for start in range(0, design.n_obs, CHUNK):
        rows = slice(start, min(start + CHUNK, design.n_obs))
        C = np.column_stack([column[rows] for column in columns]) @ combinations
        rest = C.copy()
        for block, effect in zip(design.rows.blocks, combined, strict=True):
            rest -= _random_part(block, effect, rows)
        yield rows, C, rest if design.weights is None else rest * design.weights[rows, None]


def _random_part(block: RandomBlock, effect: FloatArray, rows: slice) -> FloatArray:
    """Z times the effects of each row's groups, (rows, m)."""
    Z = np.column_stack([column[rows] for column in block.columns])
    total = np.zeros((len(Z), effect.shape[2]))
    for member in block.memberships:
        part = np.einsum("na,nam->nm", Z, effect[member.codes[rows]])
        total += part if member.weights is None else part * member.weights[rows, None]
    return total
