"""Correlation matrices with few parameters, their Cholesky factors, and derivatives.

Room: design/. Pure arithmetic; serves the structures that are not linear in theta.
Takes: correlation parameters (m,), each inside its own interval.
Gives: Cholesky factors (r, r) of correlation matrices, and derivatives (m, r, r).
Source: Murray (2016), arXiv:1602.07527, section 3 (forward differentiation of Cholesky);
    Barndorff-Nielsen & Schou (1973) for partial correlations of a Toeplitz matrix.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from echelon._types import FloatArray, IndexArray

MARGIN = 1e-10  # how near a correlation may come to the edge of the positive definite ones


def exchangeable(size: int, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
    """One correlation for every pair: the factor (r, r) and its derivative (1, r, r)."""
    off = 1.0 - np.eye(size)
    return cholesky(np.eye(size) + parameters[0] * off, off[None])


def autoregressive(size: int, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Correlation rho^|i - j|: the factor (r, r) and its derivative (1, r, r)."""
    rho, gap = parameters[0], _gaps(size)
    slope = np.where(gap > 0, gap * rho ** np.maximum(gap - 1, 0), 0.0)
    return cholesky(rho**gap, slope[None])


def banded(size: int, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
    """One correlation per distance |i - j|: the factor (r, r) and derivatives (r - 1, r, r).

    The parameters are the r - 1 partial correlations: every point of (-1, 1)^(r - 1) gives a
    positive definite matrix, which does not hold for the correlations themselves. With row k of
    A the prediction of value k from those before, A C A' = D, so the factor is A^-1 D^(1/2); the
    matrix itself is never formed, and its edge never crossed by rounding.
    """
    unit, d_unit = _predictions(size, parameters)
    spread = np.sqrt(np.concatenate([[1.0], np.cumprod(1.0 - parameters**2)]))
    inverse = np.tril(np.linalg.inv(unit))
    rate = -parameters / (1.0 - parameters**2)
    d_spread = np.tril(np.ones((size, size)))[:, 1:].T * rate[:, None] * spread
    slopes = inverse * d_spread[:, None, :] - (inverse @ d_unit @ inverse) * spread
    return inverse * spread, slopes


def _predictions(size: int, partial: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rows of A (r, r) by the Durbin-Levinson recursion, and derivatives (r - 1, r, r).

    The coefficients phi of the k values before follow from those of the k - 1 before:
    phi - partial_k reversed(phi), then partial_k.
    """
    count = size - 1
    unit, slopes = np.eye(size), np.zeros((count, size, size))
    phi, d_phi = np.zeros(0), np.zeros((count, 0))
    for k in range(1, size):
        d_phi = d_phi - partial[k - 1] * d_phi[:, ::-1]
        d_phi[k - 1] -= phi[::-1]
        last = np.zeros((count, 1))
        last[k - 1] = 1.0
        d_phi = np.hstack([d_phi, last])
        phi = np.append(phi - partial[k - 1] * phi[::-1], partial[k - 1])
        unit[k, :k] = -phi[::-1]
        slopes[:, k, :k] = -d_phi[:, ::-1]
    return unit, slopes


@lru_cache(maxsize=64)
def _gaps(size: int) -> IndexArray:
    place = np.arange(size)
    gaps: IndexArray = np.abs(place[:, None] - place)
    return gaps


def cholesky(matrix: FloatArray, slopes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Factorise C = L L' and differentiate L.

    Parameters
    ----------
    matrix : (r, r), positive definite.
    slopes : (m, r, r), derivatives of the matrix.

    Returns
    -------
    L (r, r), lower triangular, and its derivatives (m, r, r): L Phi(L^-1 dC L^-T), where Phi
    keeps the lower triangle and halves the diagonal.
    """
    factor = np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)
    inner = np.asarray(np.linalg.solve(factor, slopes), dtype=np.float64)
    half = np.tril(np.linalg.solve(factor, inner.transpose(0, 2, 1)).astype(np.float64))
    size = len(matrix)
    half[:, range(size), range(size)] *= 0.5
    return factor, factor @ half
