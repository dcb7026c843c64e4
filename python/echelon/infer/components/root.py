"""Follow a profile from its minimum to where it has risen by a given amount.

Room: infer/. Solves zeta(v) = z; knows no model.
Takes: the criterion at a value of the parameter, with a warm start for the rest.
Gives: the limit on one side, and the points passed.
Source: docs/theory.md (19).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from echelon._types import FloatArray
from echelon.errors import EngineError

CLOSE = 1e-9  # relative distance of zeta from z at which the limit is found
MOST_STEPS = 60
STRETCH = 4.0  # by which a step may grow
Point = tuple[float, float]  # value, signed zeta


@dataclass(frozen=True, slots=True)
class Curve:
    """The criterion with the parameter at a value, from a start; its minimum and where it is."""

    at: Callable[[float, FloatArray], tuple[float, FloatArray]]
    minimum: float
    estimate: float
    theta: FloatArray


@dataclass(frozen=True, slots=True)
class Side:
    """Downwards (-1) or upwards (+1), and where the parameter space ends (infinite: nowhere).

    `scale` is where zeta is nearly straight: 'identity', 'log' or 'atanh'.
    """

    sign: int
    edge: float
    scale: str


@dataclass(slots=True)
class Reached:
    """The limit on one side, and the points passed on the way."""

    limit: float
    points: list[Point] = field(default_factory=list)


@dataclass(slots=True)
class _Walk:
    """Points passed: distance from the estimate on the walking scale, zeta, and theta there."""

    curve: Curve
    side: Side
    distances: list[float]
    zetas: list[float]
    thetas: list[FloatArray]
    reached: Reached

    def value(self, distance: float) -> float:
        """Parameter at a distance: log scale for what is positive, atanh inside -+1."""
        start, edge, sign = self.curve.estimate, self.side.edge, self.side.sign
        if self.side.scale == "atanh" and abs(start) < 1:
            moved = math.tanh(math.atanh(start) + sign * distance)
            return min(moved, edge) if sign > 0 else max(moved, edge)
        if self.side.scale == "log" and start > 0:
            return start * math.exp(sign * distance)
        moved = start + sign * distance
        return min(moved, edge) if sign > 0 else max(moved, edge)

    def step(self, distance: float) -> float:
        """Minimise at a distance, warm from what was passed; keep the point."""
        value = self.value(distance)
        objective, theta = self.curve.at(value, self._predicted(distance))
        zeta = math.sqrt(max(objective - self.curve.minimum, 0.0))
        self.distances.append(distance)
        self.zetas.append(zeta)
        self.thetas.append(theta)
        self.reached.points.append((value, self.side.sign * zeta))
        return zeta

    def _predicted(self, distance: float) -> FloatArray:
        if len(self.distances) < 2:
            return self.thetas[-1]
        near = sorted(range(len(self.distances)), key=lambda i: abs(self.distances[i] - distance))
        first, second = near[0], near[1]
        gap = self.distances[second] - self.distances[first]
        if gap == 0:
            return self.thetas[first]
        share = min(max((distance - self.distances[first]) / gap, -2.0), 2.0)
        return self.thetas[first] + share * (self.thetas[second] - self.thetas[first])


def follow(curve: Curve, side: Side, step: float, z: float, close: float = CLOSE) -> Reached:
    """Find the value on one side of the estimate where zeta is z.

    Parameters
    ----------
    curve : the criterion.
    side : direction and end of the parameter space.
    step : a first guess of the standard error, in units of the parameter.
    z : target of zeta, > 0.
    close : relative distance of zeta from z at which the limit is found.

    Returns
    -------
    Reached: the limit is the edge where zeta stays below z up to it, infinite where it never
    reaches z, NaN where the model's equations break down on the way.
    """
    reached = Reached(side.edge)
    try:
        _reach(curve, side, step, (z, close), reached)
    except EngineError:  # rounding is all that is left of the criterion there
        reached.limit = math.nan
    return reached


def _reach(
    curve: Curve, side: Side, step: float, target: tuple[float, float], reached: Reached
) -> None:
    """Walk until zeta is z; points passed and the limit are kept in `reached`."""
    z, close = target
    narrow = 1e-14 if close <= CLOSE else 100 * close  # a criterion with noise has no more digits
    walk = _Walk(curve, side, [0.0], [0.0], [curve.theta], reached)
    if curve.estimate == side.edge:
        return
    if math.isfinite(side.edge):
        to_edge = [_point(curve, side, share) for share in (1.0, 1 / 3, 2 / 3)]
        if abs(to_edge[0][1]) <= z:
            reached.points += to_edge
            return
    distance = _on_scale(curve, side, step) * z / 2
    low, high = 0.0, math.inf
    for _ in range(MOST_STEPS):
        zeta = walk.step(distance)
        if abs(zeta - z) <= close * z:
            reached.limit = walk.value(distance)
            return
        low, high = (max(low, distance), high) if zeta < z else (low, min(high, distance))
        if math.isfinite(high) and high - low <= narrow * high:
            break
        distance = _next(walk, z, low, high)
        if distance > 1e8 * _on_scale(curve, side, step):
            reached.limit = side.sign * math.inf
            return
    reached.limit = walk.value(0.5 * (low + min(high, 2 * low)))


def _point(curve: Curve, side: Side, share: float) -> Point:
    """Zeta on the way to the end of the parameter space."""
    value = side.edge if share == 1 else curve.estimate + share * (side.edge - curve.estimate)
    objective, _ = curve.at(value, curve.theta)
    return value, side.sign * math.sqrt(max(objective - curve.minimum, 0.0))


def _on_scale(curve: Curve, side: Side, step: float) -> float:
    """Take a step in units of the parameter to the walking scale."""
    if side.scale == "atanh" and abs(curve.estimate) < 1:
        return step / (1 - curve.estimate**2)
    if side.scale == "log" and curve.estimate > 0:
        return min(step / curve.estimate, 1.0)
    return step


def _next(walk: _Walk, z: float, low: float, high: float) -> float:
    """Interpolate distance as a function of zeta at z, from the nearest points passed."""
    order = sorted(range(len(walk.zetas)), key=lambda i: abs(walk.zetas[i] - z))[:4]
    zetas = [walk.zetas[i] for i in order]
    distances = [walk.distances[i] for i in order]
    if len(set(zetas)) == len(zetas):
        guess = _neville(zetas, distances, z)
        room = STRETCH * max(walk.distances)
        if low < guess < high and guess <= room:
            return guess
    return 0.5 * (low + high) if math.isfinite(high) else 2.0 * max(low, walk.distances[-1])


def _neville(x: list[float], y: list[float], at: float) -> float:
    """Evaluate the polynomial through some points at one place."""
    y = list(y)
    for width in range(1, len(x)):
        for i in range(len(x) - width):
            y[i] = ((at - x[i + width]) * y[i] - (at - x[i]) * y[i + 1]) / (x[i] - x[i + width])
    return y[0]
