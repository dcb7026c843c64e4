"""The criterion of a generalized model with one quantity held, and the rest at its minimum.

Room: engine/generalized/. Minimises again from the rows, warm from where it was before.
Takes: a fitted generalized model with its rows, and what to hold: a coefficient, a standard
deviation or a correlation of random effects.
Gives: `HeldGeneralized`, which gives objective and state at each value.
Source: docs/theory-inference.md (19); docs/theory.md (25).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.engine.coordinates import Interior
from echelon.engine.families import observation_of
from echelon.engine.generalized.estimate import column_sizes
from echelon.engine.generalized.fitted import Fitted
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from echelon.engine.held_places import (
    correlations_held,
    edges_of,
    order_map,
    own_theta,
    place_of,
    to_the_front,
)
from echelon.engine.quantities import Coefficient, Correlation, Quantity, StdDev
from echelon.engine.theta import ThetaMap, theta_map
from echelon.engine.verdict import SINGULAR, smallest_singular_value

TOLERANCE = 1e-10  # on the Newton decrement
MOST_EVALUATIONS = 120  # of one value: warm starts need about ten, a singular fit creeps
Derived = tuple[list[list[float]], list[tuple[int, list[float]]]]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A correlation in an unrestricted term: its first two rows of Lambda, by place in theta.

    The second row is length * (value, sqrt(1 - value^2)); the length stands in the place `own`.
    """

    first: int
    below: int
    own: int
    value: float

    @property
    def shares(self) -> tuple[float, float]:
        """What `below` and `own` are of the length."""
        return self.value, math.sqrt(max(1.0 - self.value**2, 0.0))


class HeldGeneralized:
    """The criterion as a function of one quantity, everything else at its minimum.

    The state that goes in and out of `at` is (coefficients, theta), with the effects that are held
    moved to the front of their term.
    """

    def __init__(self, fit: Fitted, quantity: Quantity) -> None:
        found = fit.estimates.generalized
        assert found is not None
        control = fit.spec.control
        self.quantity = quantity
        self.mapping = theta_map(fit.design.rows.blocks)
        coefficients = np.concatenate([fit.estimates.beta, found.extra])
        self.n_coefficients = len(coefficients)
        self.free = np.flatnonzero(~np.isnan(coefficients)).tolist()
        design, theta = self._arranged(fit.design, fit.estimates.theta)
        observation = observation_of(design, fit.spec)
        self.workspace = GeneralizedWorkspace(
            design,
            observation.core_name,
            observation.link,
            found.approximation.n_points,
            control.threads,
        )
        self.budget = (min(control.max_evaluations, MOST_EVALUATIONS), TOLERANCE)
        self.start = np.concatenate([np.nan_to_num(coefficients), theta])
        self.lowest = math.inf
        self.rms = [np.array(sizes) for sizes in column_sizes(design)]
        self.far = self.mapping.start([[1.0] * r for r in self.mapping.sizes])

    @property
    def edges(self) -> tuple[float, float]:
        """Where the values that the quantity can have end."""
        return edges_of(self.mapping, self.quantity)

    def at(self, value: float, state: FloatArray) -> tuple[float, FloatArray]:
        """Minimise with the quantity at `value`, starting from a state; give objective and state.

        Begin with `start`. A boundary is confirmed from far away, as in a fit; from a state on a
        boundary, where the criterion is flat or steep without end, the way begins far away.
        """
        if self._is_boundary(state):
            best = self._minimised(value, self._far(state))
        else:
            best = self._minimised(value, state)
            if self._is_boundary(best[1]):
                again = self._minimised(value, self._far(best[1]))
                best = again if again[0] < best[0] else best
        self.lowest = min(self.lowest, best[0])
        return best

    def _far(self, state: FloatArray) -> FloatArray:
        """Take random effects of unit variance, uncorrelated, in the place of those of a state."""
        return np.concatenate([state[: self.n_coefficients], self.far])

    def _arranged(self, design: Design, theta: FloatArray) -> tuple[Design, FloatArray]:
        """Move the effects that are held to the front of their term; the same model."""
        moved = to_the_front(self.mapping, self.quantity)
        if moved is None:
            return design, theta
        number, order = moved
        block = design.rows.blocks[number]
        channels = block.channels
        turned = replace(
            block,
            columns=tuple(block.columns[i] for i in order),
            column_names=tuple(block.column_names[i] for i in order),
            channels=tuple(channels[i] for i in order) if channels else (),
        )
        blocks = (*design.rows.blocks[:number], turned, *design.rows.blocks[number + 1 :])
        maps: list[list[float] | None] = [None] * len(blocks)
        maps[number] = order_map(order)
        start = place_of(self.mapping, self.quantity).start
        match self.quantity:
            case StdDev(block=number):
                self.quantity = StdDev(number, start)
            case Correlation(block=number):
                self.quantity = Correlation(number, start + 1, start)
        arranged = replace(design, rows=replace(design.rows, blocks=blocks))
        return arranged, self.mapping.rebased(theta, maps, back=False)

    def _minimised(self, value: float, state: FloatArray) -> tuple[float, FloatArray]:
        """Minimise over what is free, in each of the ways that the quantity can have the value."""
        n = self.n_coefficients
        if isinstance(self.quantity, Coefficient):
            free = [i for i in self.free if i != self.quantity.position]
            coefficients = state[:n].copy()
            coefficients[self.quantity.position] = value
            return self._over(coefficients, state[n:], free, {}, None)
        if isinstance(self.quantity, Correlation):
            pair = self._pair(value)
            if pair is not None:
                return self._over(state[:n], state[n:], self.free, {pair.below: 0.0}, pair)
            ways = correlations_held(self.mapping, self.quantity, value)
        else:
            ways = [self._std_dev(value)]
        found = [self._over(state[:n], state[n:], self.free, held, None) for held in ways]
        return min(found, key=lambda one: one[0])

    def _std_dev(self, value: float) -> dict[int, float]:
        """Hold the first diagonal of Lambda; at zero its column, which then says nothing."""
        assert isinstance(self.quantity, StdDev)
        own = own_theta(self.mapping, self.quantity)
        place = place_of(self.mapping, self.quantity)
        held = {own: value}
        if value == 0 and place.structure.is_unrestricted:
            index = place.structure.index
            assert index is not None
            held |= {place.first + int(i): 0.0 for i in index[1:, 0]}
        return held

    def _pair(self, value: float) -> _Pair | None:
        place = place_of(self.mapping, self.quantity)
        index = place.structure.index
        if not place.structure.is_unrestricted or index is None:
            return None
        first, below, own = (place.first + int(index[i, j]) for i, j in ((0, 0), (1, 0), (1, 1)))
        return _Pair(first, below, own, value)

    def _over(
        self,
        coefficients: FloatArray,
        theta: FloatArray,
        free: list[int],
        held: dict[int, float],
        pair: _Pair | None,
    ) -> tuple[float, FloatArray]:
        """Minimise with some theta held at values, or two rows of Lambda at a correlation."""
        n = self.n_coefficients
        interior = Interior(*self.mapping.bounds())
        inner = theta.copy()
        low, high = interior.bounds()
        if pair is not None:
            inner[pair.own] = math.hypot(theta[pair.below], theta[pair.own])
            low = low.copy()
            low[[pair.first, pair.own]] = 0.0
        phi = np.clip(interior.phi(inner), low, high)
        call = partial(_templates, self.mapping, interior, held, pair)
        outcome = self.workspace.minimise(
            np.concatenate([coefficients, phi]),
            [*free, *(n + i for i in range(len(phi)) if i not in held)],
            (
                np.concatenate([np.full(n, -np.inf), low]),
                np.concatenate([np.full(n, np.inf), high]),
            ),
            self.budget,
            None,
            call,
        )
        full = np.asarray(outcome["full"])
        ended = _theta(interior, held, pair, full[n:])
        return float(outcome["objective"]), np.concatenate([full[:n], ended])

    def _is_boundary(self, state: FloatArray) -> bool:
        Lambdas = self.mapping.Lambdas(state[self.n_coefficients :])
        for place in self.mapping.places:
            inside = slice(place.start, place.stop)
            scaled = Lambdas[place.block][inside, inside] * self.rms[place.block][inside, None]
            if smallest_singular_value(scaled) < SINGULAR:
                return True
        return False


def _theta(
    interior: Interior, held: dict[int, float], pair: _Pair | None, phi: FloatArray
) -> FloatArray:
    """Give theta at inner coordinates, with what is held."""
    theta = interior.theta(np.asarray(phi))
    for i, value in held.items():
        theta[i] = value
    if pair is not None:
        theta[pair.below], theta[pair.own] = np.array(pair.shares) * theta[pair.own]
    return theta


def _templates(
    mapping: ThetaMap,
    interior: Interior,
    held: dict[int, float],
    pair: _Pair | None,
    phi: FloatArray,
) -> Derived:
    """Give the core templates, and their derivatives by inner coordinates."""
    theta = _theta(interior, held, pair, phi)
    flat = [template.ravel().tolist() for template in mapping.Lambdas(theta)]
    directions = mapping.directions(theta)
    parts = [d * slope for (_, d), slope in zip(directions, interior.slope(phi), strict=True)]
    if pair is not None:
        below, own = pair.shares
        parts[pair.own] = below * parts[pair.below] + own * parts[pair.own]
    numbers = [number for number, _ in directions]
    return flat, [(b, part.ravel().tolist()) for b, part in zip(numbers, parts, strict=True)]
