"""Generalized models that tests of means, slopes and changes share, each fitted once."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np

from echelon import api
from echelon.api import Result
from echelon.errors import EchelonWarning

RNG = np.random.default_rng(3)
N, J = 500, 25
G = RNG.integers(0, J, N)
X = RNG.normal(size=N)
F = np.array(list("uvw"))[RNG.integers(0, 3, N)]
B = RNG.normal(size=(J, 3))
ETA = 0.3 + 0.5 * X + 0.8 * (F == "v") + B[G, 0] + 0.4 * B[G, 1] * X
COUNTS = RNG.poisson(np.exp(0.4 * ETA + 0.4 * B[G, 2])) * (RNG.random(N) < 0.75)
NOMINAL = np.argmax(
    np.column_stack([np.zeros(N), 0.6 * X + B[G, 0], 0.5 * (F == "v") + B[G, 1]])
    + RNG.gumbel(size=(N, 3)),
    axis=1,
)
DATA: dict[str, Any] = {
    "d": (ETA + RNG.logistic(size=N) > 0).astype(float),
    "c": COUNTS,
    "o": np.digitize(ETA + RNG.logistic(size=N), [-1.0, 0.5, 2.0]),
    "n": np.array(list("ABC"))[NOMINAL],
    "p": np.exp(0.3 * ETA) * RNG.gamma(4, 0.25, N),
    "x": X,
    "x2": 2 * X,
    "f": F,
    "g": G,
    "h": RNG.integers(0, 12, N),
    "t": RNG.uniform(1, 5, N),
    "größe x": RNG.normal(size=N),
}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "logit": ("d ~ x * f + (x | g)", {"family": "binomial"}),
    "crossed": ("d ~ x + f + (1 | g) + (1 | h)", {"family": "binomial"}),
    "probit": ("d ~ x + f + (x | g)", {"family": "binomial", "link": "probit"}),
    "cloglog": ("d ~ x + f + (1 | g)", {"family": "binomial", "link": "cloglog"}),
    "fixed": ("d ~ x + f", {"family": "binomial"}),
    "redundant": ("d ~ x + x2 + f + (1 | g)", {"family": "binomial"}),
    "quasi": ("d ~ x + f + (1 | g)", {"family": "binomial", "method": "PQL1"}),
    "counts": ("c ~ x + f + offset(log(t)) + (1 | g)", {"family": "poisson"}),
    "zeros": ("c ~ x + f + (1 | g)", {"family": "poisson", "zero": "~ x + (1 | g)"}),
    "hurdle": ("c ~ x + f + (1 | g)", {"family": "poisson", "hurdle": "~ f"}),
    "ordered": ("o ~ x + f + (1 | g)", {"family": "cumulative", "scale": "~ f"}),
    "nominal": ("n ~ x + f + (1 | g)", {"family": "multinomial"}),
    "nominal 2": ("n ~ x * t", {"family": "multinomial"}),
    "gamma": ("p ~ x + f + (1 | g)", {"family": "gamma"}),
    "inverse": ("p ~ x + f + (1 | g)", {"family": "gamma", "link": "inverse"}),
    "lognormal": ("p ~ x + f + (1 | g)", {"family": "lognormal", "dispersion": "~ f"}),
}


@cache
def fitted(name: str) -> Result:
    """Fit one of `MODELS`; what it warns of is for other tests."""
    formula, options = MODELS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return api.fit(formula, DATA, **options)
