"""Rows of every linear predictor of a generalized model, averaged over a grid or one by one.

Room: infer/. Makes up rows; knows no family.
Takes: a `Fit` with channels, and a `ReferenceGrid`; or encoded channels and random columns.
Gives: `ChannelRows`.
Source: docs/theory.md (24) and (28).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Channel, RandomBlock
from echelon.design.profile import variable_name, variables_of
from echelon.design.recipe import BlockRecipe, Recipe, TermPlan
from echelon.fit import Fit
from echelon.infer.means.reference_grid import ReferenceGrid, averaged_terms, totals_of


@dataclass(frozen=True, slots=True, eq=False)
class ChannelRows:
    """N rows of K linear predictors: L (K, N, p + m) and offsets (K, N).

    `Z` has for every block of random effects its columns (N, r), and `entered` the linear
    predictor that each of these enters.
    """

    L: FloatArray
    offset: FloatArray
    Z: tuple[FloatArray, ...]
    entered: tuple[tuple[int, ...], ...]

    @property
    def n_rows(self) -> int:
        """Number of rows (N)."""
        return int(self.L.shape[1])

    @property
    def n_active(self) -> int:
        """Linear predictors with random effects (A); they come first."""
        entered: list[int] = [channel for part in self.entered for channel in part]
        return 1 + max(entered, default=-1)

    def eta(self, coefficients: FloatArray) -> FloatArray:
        """Evaluate the fixed parts of the linear predictors, (K, N)."""
        return np.asarray(self.L @ coefficients + self.offset)

    def covariance(self, Lambdas: Sequence[FloatArray]) -> FloatArray:
        """Covariance of the random parts of the linear predictors of each row, (N, A, A)."""
        A = self.n_active
        W = np.zeros((self.n_rows, A, A))
        for Z, entered, Lambda in zip(self.Z, self.entered, Lambdas, strict=True):
            spread = np.zeros((self.n_rows, A, Lambda.shape[1]))
            for a, channel in enumerate(entered):
                spread[:, channel] += Z[:, a, None] * Lambda[a]
            W += spread @ spread.transpose(0, 2, 1)
        return W

    def moved(self, by: ChannelRows, step: float) -> ChannelRows:
        """Add `step` times other rows, e.g. derivatives by a predictor."""
        Z = tuple([own + step * other for own, other in zip(self.Z, by.Z, strict=True)])
        return replace(self, L=self.L + step * by.L, offset=self.offset + step * by.offset, Z=Z)


def grid_rows(fit: Fit, grid: ReferenceGrid, weights: str = "equal") -> ChannelRows:
    """Average the rows of a grid over its averaged variables, in every linear predictor.

    Parameters
    ----------
    fit : a generalized fit.
    grid : m combinations.
    weights : as of `marginal_rows`.

    Returns
    -------
    `ChannelRows` (m rows). Random columns are averaged likewise; a predictor that is in the random
    part only is held at its mean over the rows of the fit.
    """
    recipe = fit.design.recipe
    totals = totals_of(recipe, grid, weights)

    def averaged(part: Recipe) -> list[FloatArray]:
        return averaged_terms(part, grid, totals, weights)

    size = len(fit.design.fixed_names) + len(fit.design.extra_names)
    L = np.zeros((len(recipe.channels), grid.n_cells, size))
    offset = np.zeros(L.shape[:2])
    done: dict[TermPlan, list[FloatArray]] = {}
    for k, channel in enumerate(recipe.channels):
        for piece in channel.pieces:
            place = piece.first
            for plan in piece.plans:
                if plan not in done:
                    done[plan] = averaged(only_plan(recipe, plan))
                for column in done[plan]:
                    L[k, :, place] += piece.factor * column
                    place += piece.step
        for expression in channel.offsets:
            part = replace(recipe, fixed=(), fixed_sizes=(), channels=(), offsets=(expression,))
            offset[k] += averaged(part)[0]
    names = {profile.name for profile in recipe.profiles}
    Z = []
    for own, block in zip(recipe.blocks, fit.design.rows.blocks, strict=True):
        columns = _random_columns(fit, own, block, names, grid.n_cells, averaged)
        Z.append(np.column_stack(columns) * _membership(block))
    return ChannelRows(L, offset, tuple(Z), entered_by(fit.design.rows.blocks))


def encoded_rows(
    channels: Sequence[Channel], blocks: Sequence[RandomBlock], size: int, n_rows: int
) -> ChannelRows:
    """Write encoded rows as dense ones.

    Parameters
    ----------
    channels : K linear predictors of N rows.
    blocks : random effects of the same rows.
    size : coefficients (p + m).
    n_rows : N.

    Returns
    -------
    `ChannelRows`.
    """
    L = np.zeros((len(channels), n_rows, size))
    offset = np.zeros((len(channels), n_rows))
    for k, channel in enumerate(channels):
        for column in channel.columns:
            L[k, :, column.coefficient] += column.factor * column.values
        if channel.offset is not None:
            offset[k] = channel.offset
    Z = [
        np.column_stack([np.broadcast_to(c, n_rows) for c in block.columns]) * _membership(block)
        for block in blocks
    ]
    return ChannelRows(L, offset, tuple(Z), entered_by(blocks))


def rows_of(
    channels: Sequence[Channel], blocks: Sequence[RandomBlock], part: slice
) -> tuple[list[Channel], list[RandomBlock]]:
    """Take some of the rows of channels and random columns; groups are left as they are."""
    some = [
        Channel(
            channel.name,
            tuple([replace(column, values=column.values[part]) for column in channel.columns]),
            None if channel.offset is None else channel.offset[part],
        )
        for channel in channels
    ]
    cut = [replace(b, columns=tuple([column[part] for column in b.columns])) for b in blocks]
    return some, cut


def entered_by(blocks: Sequence[RandomBlock]) -> tuple[tuple[int, ...], ...]:
    """Say which linear predictor each random column enters, by block."""
    return tuple([block.channels or (0,) * block.n_columns for block in blocks])


def only_plan(recipe: Recipe, plan: TermPlan) -> Recipe:
    """Leave one term of a recipe."""
    return replace(recipe, fixed=(plan,), fixed_sizes=(1,), offsets=(), channels=())


def _random_columns(
    fit: Fit,
    own: BlockRecipe,
    block: RandomBlock,
    names: set[str],
    n_cells: int,
    averaged: object,
) -> list[FloatArray]:
    """Give the random columns (m,) of a block on the grid."""
    assert callable(averaged)
    columns: list[FloatArray] = []
    for term in own.terms:
        for _ in term.sections:
            for plan in term.plans:
                nodes = variables_of(tuple([part.expression for part in plan.parts]))
                if {variable_name(node) for node in nodes} <= names:
                    columns += averaged(only_plan(fit.design.recipe, plan))
                    continue
                columns.append(np.full(n_cells, block.columns[len(columns)].mean()))
    return columns


def _membership(block: RandomBlock) -> float:
    """Spread of a row's random effects relative to one group: memberships share it."""
    if all(member.weights is None for member in block.memberships):
        return float(np.sqrt(len(block.memberships)))
    squares = [
        1.0 if member.weights is None else float(np.mean(np.square(member.weights)))
        for member in block.memberships
    ]
    return float(np.sqrt(np.sum(squares)))
