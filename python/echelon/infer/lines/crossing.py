"""Where a function of one number changes its sign.

Room: infer/. Solves; knows no model.
Takes: a function, and points at which to look.
Gives: its roots between them.
Source: Brent (1973), chapter 4, as in scipy.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray


def crossings(function: Callable[[FloatArray], FloatArray], points: FloatArray) -> list[float]:
    """Find a root between each two neighbouring points at which the signs differ.

    Parameters
    ----------
    function : of k numbers, each by itself, (k,) -> (k,); NaN where it is not defined.
    points : (k,), ascending; as close as two roots may be.

    Returns
    -------
    Roots, ascending. A root at a point itself is found once.
    """
    brentq = require("scipy.optimize").brentq

    def alone(point: float) -> float:
        return float(function(np.array([point]))[0])

    values = function(points)
    roots = [float(point) for point in points[values == 0.0]]
    for k in np.flatnonzero(values[:-1] * values[1:] < 0).tolist():
        low, high = float(points[k]), float(points[k + 1])
        roots.append(float(brentq(alone, low, high, xtol=1e-14 * (abs(low) + abs(high)))))
    return sorted(roots)
