"""The map theta -> Lambda templates of a whole design, from the structures of its terms.

Room: engine/. Knows structures by their interface, never by name.
Takes: the blocks of a design.
Gives: `ThetaMap`: templates, derivatives, bounds, starting values, and the index the core can use.
Source: docs/theory.md (4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.design.covariance import CovarianceStructure
from echelon.design.parts import RandomBlock
from echelon.engine.coordinates import Interior, change_basis


@dataclass(frozen=True, slots=True)
class Place:
    """Where a term's theta lives: `first:last` in theta, `start:stop` in its block."""

    block: int
    start: int
    stop: int
    first: int
    last: int
    structure: CovarianceStructure


@dataclass(frozen=True, slots=True)
class ThetaMap:
    """All terms of a design, in order of theta; `sizes` holds r of every block."""

    sizes: tuple[int, ...]
    places: tuple[Place, ...]

    @property
    def n_theta(self) -> int:
        """Number of covariance parameters (k)."""
        return self.places[-1].last if self.places else 0

    def Lambdas(self, theta: FloatArray) -> tuple[FloatArray, ...]:
        """Fill the (r, r) templates, one per block."""
        templates = [np.zeros((r, r)) for r in self.sizes]
        for place in self.places:
            part = place.structure.Lambda(theta[place.first : place.last])
            templates[place.block][place.start : place.stop, place.start : place.stop] = part
        return tuple(templates)

    def many_Lambdas(self, thetas: FloatArray) -> tuple[FloatArray, ...]:
        """Fill the templates of many theta (B, k): (B, r, r) per block."""
        index = self.index()
        if index is None:
            each = [self.Lambdas(theta) for theta in thetas]
            return tuple(
                np.array([Lambdas[block] for Lambdas in each]).reshape(len(each), r, r)
                for block, r in enumerate(self.sizes)
            )
        padded = np.column_stack([thetas, np.zeros(len(thetas))])  # -1 is the column of zeros
        return tuple(
            padded[:, places].reshape(len(thetas), r, r)
            for places, r in zip(index, self.sizes, strict=True)
        )

    def directions(self, theta: FloatArray) -> list[tuple[int, FloatArray]]:
        """Differentiate the templates: (block, dLambda (r, r)) for every theta."""
        parts = []
        for place in self.places:
            r = self.sizes[place.block]
            for derivative in place.structure.jacobian(theta[place.first : place.last]):
                template = np.zeros((r, r))
                template[place.start : place.stop, place.start : place.stop] = derivative
                parts.append((place.block, template))
        return parts

    def index(self) -> list[list[int]] | None:
        """Say which theta fills which entry (-1: none), flat per block; None if not linear."""
        templates = [[-1] * (r * r) for r in self.sizes]
        for place in self.places:
            own = place.structure.index
            if own is None:
                return None
            r, target = self.sizes[place.block], templates[place.block]
            for i, row in enumerate(own.tolist()):
                for j, at in enumerate(row):
                    if at >= 0:
                        target[(place.start + i) * r + place.start + j] = place.first + at
        return templates

    def computed(
        self, interior: Interior, phi: FloatArray
    ) -> tuple[list[list[float]], list[tuple[int, list[float]]]]:
        """Give the core templates and derivatives by phi as flat lists, without an index."""
        theta = interior.theta(phi)
        flat = [template.ravel().tolist() for template in self.Lambdas(theta)]
        slopes = interior.slope(phi)
        directions = zip(self.directions(theta), slopes, strict=True)
        return flat, [(block, (d * slope).ravel().tolist()) for (block, d), slope in directions]

    def rebased(self, theta: FloatArray, maps: list[list[float] | None], back: bool) -> FloatArray:
        """Write theta in the basis Z M (`back` False) or return from it (`back` True)."""
        theta = np.array(theta, dtype=float)
        for place in self.places:
            flat = maps[place.block]
            if flat is None or not place.structure.is_unrestricted:
                continue
            r, inside = self.sizes[place.block], slice(place.start, place.stop)
            M = np.reshape(flat, (r, r))[inside, inside]
            own = slice(place.first, place.last)
            Lambda = place.structure.Lambda(theta[own])
            moved = change_basis(Lambda, M if back else np.linalg.inv(M))
            index = place.structure.index
            assert index is not None
            theta[own][index[index >= 0]] = moved[index >= 0]
        return theta

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Collect lower and upper limits of theta, (k,) each."""
        pairs = [place.structure.bounds for place in self.places]
        if not pairs:
            return np.empty(0), np.empty(0)
        return np.concatenate([low for low, _ in pairs]), np.concatenate([up for _, up in pairs])

    def start(self, std_devs: list[list[float]]) -> FloatArray:
        """Make theta from relative standard deviations, r per block."""
        parts = [
            place.structure.start(np.array(std_devs[place.block][place.start : place.stop]))
            for place in self.places
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def scale(self, theta: FloatArray, rms: list[list[float]]) -> FloatArray:
        """Size of each theta's effect on a row, relative to sigma: makes theta unit-free (k,)."""
        sizes = []
        for place in self.places:
            rows = np.array(rms[place.block][place.start : place.stop])
            jacobian = place.structure.jacobian(theta[place.first : place.last])
            sizes.append(np.sqrt(((jacobian * rows[:, None]) ** 2).sum(axis=(1, 2))))
        scale = np.concatenate(sizes) if sizes else np.empty(0)
        return np.where(scale > 0, scale, 1.0)

    def canonical(self, theta: FloatArray) -> FloatArray:
        """Choose among equivalent theta the one with non-negative diagonals."""
        parts = [p.structure.canonical(theta[p.first : p.last]) for p in self.places]
        # Adding zero turns -0.0 into 0.0.
        return np.concatenate(parts) + 0.0 if parts else theta


def theta_map(blocks: tuple[RandomBlock, ...]) -> ThetaMap:
    """Line up the terms of a design's blocks."""
    places = []
    first = 0
    for number, block in enumerate(blocks):
        for term in block.terms:
            last = first + term.structure.n_theta
            places.append(Place(number, term.start, term.stop, first, last, term.structure))
            first = last
    return ThetaMap(tuple([block.n_columns for block in blocks]), tuple(places))
