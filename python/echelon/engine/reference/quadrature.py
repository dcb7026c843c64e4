"""Integrals over the random effects by quadrature, in plain dense NumPy: truth for tests.

Room: engine/reference/. The second method: adaptive for one factor, brute force for two nested.
Takes: a `Design`, an `Observation`, coefficients, templates and the number of points.
Gives: -2 log likelihood.
Source: docs/theory.md (26); Pinheiro & Bates (1995), section 2.4; Liu & Pierce (1994).
"""

from __future__ import annotations

from itertools import product

import numpy as np

from echelon._types import CodeArray, FloatArray
from echelon.design.parts import Design
from echelon.engine.observation.model import Observation
from echelon.engine.reference.generalized import DenseModel, conditional_modes


def quadrature_objective(
    design: Design,
    observation: Observation,
    beta: FloatArray,
    extra: FloatArray,
    Lambdas: tuple[FloatArray, ...],
    n_points: int,
) -> float:
    """Give -2 log likelihood by adaptive Gauss-Hermite quadrature, one grouping factor.

    Each group has its own nodes u_hat + C z, with C C' the inverse of its curvature and
    C = L^-T, z a product grid: n_points^r nodes. One point is Laplace. Theory (26).
    """
    codes = _only_codes(design)
    model = DenseModel(design, observation, beta, extra, Lambdas)
    at = conditional_modes(design, observation, beta, extra, Lambdas)
    J, r = design.rows.blocks[0].n_groups, design.rows.blocks[0].n_columns
    modes = at.u.reshape(J, r)
    factors = np.linalg.cholesky(
        np.stack([at.curvature[j * r : (j + 1) * r, j * r : (j + 1) * r] for j in range(J)])
    )
    spread = np.linalg.inv(factors).transpose(0, 2, 1)  # L^-T, (J, r, r)
    z, log_weight = normal_nodes(n_points)
    pieces = []
    for node in product(range(n_points), repeat=r):
        here = z[list(node)]
        u = modes + spread @ here
        inside = np.bincount(codes, model.log_density(u.ravel()), J) - (u * u).sum(axis=1) / 2
        pieces.append(inside + here @ here / 2 + log_weight[list(node)].sum())
    log_det = 2 * np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
    return float(-2 * (_log_sum_exp(np.array(pieces)) - log_det / 2).sum())


def nested_quadrature_objective(
    design: Design,
    observation: Observation,
    beta: FloatArray,
    extra: FloatArray,
    Lambdas: tuple[FloatArray, ...],
    n_points: int,
) -> float:
    """Give -2 log likelihood of two nested factors, one random effect each, by brute force.

    Fixed Gauss-Hermite nodes of the standard normal for both, nothing adaptive: the inner
    integral of every inner group at every outer node. Needs many points where groups are large.
    """
    inner, outer = _nested(design)
    model = DenseModel(design, observation, beta, extra, Lambdas)
    blocks = design.rows.blocks
    sizes = [block.n_groups for block in blocks]
    parent = np.zeros(sizes[inner], dtype=np.int64)
    parent[blocks[inner].memberships[0].codes] = blocks[outer].memberships[0].codes
    z, log_weight = normal_nodes(n_points)
    outside = []
    for z_outer, w_outer in zip(z, log_weight, strict=True):
        inside = []
        for z_inner, w_inner in zip(z, log_weight, strict=True):
            at = {inner: z_inner, outer: z_outer}
            u = np.concatenate([np.full(size, at[i]) for i, size in enumerate(sizes)])
            row = model.log_density(u)
            by_group = np.bincount(blocks[inner].memberships[0].codes, row, sizes[inner])
            inside.append(by_group + w_inner)
        each = _log_sum_exp(np.array(inside))
        outside.append(np.bincount(parent, each, sizes[outer]) + w_outer)
    return float(-2 * _log_sum_exp(np.array(outside)).sum())


def normal_nodes(n_points: int) -> tuple[FloatArray, FloatArray]:
    """Give Gauss-Hermite nodes and log weights for the standard normal density."""
    x, weights = np.polynomial.hermite_e.hermegauss(n_points)
    with np.errstate(divide="ignore"):  # outermost weights underflow beyond 300 points
        return x, np.log(weights) - np.log(2 * np.pi) / 2


def _log_sum_exp(pieces: FloatArray) -> FloatArray:
    top = pieces.max(axis=0)
    return np.asarray(top + np.log(np.exp(pieces - top).sum(axis=0)))


def _only_codes(design: Design) -> CodeArray:
    (block,) = design.rows.blocks
    (member,) = block.memberships
    assert member.weights is None, "a group per row"
    return member.codes


def _nested(design: Design) -> tuple[int, int]:
    """Say which of two blocks is inside the other."""
    first, second = design.rows.blocks
    assert first.n_columns == second.n_columns == 1, "one random effect per group"
    pairs = {*zip(*(b.memberships[0].codes.tolist() for b in (first, second)), strict=True)}
    inner = 0 if first.n_groups >= second.n_groups else 1
    assert len(pairs) == design.rows.blocks[inner].n_groups, "nested factors"
    return inner, 1 - inner
