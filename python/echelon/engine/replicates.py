"""Refits of responses that a fitted model simulates, from cross-products alone.

Room: engine/. Draws and refits in the core, many at a time; reads no row.
Takes: a fitted model, and a seed per replicate.
Gives: `Replicates`, or the cross-products of one draw.
Source: docs/theory.md (20).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.engine.coordinates import Interior, recentring
from echelon.engine.kernel import CrossProducts, Sampler
from echelon.engine.theta import theta_map
from echelon.engine.workspace import Fitted


@dataclass(frozen=True, slots=True)
class Replicates:
    """Estimates of B replicates, a row each; NaN where a refit failed.

    `beta` and `std_error` (B, p) in response-per-predictor units, NaN where not estimated; `theta`
    (B, k) relative to sigma; `sigma` and `objective` (-2 log likelihood) (B,).
    """

    theta: FloatArray
    beta: FloatArray
    std_error: FloatArray
    sigma: FloatArray
    objective: FloatArray
    is_converged: NDArray[np.bool_]
    is_failed: NDArray[np.bool_]

    @staticmethod
    def joined(parts: list[Replicates]) -> Replicates:
        """Put batches one below the other."""
        names = Replicates.__slots__
        return Replicates(*(np.concatenate([getattr(part, n) for part in parts]) for n in names))


@dataclass(frozen=True, slots=True)
class Truth:
    """What responses are drawn from: beta (p,) raw, Lambdas (r, r) per block, sigma."""

    beta: FloatArray
    Lambdas: tuple[FloatArray, ...]
    sigma: float


class Simulation:
    """A model that is fitted to responses drawn from it, or from other values of its parameters."""

    def __init__(self, fit: Fitted, truth: Truth | None = None) -> None:
        """Draw from `truth` in the columns of the fit (None: its estimates), and refit the fit."""
        self.source = fit
        blocks = fit.design.rows.blocks
        self.mapping = theta_map(blocks)
        self.maps = recentring(blocks, fit.crossprod.random_grams())
        estimates, products = fit.estimates, fit.crossprod
        if truth is None:
            truth = Truth(estimates.beta, estimates.Lambdas, estimates.sigma)
        Lambdas = truth.Lambdas
        if self.maps is not None:
            products = products.transformed(self.maps)
            Lambdas = tuple(
                L if m is None else np.linalg.solve(np.reshape(m, L.shape), L)
                for m, L in zip(self.maps, Lambdas, strict=True)
            )
        self.products = products
        self.sampler = Sampler(products, Lambdas, truth.sigma, truth.beta, fit.design)

    def draw(self, seed: int) -> CrossProducts:
        """Cross-products of the source's rows with a simulated response."""
        return self.drawn(self.sampler.draw(seed))

    def drawn(self, products: CrossProducts) -> CrossProducts:
        """Bring a draw from the coordinates of the refits to the columns of the fit."""
        if self.maps is None:
            return products
        sizes = self.mapping.sizes
        back: list[list[float] | None] = [
            None if m is None else np.linalg.inv(np.reshape(m, (r, r))).ravel().tolist()
            for m, r in zip(self.maps, sizes, strict=True)
        ]
        return products.transformed(back)

    def refits(self, seeds: NDArray[np.uint64], threads: int | None = None) -> Replicates:
        """Refit the model to one draw per seed; None: as many threads as the fit's control says."""
        fit, mapping = self.source, self.mapping
        control = fit.spec.control
        rms = self.rms()
        starts = self._starts(rms)
        scale = mapping.scale(starts[0], rms)
        bounds, index, call = mapping.bounds(), mapping.index(), None
        if index is None:
            interior = Interior(*bounds)
            starts = [interior.phi(start) for start in starts]
            bounds, call = interior.bounds(), partial(mapping.computed, interior)
        found = self.sampler.refits(
            seeds.tolist(), fit.spec.method, control.path, starts, bounds, scale, rms,
            (control.max_evaluations, control.gradient_tolerance), index, call,
            control.threads if threads is None else threads,
        )  # fmt: skip
        B = len(seeds)
        theta = found["theta"].reshape(B, mapping.n_theta)
        if index is None:
            theta = Interior(*mapping.bounds()).theta(theta)
        if self.maps is not None:
            theta = np.array([mapping.rebased(row, self.maps, back=True) for row in theta])
        return Replicates(
            theta=theta.reshape(B, mapping.n_theta),
            beta=found["beta"].reshape(B, -1),
            std_error=found["std_error"].reshape(B, -1),
            sigma=found["sigma"],
            objective=found["objective"],
            is_converged=found["is_converged"],
            is_failed=found["is_failed"],
        )

    def rms(self) -> list[list[float]]:
        """Root mean square of the columns of Z in the coordinates of the refits, r per block."""
        return [
            np.sqrt(np.diagonal(np.reshape(gram, (r, r))) / self.source.estimates.n_obs).tolist()
            for gram, r in zip(self.products.random_grams(), self.mapping.sizes, strict=True)
        ]

    def _starts(self, rms: list[list[float]]) -> list[FloatArray]:
        """Start at the estimates (moments where they are singular), then far from any boundary.

        Structures that are not linear in theta can have several minima on their boundaries: a
        third start, from moments as in a fit, is tried where the first two end there.
        """
        if self.mapping.n_theta == 0:
            return [np.empty(0)]
        estimates = self.source.estimates
        first = estimates.theta
        if self.maps is not None:
            first = self.mapping.rebased(first, self.maps, back=False)
        moments = self.mapping.start(self.products.start_std_devs())
        if estimates.verdict.is_singular:
            first = moments
        far = self.mapping.start([[1.0 / size if size > 0 else 1.0 for size in r] for r in rms])
        if self.mapping.index() is not None or estimates.verdict.is_singular:
            return [first, far]
        return [first, far, moments]


def replicate_seeds(seed: int | None, n: int) -> NDArray[np.uint64]:
    """Seeds (n,) of the replicates: those of the first few are the same for any n."""
    return np.random.SeedSequence(seed).generate_state(n, np.uint64).astype(np.uint64)
