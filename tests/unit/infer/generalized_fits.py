"""Small generalized fits, made once, for tests of inference."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from echelon import api
from echelon.errors import EchelonWarning
from echelon.fit import Fit

DATA = Path(__file__).parents[2] / "reference" / "data"
RNG = np.random.default_rng(3)
N = 240
G = np.arange(N) % 12
X = RNG.normal(size=N)
TABLE: dict[str, Any] = {
    "same": RNG.poisson(np.exp(0.3 + 0.2 * X)),  # no variance between groups
    "b": (RNG.uniform(size=N) < 1 / (1 + np.exp(-(X + RNG.normal(size=12)[G])))) * 1,
    "x": X,
    "g": G,
    "h": G // 3,
    "k": RNG.integers(0, 10, N),
    "f": np.array(list("abc"))[RNG.integers(0, 3, N)],
}
CBPP = "cbind(incidence, size - incidence) ~ factor(period) + (1 | herd)"
CONTRACEPTION = "factor(use) ~ age + urban + (urban | district)"
WINE = "rating ~ temp + contact + (1 | judge)"
SALAMANDERS = "count ~ mined + (1 | site)"


@cache
def fitted(formula: str, data: str = "", **options: Any) -> Fit:
    """Fit once, to a file of the reference data or to `TABLE`; singular fits are part of tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return api.fit(formula, str(DATA / data) if data else TABLE, **options).fit


def cbpp(**options: Any) -> Fit:
    """Disease in 15 herds, binomial."""
    return fitted(CBPP, "cbpp.csv", family="binomial", **options)


def contraception(formula: str = CONTRACEPTION, **options: Any) -> Fit:
    """Use of contraception by 1,934 women in 60 districts."""
    return fitted(formula, "Contraception.csv", family="binomial", **options)


def wine(formula: str = WINE, **options: Any) -> Fit:
    """Ratings of 72 bottles by 9 judges, in five categories."""
    return fitted(formula, "wine.csv", family="cumulative", **options)


def salamanders(**options: Any) -> Fit:
    """Counts at 23 sites."""
    return fitted(SALAMANDERS, "Salamanders.csv.gz", **options)
