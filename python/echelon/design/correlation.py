"""Correlation matrices with few parameters, their Cholesky factors, and derivatives.

Room: design/. Pure arithmetic; serves the structures that are not linear in theta.
Takes: correlation parameters (m,), each inside its own interval.
Gives: correlation matrices (r, r), derivatives (m, r, r), differentiated Cholesky factors.
Source: Murray (2016), arXiv:1602.07527, section 3 (forward differentiation of Cholesky);
    Barndorff-Nielsen & Schou (1973) for partial correlations of a Toeplitz matrix.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from echelon._types import FloatArray, IndexArray

MARGIN = 1e-10  # how near a correlation may come to the edge of the positive definite ones


def exchangeable(size: int, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
    """One correlation for every pair: the matrix (r, r) and its derivative (1, r, r)."""
    off = 1.0 - np.eye(size)
    return np.eye(size) + parameters[0] * off, off[None]


def autoregressive(size: int, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Correlation rho^|i - j|: the matrix (r, r) and its derivative (1, r, r)."""
    rho, gap = parameters[0], _gaps(size)
    slope = np.where(gap > 0, gap * rho ** np.maximum(gap - 1, 0), 0.0)
    return rho**gap, slope[None]


def banded(size: int, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
    """One correlation per distance |i - j|, from the r - 1 partial correlations.

    Every point of (-1, 1)^(r - 1) gives a positive definite matrix, which does not hold for the
    correlations themselves. Returns the matrix (r, r) and derivatives (r - 1, r, r).
    """
    bands, slopes = band_correlations(parameters)
    gap = _gaps(size)
    return bands[gap], slopes[:, gap]


def band_correlations(partial: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Correlations at distances 0..m from the m partial ones, and derivatives (m, m + 1).

    The Durbin-Levinson recursion: with phi the regression of a value on the k - 1 between,
    rho_k = phi . rho_(k-1..1) + partial_k (1 - phi . rho_(1..k-1)).
    """
    m = len(partial)
    rho, slopes = np.zeros(m + 1), np.zeros((m, m + 1))
    rho[0] = 1.0
    phi, d_phi = np.zeros(0), np.zeros((m, 0))
    for k in range(1, m + 1):
        near, d_near = rho[1:k], slopes[:, 1:k]
        left = 1.0 - phi @ near
        d_left = -(d_phi @ near) - d_near @ phi
        rho[k] = phi @ near[::-1] + partial[k - 1] * left
        slopes[:, k] = d_phi @ near[::-1] + d_near[:, ::-1] @ phi + partial[k - 1] * d_left
        slopes[k - 1, k] += left
        d_next = d_phi - partial[k - 1] * d_phi[:, ::-1]
        d_next[k - 1] -= phi[::-1]
        phi = np.append(phi - partial[k - 1] * phi[::-1], partial[k - 1])
        d_last = np.zeros((m, 1))
        d_last[k - 1] = 1.0
        d_phi = np.hstack([d_next, d_last])
    return rho, slopes


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
