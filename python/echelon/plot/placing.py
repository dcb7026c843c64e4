"""Labels that do not lie on each other, and which groups deserve one.

Room: plot/. Arithmetic of places; draws nothing.
Takes: wanted places (m,) along an axis; estimates with their standard errors (J,).
Gives: places with a gap between neighbours; positions of groups off the average.
Source: Bonferroni's inequality; isotonic regression by pooling neighbours (Ayer et al. 1955).
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.infer.distributions.normal import normal_margin


def spread(wanted: FloatArray, gap: float, low: float, high: float) -> FloatArray:
    """Move places apart, as little as possible, until neighbours have a gap between them.

    Parameters
    ----------
    wanted : (m,) places, in any order.
    gap : least distance of neighbours, in the same unit.
    low, high : between which all must lie; where there is no room, they share it evenly.

    Returns
    -------
    (m,) places, in the order given.
    """
    m = len(wanted)
    if m == 0:
        return wanted.astype(float)
    gap = min(gap, (high - low) / max(m - 1, 1))
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(m)
    level = np.clip(_increasing(wanted[order] - steps), low, high - gap * (m - 1))
    places = np.empty(m)
    places[order] = level + steps
    return places


def outlying(
    estimate: FloatArray, std_error: FloatArray, conf_level: float, most: int
) -> tuple[IndexArray, int]:
    """Find the groups whose interval excludes zero though there are many of them.

    The error of the conf_level is shared among the J groups (Bonferroni), so that where nothing
    varies no group is outlying in conf_level of the charts.

    Returns
    -------
    Positions of the most extreme (at most `most`), the most extreme first, and how many there are.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(estimate / std_error)
    z = np.where(np.isfinite(z), z, 0.0)
    margin = normal_margin(1 - (1 - conf_level) / max(len(z), 1))
    order = np.argsort(-z, kind="stable")
    count = int((z > margin).sum())
    return order[: min(count, most)].astype(np.int64), count


def _increasing(values: FloatArray) -> FloatArray:
    """Fit the nearest sequence (m,) that never falls, by pooling neighbours that do."""
    pools: list[tuple[float, int]] = []
    for value in values.tolist():
        mean, size = value, 1
        while pools and pools[-1][0] > mean:
            before, n = pools.pop()
            mean, size = (before * n + mean * size) / (n + size), n + size
        pools.append((mean, size))
    return np.repeat([mean for mean, _ in pools], [size for _, size in pools])
