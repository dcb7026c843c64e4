"""Averages over random effects: what the population of groups has in common.

Room: infer/. Integrates; knows no model.
Takes: a function of linear predictors, their fixed parts, and the covariance of the random parts.
Gives: `population_average`.
Source: docs/theory.md (28); Trefethen & Weideman (2014), SIAM Review 56, for the trapezoidal rule;
    Zeger, Liang & Albert (1988) for the closed forms.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import link_of, log_below

REACH = 8.5  # standard deviations that the rule covers: beyond it is 2e-17
FINEST, COARSEST = 0.4, 0.35  # node distance: in units of the linear predictor, and of its sd
MOST_NODES = 2001
POINTS = {2: 61, 3: 25}  # per dimension of the product rules
PRODUCT_REACH = {1: REACH, 2: 8.0, 3: 6.5}
MANY_POINTS = 16_384  # of the lattice in four dimensions and more
AT_ONCE = 2_000_000  # linear predictors evaluated together
CLOSED = ("identity", "log", "probit", "sqrt")

Function = Callable[[FloatArray], FloatArray]


def closed_average(link: str, eta: FloatArray, variance: FloatArray) -> FloatArray:
    """Average the inverse of a link that has a closed form, (N,).

    Parameters
    ----------
    link : one of `CLOSED`.
    eta, variance : fixed part and variance of the random part, (N,) each.
    """
    match link:
        case "log":
            return np.asarray(np.exp(eta + variance / 2))
        case "sqrt":
            return np.asarray(eta**2 + variance)
        case "probit":
            from_population = eta / np.sqrt(1.0 + variance)
            return np.asarray(_normal_cdf(from_population))
    return eta


def population_average(function: Function, eta: FloatArray, W: FloatArray) -> FloatArray:
    """Average a function of linear predictors over normal random parts of the first A of them.

    One dimension takes the trapezoidal rule over 8.5 standard deviations, whose error falls
    exponentially as its nodes get closer than the function bends; two and three a product of it,
    more a lattice, which is good to three digits.

    Parameters
    ----------
    function : (K, N) -> (T, N), each row by itself.
    eta : fixed parts (K, N).
    W : covariances of the random parts (N, A, A); A = 0 for none.

    Returns
    -------
    (T, N).
    """
    A = W.shape[1]
    if A == 0 or not W.any():
        return function(eta)
    roots = _roots(W)
    nodes, weights = _rule(roots)
    total: FloatArray | None = None
    per = max(1, AT_ONCE // max(eta.size, 1))
    n_rows = eta.shape[1]
    for start in range(0, len(nodes), per):
        some = nodes[start : start + per]
        shifted = np.repeat(eta[:, None, :], len(some), axis=1)
        shifted[:A] += np.einsum("nad,sd->asn", roots, some)
        found = function(shifted.reshape(len(eta), -1))
        part = np.tensordot(
            weights[start : start + per], found.reshape(-1, len(some), n_rows), axes=(0, 1)
        )
        total = part if total is None else total + part
    assert total is not None
    return total


def _roots(W: FloatArray) -> FloatArray:
    """Symmetric square roots (N, A, A), without the columns of A = 1."""
    if W.shape[1] == 1:
        return np.asarray(np.sqrt(np.maximum(W, 0.0)))
    values, vectors = np.linalg.eigh(W)
    roots = np.sqrt(np.maximum(values, 0.0))
    return np.asarray((vectors * roots[:, None, :]) @ vectors.transpose(0, 2, 1))


def _rule(roots: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nodes (s, A) of standard normal variables and their weights (s,)."""
    A = roots.shape[1]
    if max(POINTS) < A:
        return _lattice(A)
    if A == 1:
        largest = float(roots.max())
        step = min(COARSEST, FINEST / largest) if largest > 0 else COARSEST
        count = min(int(2 * REACH / step) | 1, MOST_NODES)
    else:
        count = POINTS[A]
    line = np.linspace(-PRODUCT_REACH[A], PRODUCT_REACH[A], count)
    weights = np.exp(-0.5 * line**2)
    weights /= weights.sum()
    nodes = np.array(list(itertools.product(line, repeat=A)))
    products = np.array([float(np.prod(w)) for w in itertools.product(weights, repeat=A)])
    return nodes, products


def _lattice(A: int) -> tuple[FloatArray, FloatArray]:
    """Points of the rank-1 lattice of the generalized golden ratio, each with its mirror image."""
    ratio = 2.0
    for _ in range(60):
        ratio = (1.0 + ratio) ** (1.0 / (A + 1))
    slopes = (1.0 / ratio) ** np.arange(1, A + 1)
    places = (0.5 + np.outer(np.arange(1, MANY_POINTS // 2 + 1), slopes)) % 1.0
    nodes = _normal_quantile(places)
    both = np.concatenate([nodes, -nodes])
    return both, np.full(len(both), 1.0 / len(both))


def _normal_cdf(x: FloatArray) -> FloatArray:
    return np.asarray(np.exp(log_below("probit", x)))


def _normal_quantile(p: FloatArray) -> FloatArray:
    return link_of("probit", p)
