"""Models that the tests of this folder and of the reports share, each fitted once."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np

import echelon as ec
from echelon.errors import EchelonWarning
from echelon.fit import Fit


@cache
def sleep(right: str, method: str = "REML") -> Fit:
    """A model of the sleep study."""
    return fit(f"reaction ~ {right}", "sleep", method=method)


@cache
def hsb(right: str, method: str = "REML") -> Fit:
    """A model of High School & Beyond."""
    return fit(f"mathach ~ {right}", "hsb", method=method)


def fit(formula: str, data: Any, **options: Any) -> Fit:
    """Fit without a word: what limits a model is what the tests look at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return ec.fit(formula, data, **options).fit


@cache
def pupils() -> dict[str, np.ndarray]:
    """Pupils in classes in schools; x has a slope that varies over schools and differs by kind."""
    rng = np.random.default_rng(20)
    school = np.repeat(np.arange(60), 12)
    kind = np.array(["old", "new"])[np.arange(60) % 2]
    slope = 0.5 + 0.8 * (kind == "new") + rng.normal(0, 0.5, 60)
    x, z = rng.normal(size=(2, 720))
    y = rng.normal(0, 0.7, 60)[school] + slope[school] * x + 0.2 * z + rng.normal(size=720)
    return {
        "y": y,
        "x": x,
        "z": z,
        "kind": kind[school],
        "size of school": rng.normal(size=60)[school],
        "school": school,
        "class": np.arange(720) // 4 % 3,
    }
