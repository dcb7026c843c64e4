"""Profiles as curves: the points that were walked, and a smooth line through them.

Room: plot/. Interpolates; the points and limits are those of infer.
Takes: a `Fit`, names of parameters.
Gives: `ProfileCurve` per parameter.
Source: Bates (2010), lme4: Mixed-effects modeling with R, section 1.5; docs/theory.md (19).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.infer import profile
from echelon.infer.distributions.distributions import normal_quantile

FINE = 120  # places along a curve
NEAR = 1e-5  # of the range: points of two walks that are one
CHART_LEVELS = (0.5, 0.8, 0.95)
REACH = 1.2  # of the widest z: points that were passed further out are left out
MOST_PARAMETERS = 24  # small multiples that can be read


@dataclass(frozen=True, slots=True)
class ProfileCurve:
    """A profile: its points (m,), limits by confidence level, and a fine line (120,)."""

    parameter: str
    estimate: float
    values: FloatArray
    zeta: FloatArray
    limits: Mapping[float, tuple[float, float]]
    fine: FloatArray
    fine_zeta: FloatArray
    slope: FloatArray


def profile_curves(
    fit: Fit,
    parameters: str | Sequence[str] | None,
    levels: tuple[float, ...],
    where: str,
) -> tuple[list[ProfileCurve], tuple[str, ...]]:
    """Profile at several confidence levels, and join the points.

    Parameters
    ----------
    fit : a fitted model.
    parameters : names as in `conf_int`; None for all.
    levels : confidence levels, the last the widest: as far as the curves go.
    where : the call, for messages.

    Returns
    -------
    Curves of the parameters that have a profile, and notes.

    Raises
    ------
    SpecError, NotEstimableError : as `infer.profile`; no parameter has a profile, or too many.
    """
    found = [profile(fit, parameters, level) for level in levels]
    if len(found[0].traces) > MOST_PARAMETERS:
        raise _too_many(where, [trace.parameter for trace in found[0].traces])
    curves = []
    for place, first in enumerate(found[0].traces):
        points = {
            (float(value), float(zeta))
            for each in found
            for value, zeta in zip(each.traces[place].values, each.traces[place].zeta, strict=True)
            if np.isfinite(value)
        }
        reach = REACH * normal_quantile((1 + levels[-1]) / 2)
        near = sorted(point for point in points if abs(point[1]) <= reach)
        values, zeta = _joined(near, first.estimate)
        if len(values) < 2:
            continue
        limits = {
            level: (float(each.limits[place, 0]), float(each.limits[place, 1]))
            for level, each in zip(levels, found, strict=True)
        }
        fine, fine_zeta, slope = _smooth(values, zeta)
        curves.append(
            ProfileCurve(
                first.parameter, first.estimate, values, zeta, limits, fine, fine_zeta, slope
            )
        )
    if not curves:
        raise _no_profile(where)
    return curves, found[-1].notes


def _joined(points: list[tuple[float, float]], estimate: float) -> tuple[FloatArray, FloatArray]:
    """Order points, one of those that are almost the same; the estimate and the ends stay."""
    if not points:
        return np.empty(0), np.empty(0)
    gap = NEAR * (points[-1][0] - points[0][0])
    kept = [points[0]]
    for point in points[1:]:
        if point[0] - kept[-1][0] > gap:
            kept.append(point)
        elif point[0] == estimate or point == points[-1]:
            kept[-1] = point
    values, zeta = (np.array(column) for column in zip(*kept, strict=True))
    return values, zeta


def _smooth(values: FloatArray, zeta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Interpolate zeta: by a cubic spline where that rises all the way, else monotonically."""
    interpolate: Any = require("scipy.interpolate")
    fine = np.linspace(values[0], values[-1], FINE)
    if len(values) > 3:
        spline = interpolate.CubicSpline(values, zeta)
        if (spline(fine, 1) >= 0).all():
            return fine, spline(fine), spline(fine, 1)
    monotone = interpolate.PchipInterpolator(values, zeta)
    return fine, monotone(fine), monotone(fine, 1)


def _too_many(where: str, names: list[str]) -> NotEstimableError:
    return NotEstimableError(
        "These are too many profiles for one chart.",
        where=f"{where}, argument parameters",
        got=f"{len(names):,} parameters",
        need=f"at most {MOST_PARAMETERS}",
        do=f"name those of interest, e.g. parameters=[{names[0]!r}].",
        slug="too-many-profiles",
    )


def _no_profile(where: str) -> NotEstimableError:
    return NotEstimableError(
        "None of these parameters has a profile.",
        where=where,
        got="parameters that are not estimated, or that rounding leaves no profile",
        need="a parameter whose likelihood changes with its value",
        do="name other parameters, or see conf_int(method='bootstrap').",
        slug="no-profile",
    )
