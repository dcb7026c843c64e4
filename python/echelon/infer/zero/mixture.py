"""Mixtures of chi-squares: what a likelihood ratio follows where a variance is tested.

Room: infer/. Weights and tail probabilities; knows no model.
Takes: degrees of freedom, and the covariance of the estimates that are tested.
Gives: `Mixture`.
Source: docs/theory.md (18); Self & Liang (1987); Stram & Lee (1994); Shapiro (1985, 1988);
    Silvapulle & Sen (2005), sections 3.4 and 3.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.infer.distributions import distributions

MOST_ORTHANT = 8  # variances at once whose weights are counted over all faces of the cone
DRAWS = 40_000  # for four to `MOST_ORTHANT` variances; the generator is fixed
RAYS = 2_000  # of the edge of the cone of 2 x 2 covariance matrices


@dataclass(frozen=True, slots=True)
class Mixture:
    """A mixture of chi-squares, `weights` on `degrees` of freedom (0: a point at zero).

    `definition` says in a sentence where the weights come from.
    """

    weights: tuple[float, ...]
    degrees: tuple[int, ...]
    definition: str

    def p_value(self, statistic: float) -> float:
        """Probability of a statistic as large; 1 for a statistic of zero."""
        tails = [distributions.chi2_p_value(statistic, df) for df in self.degrees]
        return float(np.dot(self.weights, tails))

    def __str__(self) -> str:
        parts = [f"chi2({df})" for df in self.degrees]
        if len(parts) == 1:
            return parts[0]
        return " + ".join(f"{w:.3g} {part}" for w, part in zip(self.weights, parts, strict=True))


def plain(df: int, definition: str = "nothing tested is on a boundary") -> Mixture:
    """One chi-square: nothing that is tested lies on a boundary, or no mixture is known."""
    return Mixture((1.0,), (df,), definition)


def half_half(df: int) -> Mixture:
    """One variance tested, and df - 1 parameters with it that may have any sign."""
    others = "parameter" if df == 2 else "parameters"
    beside = "" if df == 1 else f" beside {df - 1} {others} of any sign"
    source = "Self & Liang 1987, case 5" if df == 1 else "Stram & Lee 1994"
    return Mixture((0.5, 0.5), (df - 1, df), f"one variance at zero{beside} ({source})")


def least_favourable(df: int) -> Mixture:
    """Bound for any convex cone of dimension df or less: its even weights add up to one half.

    Whatever the weights are, no mixture has more in its tail. Silvapulle & Sen, section 3.6.
    """
    return Mixture((0.5, 0.5), (df - 1, df), "upper bound for several variances at zero")


def mixed(weights: FloatArray, free: int, definition: str) -> Mixture:
    """Add `free` parameters of any sign to the weights (d + 1,) of a cone of dimension d."""
    kept = [k for k, weight in enumerate(weights) if weight > 0]
    return Mixture(
        tuple([float(weights[k]) for k in kept]), tuple([free + k for k in kept]), definition
    )


def binomial_weights(count: int) -> FloatArray:
    """Weights (count + 1,) for variances whose estimates are uncorrelated."""
    weights = np.ones(1)
    for _ in range(count):
        weights = np.convolve(weights, [0.5, 0.5])
    return weights


def orthant_weights(covariance: FloatArray) -> FloatArray:
    """Weights (k + 1,) for k variances, from the covariance (k, k) of their estimates.

    weight j is the probability that exactly j coordinates of the projection of N(0, covariance)
    onto the positive orthant are positive. Closed for three or fewer, otherwise counted.
    """
    k = len(covariance)
    scale = np.sqrt(np.diagonal(covariance))
    R = covariance / np.outer(scale, scale)
    if k == 1:
        return np.array([0.5, 0.5])
    if k == 2:
        top = 0.25 + np.arcsin(R[0, 1]) / (2 * np.pi)
        return np.array([0.5 - top, 0.5, top])
    if k == 3:
        return _three(R)
    return _counted(R)


def psd_weights(covariance: FloatArray) -> FloatArray:
    """Weights (4,) for a 2 x 2 covariance matrix that is zero when nothing varies.

    `covariance` (3, 3) is that of the estimates of (a, b, c) in [[a, b], [b, c]], b counted once.
    In three dimensions the second weight is the length of the curve that the cone cuts from the
    unit sphere, over 4 pi; the first that of the polar cone; even and odd weights add up to 1/2.
    """
    angle = np.linspace(0, 2 * np.pi, RAYS + 1)
    along, across = 1 + np.cos(angle), 1 - np.cos(angle)
    edge = np.column_stack([along, np.sin(angle), across])  # a c = b^2
    precision = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
    two = _length(edge, precision) / (4 * np.pi)
    polar = edge * [1, 2, 1]  # <A, B> = trace(A B) counts the off-diagonal twice
    one = _length(polar, covariance) / (4 * np.pi)
    weights: FloatArray = np.clip([0.5 - two, one, two, 0.5 - one], 0.0, 0.5)
    return weights


def _length(rays: FloatArray, metric: FloatArray) -> float:
    """Length of a closed curve of rays (m, 3) on the unit sphere of a metric (3, 3)."""
    points = rays @ np.linalg.cholesky(metric)
    points /= np.linalg.norm(points, axis=1)[:, None]
    chords = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return float((2 * np.arcsin(np.minimum(chords / 2, 1.0))).sum())


def _three(R: FloatArray) -> FloatArray:
    """Weights (4,) from correlations and partial correlations. Shapiro (1985)."""
    pairs = ((0, 1, 2), (0, 2, 1), (1, 2, 0))
    partial = [
        (R[i, j] - R[i, k] * R[j, k]) / np.sqrt((1 - R[i, k] ** 2) * (1 - R[j, k] ** 2))
        for i, j, k in pairs
    ]
    three = (2 * np.pi - sum(np.arccos(R[i, j]) for i, j, _ in pairs)) / (4 * np.pi)
    two = (3 * np.pi - np.arccos(np.clip(partial, -1, 1)).sum()) / (4 * np.pi)
    weights: FloatArray = np.clip([0.5 - two, 0.5 - three, two, three], 0.0, 0.5)
    return weights


def _counted(R: FloatArray) -> FloatArray:
    """Count, over draws of N(0, R), how many coordinates the projection keeps.

    The projection keeps the set S for which R_SS^-1-adjusted coordinates are positive and the
    multipliers of the rest are: (R^-1)_SS^-1 (R^-1 z)_S > 0 and what is left of R^-1 z <= 0.
    """
    k = len(R)
    precision = np.asarray(np.linalg.inv(R), dtype=np.float64)
    z = np.random.default_rng(18).standard_normal((DRAWS, k)) @ np.linalg.cholesky(R).T
    score = z @ precision
    counts = np.zeros(k + 1)
    for size in range(k + 1):
        for chosen in combinations(range(k), size):
            counts[size] += _is_face(score, precision, chosen).sum()
    weights: FloatArray = counts / counts.sum()
    return weights


def _is_face(score: FloatArray, precision: FloatArray, chosen: Sequence[int]) -> NDArray[np.bool_]:
    """Mark the draws (m,) whose projection has exactly the `chosen` coordinates positive."""
    inside = list(chosen)
    rest = [i for i in range(len(precision)) if i not in inside]
    kept = np.linalg.solve(precision[np.ix_(inside, inside)], score[:, inside].T).T
    multiplier = score[:, rest] - kept @ precision[np.ix_(inside, rest)]
    return np.asarray(np.hstack([kept > 0, multiplier <= 0]).all(axis=1), dtype=np.bool_)
