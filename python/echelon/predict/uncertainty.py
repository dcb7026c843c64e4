"""How uncertain the linear predictors of a generalized model are.

Room: predict. Combines covariances; knows no family.
Takes: a `Fit` and a `Target`.
Gives: `Uncertainty`: variances of combinations of the linear predictors of every row.
Source: docs/theory.md (25): the variance of x'beta + z'b with that of the estimates.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Membership, RandomBlock
from echelon.engine.generalized.fitted import generalized_at
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from echelon.engine.theta import theta_map
from echelon.fit import Fit, design_with_rows
from echelon.predict.target import Target, new_share

STEP = 1e-4  # of central differences by theta, over the larger of 1 and theta


class Uncertainty:
    """Variances of d'eta, with eta the K linear predictors of a row and d given.

    For known groups (x + S'z)' C (x + S'z) + z' V z: C is the covariance of the coefficients and
    of theta, V that of the modes given them, S the derivative of the modes by them (x is zero
    for theta). On a boundary theta is held. A new
    group adds z' Lambda Lambda' z, unless its effects are averaged.
    """

    __slots__ = ("_at", "_conditional", "_cov", "_fit", "_known", "_target", "_with_new_groups")

    def __init__(self, fit: Fit, target: Target, with_new_groups: bool = True) -> None:
        found = fit.estimates.generalized
        assert found is not None
        coefficients = np.concatenate([fit.estimates.beta, found.extra])
        lost = np.append(np.isnan(coefficients), fit.estimates.theta == 0.0)
        self._cov = np.where(np.logical_or.outer(lost, lost), 0.0, found.joint_cov)
        self._fit, self._target, self._with_new_groups = fit, target, with_new_groups
        self._known = [
            (place, position)
            for place, position in enumerate(target.positions)
            if any((m.codes >= 0).any() for m in target.rows.blocks[place].memberships)
        ]
        self._at: tuple[GeneralizedWorkspace, FloatArray] | None = None
        self._conditional: list[tuple[FloatArray, FloatArray]] = []
        if self._known:
            design_with_rows(fit, "predict() with an interval for known groups")
            workspace, at = self._at = generalized_at(fit)
            conditional = workspace.conditional(at, fit.estimates.Lambdas)
            by_theta = _theta_slopes(fit, workspace, at)
            self._conditional = [
                (covariances, np.concatenate([slopes, more], axis=2))
                for (covariances, slopes), more in zip(conditional, by_theta, strict=True)
            ]

    def variances(self, directions: FloatArray) -> FloatArray:
        """Variance (n,) of sum_k directions[k] eta[k], directions (K, n)."""
        target, templates = self._target, self._fit.estimates.Lambdas
        slopes = self._fixed_slopes(directions)
        total = np.zeros(target.rows.n_obs)
        for place, position in enumerate(target.positions):
            block = target.rows.blocks[place]
            if not self._with_new_groups:
                continue
            spread = np.square(along(block, directions) @ templates[position]).sum(axis=1)
            total += new_share(block, target.coinciding.get(position)) * spread
        for place, position in self._known:
            block, of_group = target.rows.blocks[place], self._conditional[position][1]
            own = along(block, directions)
            for member in block.memberships:
                z = _weighted(own, member)
                slopes += np.einsum("nr,nrp->np", z, of_group[np.maximum(member.codes, 0)])
        if self._known:
            total += self._given_coefficients(directions)
        total += np.einsum("np,pq,nq->n", slopes, self._cov, slopes, optimize=True)
        return np.maximum(total, 0.0)  # rounding

    def _fixed_slopes(self, directions: FloatArray) -> FloatArray:
        """Differentiate d'eta by the coefficients (and theta), modes held: (n, p + m + k)."""
        slopes = np.zeros((self._target.rows.n_obs, len(self._cov)))
        for d, channel in zip(directions, self._target.channels, strict=True):
            for column in channel.columns:
                slopes[:, column.coefficient] += column.factor * column.values * d
        return slopes

    def _given_coefficients(self, directions: FloatArray) -> FloatArray:
        """Conditional variance (n,) of d'Zb for the known groups."""
        blocks = self._target.rows.blocks
        if len(self._known) == 1 and len(blocks[self._known[0][0]].memberships) == 1:
            ((place, position),) = self._known
            (member,) = blocks[place].memberships
            z = _weighted(along(blocks[place], directions), member)
            of_rows = self._conditional[position][0][np.maximum(member.codes, 0)]
            return np.asarray(np.einsum("nr,nrs,ns->n", z, of_rows, z))
        rows: list[list[tuple[int, int, list[float]]]] = [[] for _ in range(directions.shape[1])]
        for place, position in self._known:
            own = along(blocks[place], directions)
            for member in blocks[place].memberships:
                z = _weighted(own, member)
                for i in np.flatnonzero(member.codes >= 0).tolist():
                    rows[i].append((position, int(member.codes[i]), z[i].tolist()))
        assert self._at is not None
        workspace, at = self._at
        return workspace.variances(at, self._fit.estimates.Lambdas, rows)


def _theta_slopes(fit: Fit, workspace: GeneralizedWorkspace, at: FloatArray) -> list[FloatArray]:
    """Differentiate the modes by theta, (J, r, k) per block; zero where theta is held."""
    blocks, theta = fit.design.rows.blocks, fit.estimates.theta
    mapping = theta_map(blocks)
    slopes = [np.zeros((block.n_groups, block.n_columns, len(theta))) for block in blocks]
    for i in np.flatnonzero(theta).tolist():
        step = np.zeros_like(theta)
        step[i] = STEP * max(1.0, abs(theta[i]))
        ends = [_modes_at(workspace, at, mapping.Lambdas(theta + s)) for s in (step, -step)]
        for block, up, down in zip(slopes, *ends, strict=True):
            block[:, :, i] = (up - down) / (2 * step[i])
    workspace.objective(at, fit.estimates.Lambdas)
    return slopes


def _modes_at(
    workspace: GeneralizedWorkspace, at: FloatArray, templates: tuple[FloatArray, ...]
) -> list[FloatArray]:
    workspace.objective(at, templates)
    return [u @ template.T for u, template in zip(workspace.modes(), templates, strict=True)]


def along(block: RandomBlock, directions: FloatArray) -> FloatArray:
    """Columns of a block (n, r), each times the direction of its channel."""
    channels = block.channels or (0,) * block.n_columns
    columns = [c * directions[k] for c, k in zip(block.columns, channels, strict=True)]
    return np.column_stack(columns)


def _weighted(columns: FloatArray, member: Membership) -> FloatArray:
    """Columns (n, r) times the weight of a membership; zero in the rows of new groups."""
    weights = (member.codes >= 0).astype(float)
    if member.weights is not None:
        weights = weights * member.weights
    return np.asarray(columns * weights[:, None])
