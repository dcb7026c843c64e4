"""How a series of linear models goes from one expansion to the next.

Room: engine/quasi/. Speeds up what creeps, damps what swings; where the series ends is unchanged.
Takes: expansions, and those that the linear models made of them lead to.
Gives: `Steps`.
Source: docs/theory.md (27); Walker & Ni (2011), SIAM J. Numer. Anal. 49, 1715: Anderson's mixing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echelon._types import FloatArray
from echelon.engine.quasi.working import Expansion

MEMORY = 5  # steps remembered
GROWTH = 2.0  # of the distance still to go, from which memory misleads
LEAST_SHARE = 1.0 / 64.0


class Steps:
    """Remembers the last expansions, and where each of them led.

    A plain step replaces the expansion by where it leads. With a memory, the next expansion is the
    combination of the last ones that would have led nowhere else, were the map linear. A step
    that ends further from standing still than the one before halves the share of a step.
    """

    __slots__ = ("length", "limits", "places", "residuals", "share")

    def __init__(self, limits: tuple[float, float]) -> None:
        """Begin; `limits` are those of the linear predictor."""
        self.limits = limits
        self.places: list[FloatArray] = []
        self.residuals: list[FloatArray] = []
        self.length, self.share = np.inf, 1.0

    def next(self, at: Expansion, new: Expansion, weights: FloatArray) -> Expansion:
        """Choose the next expansion from where the last (`at`) led (`new`); weights (n,)."""
        if not at.spreads:  # the first step, or first order
            at = replace(new, eta=at.eta)
        place, residual = at.flat, new.flat - at.flat
        scale = np.tile(np.sqrt(weights), len(place) // len(weights))
        length = float(np.linalg.norm(scale * residual))
        if self._is_outside(new.eta):
            self.places, self.residuals = [], []
        elif length > GROWTH * self.length:
            self.places, self.residuals = [], []
            self.share = max(0.5 * self.share, LEAST_SHARE)
        self.length = length
        self.places = [*self.places[-MEMORY:], place]
        self.residuals = [*self.residuals[-MEMORY:], residual]
        step = self.share * residual - self._correction(residual, scale)
        eta_step = step[: len(weights)]
        return Expansion.from_flat(place + self._room(at.eta, eta_step) * step, len(weights))

    def _correction(self, residual: FloatArray, scale: FloatArray) -> FloatArray:
        """Find what the last steps say the plain step overshoots, or falls short."""
        if len(self.places) < 2:
            return np.zeros_like(residual)
        moved = np.diff(np.array(self.places), axis=0)
        changed = np.diff(np.array(self.residuals), axis=0)
        weight = np.linalg.lstsq((changed * scale).T, residual * scale, rcond=1e-8)[0]
        correction: FloatArray = weight @ (moved + self.share * changed)
        return correction

    def _is_outside(self, eta: FloatArray) -> bool:
        """Whether rows are held at the limits: nothing is to be learnt from such steps."""
        low, high = self.limits
        return bool((eta < low).any() or (eta > high).any())

    def _room(self, eta: FloatArray, step: FloatArray) -> float:
        """Shorten a step at whose end a mean would be outside its range."""
        low, high = self.limits
        if np.isfinite(high) or not np.isfinite(low):
            return 1.0
        falls = step < 0
        return float((0.9 * (eta - low)[falls] / -step[falls]).min(initial=1.0))
