"""Coordinates in which the criterion is easy to minimise; estimates do not depend on them.

Room: engine/. Changes the basis of Z and of theta, and back.
Takes: blocks, the sums Z'WZ, limits of theta.
Gives: `recentring` (maps M with Z' = Z M) and `Interior` (theta without limits on both sides).
Source: docs/theory.md (11).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import RandomBlock

INTERCEPT = "(Intercept)"
FAR = 4.0  # (mean / SD)^2 above which a slope's predictor is centred


def recentring(
    blocks: tuple[RandomBlock, ...], grams: list[list[float]]
) -> list[list[float] | None] | None:
    """Centre random slopes whose predictor is far from zero, where the structure allows it.

    With a calendar year as predictor, intercept and slope are correlated by nearly -1 and the
    criterion is a narrow valley in theta. An unrestricted covariance with an intercept is the
    same model for any origin of the predictor, so the valley can be straightened.

    Returns
    -------
    One flat (r, r) map or None per block; None when nothing is to be done.
    """
    maps: list[list[float] | None] = []
    for block, gram in zip(blocks, grams, strict=True):
        maps.append(_block_map(block, gram) if len(block.columns) > 1 else None)
    return maps if any(m is not None for m in maps) else None


def _block_map(block: RandomBlock, gram: list[float]) -> list[float] | None:
    r = len(block.columns)
    found: list[float] | None = None
    for term in block.terms:
        names = block.column_names[term.start : term.stop]
        if not term.structure.is_unrestricted or INTERCEPT not in names:
            continue
        one = term.start + names.index(INTERCEPT)
        rows = gram[one * r + one]
        for j in range(term.start, term.stop):
            mean = gram[one * r + j] / rows
            variance = gram[j * r + j] / rows - mean * mean
            if j != one and mean * mean > FAR * variance:
                if found is None:
                    found = np.eye(r).ravel().tolist()
                found[one * r + j] = -mean
    return found


def change_basis(Lambda: FloatArray, M: FloatArray) -> FloatArray:
    """Factor M Lambda Lambda' M' as a lower triangle (r, r) with a non-negative diagonal."""
    upper: FloatArray = np.linalg.qr((M @ Lambda).T)[1]
    return (upper * np.where(np.diagonal(upper) < 0, -1.0, 1.0)[:, None]).T


@dataclass(frozen=True, slots=True)
class Interior:
    """theta = middle + half sin(phi) where theta has two limits, theta = phi elsewhere.

    Smooth at the limits, so that a correlation of one is an interior point for the minimiser.
    """

    lower: FloatArray
    upper: FloatArray

    @property
    def is_two_sided(self) -> FloatArray:
        """1 where theta has two limits, 0 elsewhere."""
        return (np.isfinite(self.lower) & np.isfinite(self.upper)).astype(float)

    def _middle_and_half(self) -> tuple[FloatArray, FloatArray]:
        two = self.is_two_sided > 0
        low, high = np.where(two, self.lower, 0.0), np.where(two, self.upper, 0.0)
        return 0.5 * (low + high), 0.5 * (high - low)

    def theta(self, phi: FloatArray) -> FloatArray:
        """Return theta (k,) at inner coordinates phi."""
        middle, half = self._middle_and_half()
        return np.where(self.is_two_sided > 0, middle + half * np.sin(phi), phi)

    def phi(self, theta: FloatArray) -> FloatArray:
        """Return inner coordinates of theta (k,); a limit is moved inside by a little."""
        middle, half = self._middle_and_half()
        share = np.clip((theta - middle) / np.where(half > 0, half, 1.0), -0.999999, 0.999999)
        return np.where(self.is_two_sided > 0, np.arcsin(share), theta)

    def slope(self, phi: FloatArray) -> FloatArray:
        """Differentiate theta by phi (k,)."""
        _, half = self._middle_and_half()
        return np.where(self.is_two_sided > 0, half * np.cos(phi), 1.0)

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Return limits of phi: those of theta where only one side is limited."""
        two = self.is_two_sided > 0
        return np.where(two, -np.inf, self.lower), np.where(two, np.inf, self.upper)
