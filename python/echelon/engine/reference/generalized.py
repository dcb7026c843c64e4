"""Generalized models in plain dense NumPy: slow, short, and written to be read.

Room: engine/reference/. The second method: knows nothing of the core, of sparsity or of jets.
Takes: a `Design`, an `Observation`, coefficients and templates; a few thousand rows at most.
Gives: `DenseModes` with -2 log likelihood by Laplace; `DenseModel` for other integrals.
Source: docs/theory.md (25); Tierney & Kadane (1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Channel, Design, RandomBlock
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.engine.reference.gaussian import logdet, n_random, places

MAX_STEPS = 200  # of Newton's method
CLOSE = 1e-18  # share of the objective by which a last step would still lower it
NOISE = 1e-12  # rounding of the objective, as a share; a step may raise it by that much

# Central differences of order 8: weights of f(x + kh) -+ f(x - kh), k = 1 to 4.
FIRST = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])
SECOND = np.array([8 / 5, -1 / 5, 8 / 315, -1 / 560])
STEPS = 3.0 ** np.arange(3, -8, -1)  # tried for every row, in units of the linear predictor


@dataclass(frozen=True, slots=True)
class DenseModes:
    """The most probable random effects at given parameters, and the curvature there.

    `objective` is -2 log likelihood by Laplace. `u` (q,) and `b` = Lambda u (q,) are ordered by
    block, then group, then column; `eta` (K, n) are the linear predictors at the mode;
    `curvature` (q, q) is the Hessian of half the penalised deviance by u; `conditional_cov`
    (q, q) that of b given y and the parameters, Lambda curvature^-1 Lambda'.
    """

    objective: float
    u: FloatArray
    b: FloatArray
    eta: FloatArray
    curvature: FloatArray
    conditional_cov: FloatArray


def laplace_objective(
    design: Design,
    observation: Observation,
    beta: FloatArray,
    extra: FloatArray,
    Lambdas: tuple[FloatArray, ...],
) -> float:
    """Give -2 log likelihood by the Laplace approximation with observed curvature. Theory (25).

    Parameters
    ----------
    design : n rows with `channels`.
    observation : their density, with the same channels.
    beta, extra : coefficients (p,) and (m,) on the link scale; NaN (not estimated) counts as 0.
    Lambdas : one (r, r) template per block, on the link scale.
    """
    return conditional_modes(design, observation, beta, extra, Lambdas).objective


def conditional_modes(
    design: Design,
    observation: Observation,
    beta: FloatArray,
    extra: FloatArray,
    Lambdas: tuple[FloatArray, ...],
) -> DenseModes:
    """Find the most probable random effects by Newton's method with step halving.

    Minimises g(u) = -sum log f(y | eta) + u'u / 2 with eta = fixed + Z Lambda u from u = 0.
    """
    model = DenseModel(design, observation, beta, extra, Lambdas)
    u = np.zeros(n_random(design))
    value = model.penalised(u)
    for _ in range(MAX_STEPS):
        slope, curvature = model.derivatives(u)
        step = -_solve(curvature, slope)
        if -(slope @ step) <= CLOSE * (1 + abs(value)):
            u = u + step
            break
        u, value = model.lower(u, value, step, float(slope @ step))
    else:
        raise FloatingPointError(f"no mode after {MAX_STEPS} steps of Newton's method")
    curvature = model.derivatives(u)[1]
    covariance = model.Lambda @ np.linalg.inv(curvature) @ model.Lambda.T
    return DenseModes(
        2 * model.penalised(u) + logdet(curvature),
        u,
        model.Lambda @ u,
        model.eta(u),
        curvature,
        covariance,
    )


def linear_predictors(design: Design, beta: FloatArray, extra: FloatArray) -> FloatArray:
    """Add up the fixed part of every linear predictor, offsets included, (K, n)."""
    coefficients = np.nan_to_num(np.concatenate([beta, extra]))
    return np.array([_fixed_part(channel, coefficients, design) for channel in design.channels])


def row_derivatives(
    observation: Observation, rows: ResponseRows, eta: FloatArray, n_active: int
) -> tuple[FloatArray, FloatArray]:
    """Differentiate log f of every row by its first linear predictors: (A, n) and (A, A, n).

    Central differences of order 8; mixed derivatives from d2f(e_a + e_b) - d2f(e_a) - d2f(e_b).
    """
    n_channels, n = eta.shape
    axes = np.eye(n_channels)
    slopes, curvatures = np.empty((n_active, n)), np.empty((n_active, n_active, n))
    for a in range(n_active):
        slopes[a], curvatures[a, a] = _along(observation, rows, eta, axes[a])
    for a in range(n_active):
        for b in range(a):
            both = _along(observation, rows, eta, axes[a] + axes[b])[1]
            mixed = (both - curvatures[a, a] - curvatures[b, b]) / 2
            curvatures[a, b] = curvatures[b, a] = mixed
    return slopes, curvatures


class DenseModel:
    """A model at fixed parameters: everything in full, as a function of u alone."""

    def __init__(
        self,
        design: Design,
        observation: Observation,
        beta: FloatArray,
        extra: FloatArray,
        Lambdas: tuple[FloatArray, ...],
    ) -> None:
        self.observation = observation
        self.rows = ResponseRows(design.y, design.trials, design.weights)
        self.fixed = linear_predictors(design, beta, extra)
        self.Lambda = np.zeros((n_random(design), n_random(design)))
        for (block, at), template in zip(places(design), Lambdas, strict=True):
            self.Lambda[at, at] = np.kron(np.eye(block.n_groups), template)
        self.U = channel_Z(design) @ self.Lambda  # (A, n, q)

    def eta(self, u: FloatArray) -> FloatArray:
        """Linear predictors (K, n)."""
        eta = self.fixed.copy()
        eta[: len(self.U)] += self.U @ u
        return eta

    def log_density(self, u: FloatArray) -> FloatArray:
        """Log density of every row (n,)."""
        with np.errstate(all="ignore"):
            return self.observation.log_density(self.rows, self.eta(u))

    def penalised(self, u: FloatArray) -> float:
        """Give g(u); infinite where the density is not defined."""
        value = float(u @ u / 2 - self.log_density(u).sum())
        return value if np.isfinite(value) else np.inf

    def derivatives(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Gradient (q,) and Hessian (q, q) of g."""
        slopes, curvatures = row_derivatives(self.observation, self.rows, self.eta(u), len(self.U))
        gradient = u - np.einsum("anq,an->q", self.U, slopes)
        hessian = np.eye(len(u))
        for a, U in enumerate(self.U):
            for b, V in enumerate(self.U):
                hessian -= U.T @ (curvatures[a, b][:, None] * V)
        return gradient, hessian

    def lower(
        self, u: FloatArray, value: float, step: FloatArray, slope: float
    ) -> tuple[FloatArray, float]:
        """Halve the step until g falls."""
        for halvings in range(60):
            share = 0.5**halvings
            lower = self.penalised(u + share * step)
            if lower <= value + 1e-4 * share * slope + NOISE * (1 + abs(value)):
                return u + share * step, lower
        raise FloatingPointError("the penalised deviance does not fall along Newton's step")


def channel_Z(design: Design) -> FloatArray:
    """Form Z of every linear predictor with random effects, (A, n, q)."""
    entered = [channel for block in design.rows.blocks for channel in _channels(block)]
    Z = np.zeros((max(entered, default=-1) + 1, design.n_obs, n_random(design)))
    rows = np.arange(design.n_obs)
    for block, where in places(design):
        for member in block.memberships:
            share = 1.0 if member.weights is None else member.weights
            for c, (column, channel) in enumerate(
                zip(block.columns, _channels(block), strict=True)
            ):
                at = where.start + member.codes * block.n_columns + c
                np.add.at(Z[channel], (rows, at), share * column)
    return Z


def _channels(block: RandomBlock) -> tuple[int, ...]:
    return block.channels or (0,) * block.n_columns


def _fixed_part(channel: Channel, coefficients: FloatArray, design: Design) -> FloatArray:
    total = np.zeros(design.n_obs) if channel.offset is None else channel.offset.copy()
    for column in channel.columns:
        total += column.factor * coefficients[column.coefficient] * column.values
    return total


def _along(
    observation: Observation, rows: ResponseRows, eta: FloatArray, direction: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """First and second derivative of log f along a direction (K,), (n,) each."""
    moves = np.multiply.outer(STEPS, [0, 1, 2, 3, 4, -1, -2, -3, -4])  # (steps, 9)
    copies, (n_channels, n) = moves.size, eta.shape
    moved = eta[:, None, :] + np.multiply.outer(direction, moves.ravel())[:, :, None]
    many = ResponseRows(
        np.tile(rows.y, copies), _tiled(rows.trials, copies), _tiled(rows.weights, copies)
    )
    with np.errstate(all="ignore"):
        values = observation.log_density(many, moved.reshape(n_channels, copies * n))
        f = values.reshape(len(STEPS), 9, n)
        ahead, behind = f[:, 1:5] - f[:, :1], f[:, 5:] - f[:, :1]
        firsts = np.einsum("k,skn->sn", FIRST, ahead - behind) / STEPS[:, None]
        seconds = np.einsum("k,skn->sn", SECOND, ahead + behind) / STEPS[:, None] ** 2
        return _steadiest(firsts), _steadiest(seconds)


def _tiled(values: FloatArray | None, copies: int) -> FloatArray | None:
    return None if values is None else np.tile(values, copies)


def _steadiest(values: FloatArray) -> FloatArray:
    """Choose for every row the step whose neighbours agree best: values (steps, n) to (n,)."""
    apart = np.abs(np.diff(values, axis=0))
    doubt = apart[:-1] + apart[1:]
    best = np.argmin(np.where(np.isfinite(doubt), doubt, np.inf), axis=0) + 1
    chosen: FloatArray = np.take_along_axis(values, best[None], axis=0)[0]
    return chosen


def _solve(curvature: FloatArray, slope: FloatArray) -> FloatArray:
    """Solve with the curvature, made positive where it is not (far from the mode)."""
    try:
        np.linalg.cholesky(curvature)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(curvature)
        values = np.maximum(np.abs(values), 1e-6 * np.abs(values).max())
        return np.asarray(vectors @ ((vectors.T @ slope) / values))
    return np.asarray(np.linalg.solve(curvature, slope))
