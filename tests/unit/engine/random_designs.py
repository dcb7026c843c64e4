"""Small unbalanced data with two, three and crossed levels, on which every shape of model fits."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np

import echelon
from echelon.errors import EchelonWarning
from echelon.fit import Fit

# name: formula, options
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "no random effects": ("y ~ x + z", {}),
    "intercepts": ("y ~ x + z + (1 | g)", {}),
    "slopes": ("y ~ x + (x | g)", {}),
    "slopes, weights": ("y ~ x * z + (x + z | g)", {"weights": "w"}),
    "independent slopes": ("y ~ x + (x || g)", {}),
    "singular": ("noise ~ x + (x | g)", {}),
    "by ML": ("y ~ x + (x | g)", {"method": "ML"}),
    "three levels": ("y ~ x + (x | g) + (1 | h)", {}),
    "three levels, weights": ("y ~ x + (x | g) + (z | h)", {"weights": "w"}),
    "four levels": ("y ~ x + (x | top) + (x | g) + (z | h)", {}),
    "crossed": ("y ~ x + (z | g) + (1 | c)", {}),
    "crossed, weights": ("y ~ x + (z | g) + (x | c)", {"weights": "w"}),
    "crossed and nested": ("y ~ 1 + (1 | g) + (1 | h) + (1 | c)", {}),
    "multiple membership": ("y ~ x + (1 | g) + (1 | mm(c, c2, weights=(w1, w2)))", {}),
    "multiple membership alone": ("y ~ x + (1 | mm(c, c2, weights=(w1, w2)))", {}),
    "far from zero": ("y ~ x + year + (year | g)", {}),
    "no intercept, aliased": ("y ~ 0 + x + twice + (1 | g)", {}),
    "aliased": ("y ~ x + twice + z + (1 | g)", {}),
    "compound symmetry": ("y ~ x + cs(0 + t | u)", {}),
    "identity": ("y ~ x + id(0 + t | u)", {}),
    "diagonal": ("y ~ x + diag(0 + t | u)", {"weights": "w"}),
    "autoregressive": ("y ~ x + ar1(0 + t | u)", {}),
    "heterogeneous": ("y ~ x + hcs(0 + t | u)", {}),
}


@cache
def data() -> dict[str, np.ndarray]:
    """180 rows in 12 groups of unequal size."""
    rng = np.random.default_rng(20)
    n = 180
    g = rng.integers(0, 12, n)
    h = g * 10 + rng.integers(0, 3, n)
    c = rng.integers(0, 9, n)
    t, u = np.tile(np.arange(3), 60), np.arange(n) // 12
    x, z = rng.normal(size=(2, n))
    x += 3
    effects = rng.normal(size=(5, 120))
    y = 1 + x + effects[0, g] + 0.6 * effects[1, g] * x + 0.5 * effects[2, h] + 0.7 * effects[3, c]
    y += 0.8 * effects[4, u * 3 + t] + 0.4 * effects[4, u] + rng.normal(size=n)
    share = rng.uniform(0.2, 0.8, n)
    return {
        "y": y, "noise": rng.normal(size=n), "x": x, "z": z, "twice": 2 * x,
        "year": 2000.0 + np.round(3 * z), "w": rng.uniform(0.5, 2, n),
        "g": g, "h": h, "c": c, "c2": (c + 1 + rng.integers(0, 7, n)) % 9, "top": g // 4,
        "t": t.astype(str), "u": u, "w1": share, "w2": 1 - share,
    }  # fmt: skip


@cache
def fitted(name: str) -> Fit:
    """Fit a model of the list."""
    formula, options = MODELS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return echelon.fit(formula, data(), **options).fit
