"""Refits of a model inside a larger one, from the larger one's cross-products.

Room: engine/. Maps theta of the smaller model to templates of the larger; reads no row.
Takes: the smaller model, and where its random terms lie in the columns of the larger.
Gives: `Restricted`: refits of draws, and the minimum at given cross-products.
Source: docs/theory.md (18) and (20): with Z_s = Z W the templates of Z are W Lambda_s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.engine.coordinates import Interior
from echelon.engine.estimates import Estimates
from echelon.engine.held import ABOVE_ZERO
from echelon.engine.kernel import CrossProducts, Workspace
from echelon.engine.replicates import Simulation
from echelon.engine.theta import theta_map
from echelon.engine.workspace import Fitted

WHOLE = 1e-9  # distance from 0 or 1 within which a weight is that number


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Where a random term of the smaller model lies: its columns are Z_block weights (R, r)."""

    block: int
    weights: FloatArray


class _Inside(NamedTuple):
    """A term in coordinates of the refits; `slot` is its first column of the template (R, R)."""

    block: int
    slot: int
    weights: FloatArray


class Restricted:
    """A model inside the one of a `Simulation`, refitted to the same draws.

    Effects that the smaller model lacks have rows of zeros in the templates.
    """

    def __init__(self, smaller: Fitted, places: Sequence[Placed], simulation: Simulation) -> None:
        """Place one term after the other, in the order of theta."""
        self.simulation = simulation
        self.control = smaller.spec.control
        self.mapping = theta_map(smaller.design.rows.blocks)
        self.sizes = simulation.mapping.sizes
        self.inside = _in_coordinates(places, simulation, self.sizes)
        self.index = self._index()
        bounds = self.mapping.bounds()
        self.interior = Interior(*bounds)
        self.bounds = bounds if self.index is not None else self.interior.bounds()
        if self.mapping.n_theta == 1 and self.index is not None:
            # A first step as long as the start would end at zero itself, where the gradient is
            # none: a limit just above zero makes the minimiser stop short of it.
            self.bounds = np.full(1, ABOVE_ZERO), np.full(1, np.inf)
        rms = _sizes_of(smaller)
        self.starts = self._starts(smaller.estimates, rms)
        self.scale = self.mapping.scale(self.starts[0], rms) if self.starts else np.empty(0)
        if self.index is None:
            self.starts = [self.interior.phi(start) for start in self.starts]

    def Lambdas(self, theta: FloatArray) -> tuple[FloatArray, ...]:
        """Fill the templates (R, R) of the larger model, one per block."""
        templates = tuple(np.zeros((r, r)) for r in self.sizes)
        for place, (block, slot, weights) in zip(self.mapping.places, self.inside, strict=True):
            own = weights @ place.structure.Lambda(theta[place.first : place.last])
            templates[block][:, slot : slot + own.shape[1]] = own
        return templates

    def refits(
        self, seeds: NDArray[np.uint64], method: str, threads: int | None = None
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Refit to one draw per seed: objectives (B,), and which refits failed (B,)."""
        control = self.control
        found = self.simulation.sampler.refits(
            seeds.tolist(), method, control.path, self.starts, self.bounds, self.scale,
            self.simulation.rms(), (control.max_evaluations, control.gradient_tolerance),
            self.index, None if self.index is not None else self._computed,
            control.threads if threads is None else threads,
        )  # fmt: skip
        return found["objective"], found["is_failed"]

    def minimum(self, products: CrossProducts, method: str) -> float:
        """Minimise the criterion at cross-products in the coordinates of the refits."""
        control = self.control
        workspace = Workspace(products, method, control.path, 1)
        if not self.starts:
            return workspace.objective(self.Lambdas(np.empty(0)))
        call = None if self.index is not None else self._computed
        settings = (control.max_evaluations, control.gradient_tolerance)
        return min(
            float(
                workspace.minimise(start, self.bounds, self.scale, *settings, self.index, call)[
                    "objective"
                ]
            )
            for start in self.starts
        )

    def _index(self) -> list[list[int]] | None:
        """Say which theta fills which entry (-1: none); None where a template is not that simple.

        A factor's dummies all carry the same theta where the smaller model has one intercept.
        """
        templates = [[-1] * (r * r) for r in self.sizes]
        for place, (block, slot, weights) in zip(self.mapping.places, self.inside, strict=True):
            own, R = place.structure.index, self.sizes[block]
            is_choice = np.isin(weights, (0.0, 1.0)).all() and (weights.sum(axis=1) <= 1).all()
            if own is None or not is_choice:
                return None
            for row, at in zip(*np.nonzero(weights), strict=True):
                for j, i in enumerate(own[at].tolist()):
                    if i >= 0:
                        templates[block][row * R + slot + j] = place.first + i
        return templates

    def _computed(self, phi: FloatArray) -> tuple[list[list[float]], list[tuple[int, list[float]]]]:
        """Give the core templates and derivatives by phi as flat lists."""
        theta, slopes = self.interior.theta(phi), self.interior.slope(phi)
        flat = [template.ravel().tolist() for template in self.Lambdas(theta)]
        directions = []
        for place, (block, slot, weights) in zip(self.mapping.places, self.inside, strict=True):
            own = slice(place.first, place.last)
            for derivative, slope in zip(
                place.structure.jacobian(theta[own]), slopes[own], strict=True
            ):
                template = np.zeros((self.sizes[block],) * 2)
                template[:, slot : slot + place.structure.size] = weights @ derivative * slope
                directions.append((block, template.ravel().tolist()))
        return flat, directions

    def _starts(self, estimates: Estimates, rms: list[list[float]]) -> list[FloatArray]:
        """Start at the estimates unless they are singular, and far from any boundary."""
        if self.mapping.n_theta == 0:
            return []
        far = self.mapping.start([[1.0 / size if size > 0 else 1.0 for size in r] for r in rms])
        near = self.mapping.start([[0.1 / size if size > 0 else 0.1 for size in r] for r in rms])
        return [near if estimates.verdict.is_singular else estimates.theta, far]


def _in_coordinates(
    places: Sequence[Placed], simulation: Simulation, sizes: tuple[int, ...]
) -> list[_Inside]:
    """Write the terms in the columns that are refitted, side by side in the templates."""
    used = [0] * len(sizes)
    inside = []
    for block, weights in ((place.block, place.weights) for place in places):
        if simulation.maps is not None and (flat := simulation.maps[block]) is not None:
            weights = np.linalg.solve(np.reshape(flat, (sizes[block],) * 2), weights)
        nearest = np.round(weights)
        weights = np.where(np.abs(weights - nearest) < WHOLE, nearest, weights)
        inside.append(_Inside(block, used[block], weights))
        used[block] += weights.shape[1]
    return inside


def _sizes_of(fit: Fitted) -> list[list[float]]:
    """Root mean square of the random columns of the smaller model, r per block."""
    return [
        np.sqrt(np.diagonal(np.reshape(gram, (b.n_columns,) * 2)) / fit.estimates.n_obs).tolist()
        for gram, b in zip(fit.crossprod.random_grams(), fit.design.rows.blocks, strict=True)
    ]
