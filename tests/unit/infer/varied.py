"""A table on which many random parts can be fitted, and fits of it, for tests of removals."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon import api
from echelon.errors import EchelonWarning
from echelon.fit import Fit

RNG = np.random.default_rng(5)
N = 600
G, H = RNG.integers(0, 30, N), RNG.integers(0, 12, N)
X = RNG.normal(size=N)
Y = (
    1 + X + 0.6 * RNG.normal(size=30)[G] + 0.4 * RNG.normal(size=30)[G] * X
    + 0.5 * RNG.normal(size=12)[H] + RNG.normal(size=N)
)  # fmt: skip


def _without_variance() -> NDArray[np.float64]:
    """Noise whose means by `k` are all the same."""
    noise = RNG.normal(size=N).reshape(-1, 20)
    return (noise - noise.mean(axis=0)).ravel()


TABLE: dict[str, Any] = {
    "y": Y, "x": X, "z": RNG.normal(size=N), "f": np.array(list("abc"))[RNG.integers(0, 3, N)],
    "g": G, "h": H, "s": G // 5, "g2": RNG.integers(0, 30, N), "w": RNG.uniform(0.5, 2, N),
    "e": _without_variance(),
    "é x": X + 0.1 * RNG.normal(size=N),
    "k": np.arange(N) % 20,  # groups whose means of y differ less than chance would have them
}  # fmt: skip


@cache
def fitted(formula: str, method: str = "REML", weights: str | None = None) -> Fit:
    """Fit once; singular fits are part of the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return api.fit(formula, TABLE, method=method, weights=weights).fit
