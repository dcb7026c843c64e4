"""Where a combination that moves along a line cannot be told from zero.

Room: infer/. One question behind two methods: Johnson-Neyman (a slope along its moderator) and
    Fieller (the change that offsets another).
Takes: estimates and covariance of the two ends of the line, and how its df move along it.
Gives: `ZeroRegion`.
Source: docs/theory.md (23); Johnson & Neyman (1936); Fieller (1954).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.infer.coefficients.linear import LinearInference
from echelon.infer.distributions import distributions

DfAlong = Callable[[float], float]
CLOSE = 1e-13  # relative change of a root at which the iteration over df stops
MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class ZeroRegion:
    """The values m for which a + m b is within t standard errors of zero.

    `kind` is 'between' (low <= m <= high), 'outside' (m <= low or m >= high), 'everywhere' or
    'nowhere'; `low` and `high`, in the unit of m, are NaN for the last two.
    """

    kind: str
    low: float
    high: float

    @property
    def bounds(self) -> tuple[float, ...]:
        """The bounds that exist, ascending."""
        return tuple(float(bound) for bound in (self.low, self.high) if np.isfinite(bound))


@dataclass(frozen=True, slots=True)
class Line:
    """a + m b for all m: `estimate` (2,) and `covariance` (2, 2) of a and b; `df` at each m.

    `df(inf)` is that of b by itself.
    """

    estimate: FloatArray
    covariance: FloatArray
    df: DfAlong

    def quadratic(self, t: float) -> tuple[float, float, float]:
        """Coefficients (A, B, C) of A m^2 + 2 B m + C = estimate^2 - t^2 variance. Theory (23)."""
        outer = np.outer(self.estimate, self.estimate) - t**2 * self.covariance
        return float(outer[1, 1]), float(outer[0, 1]), float(outer[0, 0])


def line(inference: LinearInference, a: FloatArray, b: FloatArray) -> Line:
    """Make the line through combinations of fixed effects.

    Parameters
    ----------
    inference : of the fixed effects.
    a, b : (p,), combinations that the data determine.

    Returns
    -------
    `Line`, with the df of a + m b by the method of `inference`.
    """
    L = np.vstack([a, b])
    beta = np.where(inference.is_estimated, inference.beta, 0.0)

    def df(m: float) -> float:
        row = b if np.isinf(m) else a + m * b
        return float(inference.degrees.rows(row[None, :])[0])

    return Line(L @ beta, inference.covariance(L), df)


def zero_region(line: Line, conf_level: float) -> ZeroRegion:
    """Find where |estimate| <= t standard errors along a line. Theory (23).

    The bounds are the roots of a quadratic when t is the same everywhere; where the degrees of
    freedom move with m, each root is solved again with its own t until it stands still.

    Parameters
    ----------
    line : a + m b.
    conf_level : of the interval around the combination at each m.

    Returns
    -------
    `ZeroRegion`.
    """

    def t_at(m: float) -> float:
        return float(distributions.t_quantile(conf_level, line.df(m)))

    leading, middle, _ = line.quadratic(t_at(np.inf))
    if not np.isfinite(leading):
        return ZeroRegion("everywhere", np.nan, np.nan)
    if leading == 0.0 and middle == 0.0:
        return _constant(line, t_at(0.0))
    kind = "between" if leading > 0 else "outside"
    t = t_at(-middle / leading) if leading else t_at(0.0)
    roots = _roots(line, t)
    if roots is None:
        return ZeroRegion("nowhere" if kind == "between" else "everywhere", np.nan, np.nan)
    low, high = (_settled(line, t_at, root, place) for place, root in enumerate(roots))
    return ZeroRegion(kind, low, high)


def _constant(line: Line, t: float) -> ZeroRegion:
    """Read the one answer of a line that does not move."""
    is_near = line.estimate[0] ** 2 <= t**2 * line.covariance[0, 0]
    return ZeroRegion("everywhere" if is_near else "nowhere", np.nan, np.nan)


def _roots(line: Line, t: float) -> tuple[float, float] | None:
    """Solve A m^2 + 2 B m + C = 0 without cancellation, ascending; None where it has no root."""
    A, B, C = line.quadratic(t)
    discriminant = B * B - A * C
    if not discriminant >= 0:
        return None
    half = -(B + np.copysign(np.sqrt(discriminant), B))
    if half == 0.0:
        return (0.0, 0.0)
    with np.errstate(divide="ignore"):
        found = sorted((float(np.divide(half, A)), C / half))
    return float(found[0]), float(found[1])


def _settled(line: Line, t_at: DfAlong, root: float, place: int) -> float:
    """Solve a root again with the t of its own df until it stands still."""
    for _ in range(MOST_STEPS):
        again = _roots(line, t_at(root))
        if again is None:
            return root
        before, root = root, again[place]
        if not np.isfinite(root) or abs(root - before) <= CLOSE * max(abs(root), 1.0):
            break
    return root
