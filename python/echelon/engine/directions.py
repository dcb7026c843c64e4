"""How the covariance of the response moves with each variance parameter.

Room: engine/. Works in Sigma, not in theta, so that a variance of zero is an ordinary point.
Takes: a fitted model.
Gives: `Directions`: working columns Z M, Sigma of each block in them, and dSigma of each parameter.
Source: docs/theory.md (15).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.design.structure import CovarianceStructure
from echelon.engine.coordinates import recentring
from echelon.engine.kernel import CrossProducts
from echelon.engine.theta import theta_map
from echelon.engine.workspace import Fitted


@dataclass(frozen=True, slots=True)
class Directions:
    """The parameters phi of V = sum_k Z_k Sigma_k Z_k' + sigma^2 W^-1, without sigma^2 itself.

    Columns are worked with as Z M, of mean square one and centred where the fit was: `products`
    are theirs, `Sigmas` (r, r) of each block in response units. `changes` holds (block, dSigma)
    of each parameter in those columns, `slopes` the same for the model's own columns.
    """

    products: CrossProducts
    Sigmas: tuple[FloatArray, ...]
    changes: tuple[tuple[int, FloatArray], ...]
    slopes: tuple[FloatArray, ...]


def directions(fit: Fitted) -> Directions:
    """List the variance parameters of a fit as directions of Sigma.

    An unrestricted covariance has its r (r + 1) / 2 variances and covariances, a diagonal one its
    variances. A structure that is not linear in its parameters (hcs, ar1, toep) is replaced by its
    tangent at the estimates: first order, as in pbkrtest and SAS `kenwardroger(firstorder)`.
    """
    maps, products = _working(fit)
    mapping = theta_map(fit.design.rows.blocks)
    scale = fit.estimates.sigma
    factors = [
        scale * np.linalg.solve(M, Lambda)
        for M, Lambda in zip(maps, fit.estimates.Lambdas, strict=True)
    ]
    changes: list[tuple[int, FloatArray]] = []
    slopes: list[FloatArray] = []
    for place in mapping.places:
        r, inside = mapping.sizes[place.block], slice(place.start, place.stop)
        M = maps[place.block][inside, inside]
        theta = fit.estimates.theta[place.first : place.last]
        for change in _changes(place.structure, theta, scale, M):
            whole = np.zeros((2, r, r))
            whole[:, inside, inside] = change, M @ change @ M.T
            changes.append((place.block, whole[0]))
            slopes.append(whole[1])
    Sigmas = tuple(factor @ factor.T for factor in factors)
    return Directions(products, Sigmas, tuple(changes), tuple(slopes))


def _working(fit: Fitted) -> tuple[list[FloatArray], CrossProducts]:
    """Choose maps M (r, r) that centre and scale the random columns; give the sums of Z M."""
    grams = fit.crossprod.random_grams()
    blocks = fit.design.rows.blocks
    centring = recentring(blocks, grams) or [None] * len(blocks)
    maps = []
    for block, flat, gram in zip(blocks, centring, grams, strict=True):
        r = block.n_columns
        M = np.eye(r) if flat is None else np.reshape(flat, (r, r))
        size = np.sqrt(np.diagonal(M.T @ np.reshape(gram, (r, r)) @ M) / fit.estimates.n_obs)
        maps.append(M / np.where(size > 0, size, 1.0))
    if all(np.array_equal(M, np.eye(len(M))) for M in maps):
        return maps, fit.crossprod
    return maps, fit.crossprod.transformed([M.ravel().tolist() for M in maps])


def _changes(
    structure: CovarianceStructure, theta: FloatArray, scale: float, M: FloatArray
) -> list[FloatArray]:
    """Directions of one term's Sigma in working columns, (r, r) each."""
    if structure.is_unrestricted:
        return _triangle(structure.size)
    jacobian = structure.jacobian(theta)
    Lambda = structure.Lambda(theta)
    found: list[FloatArray] = []
    for slope in jacobian:
        half = slope @ Lambda.T
        change = scale**2 * (half + half.T)
        if structure.index is not None or not change.any():
            change = slope @ slope.T  # the variance, not the standard deviation, is the parameter
        inverse = np.asarray(np.linalg.inv(M), dtype=np.float64)
        found.append(inverse @ change @ inverse.T)
    return found


def _triangle(r: int) -> list[FloatArray]:
    """One symmetric unit matrix (r, r) per variance and covariance."""
    found = []
    for b in range(r):
        for a in range(b, r):
            unit = np.zeros((r, r))
            unit[a, b] = unit[b, a] = 1.0
            found.append(unit)
    return found
