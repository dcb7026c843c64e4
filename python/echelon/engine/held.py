"""The ML criterion with one quantity held at a value, and the rest at its minimum.

Room: engine/. Minimises again from the cross-products; reads no row.
Takes: a fitted model (ML) and what to hold: a combination of beta, sigma, a standard deviation or
a correlation of random effects.
Gives: `HeldCriterion`, which gives objective and theta at each value.
Source: docs/theory.md (19).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.coordinates import Interior
from echelon.engine.held_places import (
    correlations_held,
    edges_of,
    order_map,
    own_theta,
    place_of,
    to_the_front,
)
from echelon.engine.kernel import Workspace
from echelon.engine.quantities import (
    Coefficient,
    Correlation,
    Covariance,
    Quantity,
    Sigma,
    StdDev,
)
from echelon.engine.theta import ThetaMap, theta_map
from echelon.engine.verdict import SINGULAR, smallest_singular_value
from echelon.engine.workspace import Fitted

ABOVE_ZERO = 1e-10  # standard deviation relative to sigma; the core takes it for zero
TOLERANCE = 1e-11  # on the Newton decrement
NO_COVARIANCE = 1e-6  # relative to sigma^2, with columns of unit size


@dataclass(frozen=True, slots=True)
class _Linear:
    """theta -> Lambda, entry by entry: a place in theta (-1: none) times a factor.

    `low` (k,) is zero where the sign of theta is that of a correlation that is held.
    """

    index: list[list[int]]
    factors: list[list[float]]
    n_theta: int
    scale: FloatArray
    low: FloatArray


class HeldCriterion:
    """The criterion as a function of one quantity, everything else at its minimum."""

    def __init__(self, fit: Fitted, quantity: Quantity) -> None:
        control = fit.spec.control
        self.quantity = quantity
        self.n_parameters = len(fit.estimates.beta)
        self.budget = (control.max_evaluations, TOLERANCE)
        self.mapping = theta_map(fit.design.rows.blocks)
        maps = _first_two(self.mapping, quantity)
        products = fit.crossprod if maps is None else fit.crossprod.transformed(maps)
        self.workspace = Workspace(products, "ML", control.path, control.threads, fit.design)
        self.start = fit.estimates.theta
        if maps is not None:
            self.start = self.mapping.rebased(self.start, maps, back=False)
            place = place_of(self.mapping, quantity)
            kind = Covariance if isinstance(quantity, Covariance) else Correlation
            self.quantity = kind(place.block, place.start + 1, place.start)
        self.rms = [
            np.sqrt(np.diagonal(np.reshape(gram, (r, r))) / fit.estimates.n_obs)
            for gram, r in zip(products.random_grams(), self.mapping.sizes, strict=True)
        ]
        self.sigma, self.lowest = fit.estimates.sigma, math.inf
        self.collapsed: float | None = None
        self.far = self.mapping.start(
            [[1.0 / size if size > 0 else 1.0 for size in sizes] for sizes in self.rms]
        )

    @property
    def edges(self) -> tuple[float, float]:
        """Where the values that the quantity can have end."""
        return edges_of(self.mapping, self.quantity)

    def at(self, value: float, theta: FloatArray) -> tuple[float, FloatArray]:
        """Minimise with the quantity at `value`, starting from theta; give objective and theta.

        theta is in the coordinates of this criterion: begin with `start`. A boundary is confirmed
        from far away, as in a fit: the criterion can have a local minimum there.
        """
        self._hold(value)
        if self.mapping.n_theta == 0:
            return self.workspace.objective([]), theta
        best = self._minimised(value, self._lifted(value, theta))
        if self._is_boundary(best[1]):
            again = self._minimised(value, self._lifted(value, self.far))
            best = again if again[0] < best[0] else best
        if self._without() < best[0]:
            best = self._without(), best[1]
        self.lowest = min(self.lowest, best[0])
        return best

    def _hold(self, value: float) -> None:
        match self.quantity:
            case Coefficient(position):
                unit = np.zeros(self.n_parameters)
                unit[position] = 1.0
                self.workspace.hold(combination=(unit, value))
            case Sigma():
                self.workspace.hold(sigma=value)
            case StdDev(block, row) if value > 0:
                self.workspace.hold(tied=(block, row, row, value * value))
            case Covariance(block, row, other) if not self._is_none(value):
                self.workspace.hold(tied=(block, row, other, value))
            case _:
                self.workspace.hold()

    def _is_none(self, covariance: float) -> bool:
        """Whether a covariance is zero to within what the criterion can show."""
        assert isinstance(self.quantity, Covariance)
        sizes = self.rms[self.quantity.block][[self.quantity.row, self.quantity.other]]
        return abs(covariance) * float(sizes.prod()) < NO_COVARIANCE * self.sigma**2

    def _minimised(self, value: float, theta: FloatArray) -> tuple[float, FloatArray]:
        if self.mapping.index() is not None:
            held = self.quantity
            if isinstance(held, Covariance) and self._is_none(value):
                held, value = Correlation(held.block, held.row, held.other), 0.0
            return self._by_index(held, value, theta)
        found = [self._by_computation(held, theta) for held in self._held_theta(value)]
        return min(found, key=lambda pair: pair[0])

    def _lifted(self, value: float, theta: FloatArray) -> FloatArray:
        """Start a standard deviation, or a covariance, where sigma is about that of the fit."""
        if isinstance(self.quantity, Covariance) and not self._is_none(value):
            place = place_of(self.mapping, self.quantity)
            index = place.structure.index
            assert index is not None
            own, below = place.first + int(index[0, 0]), place.first + int(index[1, 0])
            lifted = theta.copy()
            lifted[own] = lifted[own] or 1.0 / self.rms[place.block][place.start]
            lifted[below] = value / (self.sigma**2 * lifted[own])
            return lifted
        if not isinstance(self.quantity, StdDev) or value <= 0:
            return theta
        block, row = self.quantity.block, self.quantity.row
        length = float(np.linalg.norm(self.mapping.Lambdas(theta)[block][row]))
        if length * self.sigma > 1e-3 * value:
            return theta
        lifted = theta.copy()
        lifted[own_theta(self.mapping, self.quantity)] = value / self.sigma
        return lifted

    def _is_boundary(self, theta: FloatArray) -> bool:
        Lambdas = self.mapping.Lambdas(theta)
        for place in self.mapping.places:
            inside = slice(place.start, place.stop)
            scaled = Lambdas[place.block][inside, inside] * self.rms[place.block][inside, None]
            if smallest_singular_value(scaled) < SINGULAR:
                return True
        return False

    def _without(self) -> float:
        """Give the criterion without one of two correlated effects: it allows any correlation."""
        if not isinstance(self.quantity, Correlation) or self.mapping.index() is None:
            return math.inf
        if self.collapsed is None:
            block = self.quantity.block
            ends = [StdDev(block, self.quantity.row), StdDev(block, self.quantity.other)]
            starts = (self.start, self.far)
            self.collapsed = min(self._by_index(end, 0.0, s)[0] for end in ends for s in starts)
        return self.collapsed

    def _by_index(
        self, quantity: Quantity, value: float, theta: FloatArray
    ) -> tuple[float, FloatArray]:
        linear, inside, outside = self._linear(quantity, value)
        start = inside(theta)
        if linear.n_theta == 0:
            return self.workspace.objective(self._templates(linear, start)), outside(start)
        low = linear.low
        if linear.n_theta == 1:
            # Its sign does not matter; a first step as long as the start would end at zero itself,
            # where there is no gradient: the limit makes the minimiser stop short of it.
            start, low = np.abs(start), np.maximum(low, ABOVE_ZERO)
        outcome = self.workspace.minimise(
            np.maximum(start, low),
            (low, np.full(linear.n_theta, np.inf)),
            linear.scale,
            *self.budget,
            linear.index,
            None,
            linear.factors,
        )
        return outcome["objective"], outside(np.asarray(outcome["theta"]))

    def _templates(self, linear: _Linear, phi: FloatArray) -> list[FloatArray]:
        padded = np.append(phi, 0.0)
        return [
            (padded[index] * factors).reshape(r, r)
            for index, factors, r in zip(
                map(np.array, linear.index),
                map(np.array, linear.factors),
                self.mapping.sizes,
                strict=True,
            )
        ]

    def _linear(
        self, quantity: Quantity, value: float
    ) -> tuple[_Linear, Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray]]:
        """Make the map theta -> Lambda with the quantity held, and the way into it and back."""
        index = self.mapping.index()
        assert index is not None
        factors = [[1.0] * len(entries) for entries in index]
        k = self.mapping.n_theta
        dropped: list[int] = []
        join: tuple[int, int] | None = None
        match quantity:
            case StdDev(block, row) if value == 0:
                r = self.mapping.sizes[block]
                entries = range(row * r, (row + 1) * r)
                dropped = [index[block][e] for e in entries if index[block][e] >= 0]
                for e in entries:
                    index[block][e] = -1
                # Another entry may share the place (one variance for all effects).
                index = [[-1 if i in dropped else i for i in part] for part in index]
            case Correlation(block, row, other):
                r = self.mapping.sizes[block]
                below, own = row * r + other, row * r + row
                join = (index[block][below], index[block][own])
                dropped = [join[0]]
                index[block][below] = join[1]
                factors[block][below] = value
                factors[block][own] = math.sqrt(max(1.0 - value * value, 0.0))
            case _:
                pass
        kept = [i for i in range(k) if i not in dropped]
        new = {old: at for at, old in enumerate(kept)} | {-1: -1}
        low = np.full(len(kept), -np.inf)
        if join is not None and isinstance(quantity, Correlation):
            r, other = self.mapping.sizes[quantity.block], quantity.other
            first = index[quantity.block][other * r + other]
            low[[new[first], new[join[1]]]] = 0.0
        index = [[new[i] for i in part] for part in index]

        def inside(theta: FloatArray) -> FloatArray:
            if join is None:
                return theta[kept]
            moved = theta.copy()
            moved[join[1]] = math.hypot(theta[join[0]], theta[join[1]])
            return moved[kept]

        def outside(phi: FloatArray) -> FloatArray:
            theta = np.zeros(k)
            theta[kept] = phi
            if join is not None:
                length = theta[join[1]]
                theta[join[0]] = value * length
                theta[join[1]] = math.sqrt(max(1.0 - value * value, 0.0)) * length
            return theta

        return (
            _Linear(index, factors, len(kept), self._scale(index, factors, len(kept)), low),
            inside,
            outside,
        )

    def _scale(
        self, index: list[list[int]], factors: list[list[float]], n_theta: int
    ) -> FloatArray:
        squares = np.zeros(n_theta)
        for entries, weights, rms in zip(index, factors, self.rms, strict=True):
            r = len(rms)
            for e, i in enumerate(entries):
                if i >= 0:
                    squares[i] += (weights[e] * rms[e // r]) ** 2
        return np.where(squares > 0, np.sqrt(squares), 1.0)

    def _by_computation(
        self, held: dict[int, float], theta: FloatArray
    ) -> tuple[float, FloatArray]:
        """Structures that are not linear: theta as it is, one of them possibly held."""
        interior = Interior(*self.mapping.bounds())
        phi = interior.phi(theta)
        free = np.array([i for i in range(len(phi)) if i not in held], dtype=int)
        for i, fixed in held.items():
            theta = theta.copy()
            theta[i] = fixed

        def full(part: FloatArray) -> FloatArray:
            whole = interior.phi(theta)
            whole[free] = part
            return whole

        def call(part: FloatArray) -> tuple[object, object]:
            whole = full(part)
            inner = interior.theta(whole)
            for i, fixed in held.items():
                inner[i] = fixed
            flat = [template.ravel().tolist() for template in self.mapping.Lambdas(inner)]
            slopes = interior.slope(whole)
            directions = self.mapping.directions(inner)
            return flat, [
                (directions[i][0], (directions[i][1] * slopes[i]).ravel().tolist()) for i in free
            ]

        low, high = interior.bounds()
        scale = self.mapping.scale(theta, [list(row) for row in self.rms])
        if not len(free):
            return self.workspace.objective(self.mapping.Lambdas(theta)), theta
        outcome = self.workspace.minimise(
            phi[free], (low[free], high[free]), scale[free], *self.budget, None, call
        )
        ended = interior.theta(full(np.asarray(outcome["theta"])))
        for i, fixed in held.items():
            ended[i] = fixed
        return outcome["objective"], ended

    def _held_theta(self, value: float) -> list[dict[int, float]]:
        """Theta that are held, by position; one of several ways to have the value."""
        match self.quantity:
            case StdDev() if value == 0:
                return [{own_theta(self.mapping, self.quantity): 0.0}]
            case Correlation():
                return correlations_held(self.mapping, self.quantity, value)
            case _:
                return [{}]


def _first_two(mapping: ThetaMap, quantity: Quantity) -> list[list[float] | None] | None:
    """Bring two correlated effects to the front of their term, by maps M with Z' = Z M.

    Lambda's first two rows then hold their correlation alone.
    """
    moved = to_the_front(mapping, quantity)
    if isinstance(quantity, StdDev) or moved is None:
        return None
    maps: list[list[float] | None] = [None] * len(mapping.sizes)
    maps[moved[0]] = order_map(moved[1])
    return maps
