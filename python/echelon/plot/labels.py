"""Names beside points, as many as can be read.

Room: plot/. Chooses; knows no model.
Takes: coordinates (n,) and the order in which points deserve a name.
Gives: positions of the points that are named.
Source: docs/reference, charts.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from echelon._types import FloatArray

LONGEST = 40  # letters of a name in a title
APART_X, APART_Y = 0.16, 0.045  # of the ranges of a view: room for a name


def short(name: str, most: int = LONGEST) -> str:
    """Cut a long name, so that a title stays on the page."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def spaced(x: FloatArray, y: FloatArray, wanted: Iterable[int], most: int = 8) -> list[int]:
    """Choose points whose names do not overlap, the first of `wanted` first.

    Parameters
    ----------
    x, y : (n,) coordinates of all points.
    wanted : positions, the most important first.
    most : names at most.
    """
    spread_x, spread_y = (float(np.ptp(v[np.isfinite(v)])) or 1.0 for v in (x, y))
    chosen: list[int] = []
    for i in wanted:
        is_free = all(
            abs(x[i] - x[j]) > APART_X * spread_x or abs(y[i] - y[j]) > APART_Y * spread_y
            for j in chosen
        )
        if is_free and len(chosen) < most:
            chosen.append(int(i))
    return chosen
