"""One data set and a fit of every kind of generalized model to it, for tests after the fit."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy import special

import echelon
from echelon.api import Result
from echelon.errors import EchelonWarning

RNG = np.random.default_rng(11)
N = 240
X, G, H = RNG.normal(size=N), RNG.integers(0, 12, N), RNG.integers(0, 6, N)
ETA = 0.4 + 0.8 * X + RNG.normal(size=12)[G] * 0.8 + RNG.normal(size=6)[H]
ETA += 0.7 * RNG.normal(size=12)[G] * X
DATA: dict[str, Any] = {
    "x": X,
    "g": [f"g{i}" for i in G],
    "h": [f"h{i}" for i in H],
    "t": RNG.integers(1, 9, N),
    "exposure": np.exp(RNG.normal(size=N)),
    "w": RNG.integers(1, 4, N).astype(float),
}
DATA["s"] = RNG.binomial(DATA["t"], special.expit(ETA))
DATA["f"] = DATA["t"] - DATA["s"]
DATA["share"] = DATA["s"] / DATA["t"]
DATA["y"] = RNG.binomial(1, special.expit(ETA))
DATA["count"] = RNG.poisson(np.exp(0.5 * ETA) * DATA["exposure"])
DATA["zeros"] = DATA["count"] * (RNG.random(N) < 0.7)
DATA["amount"] = np.exp(0.5 * ETA) * RNG.gamma(2.0, 0.5, N)
DATA["grade"] = np.digitize(ETA + RNG.logistic(size=N), [-1.0, 0.5, 2.0])
DATA["kind"] = np.array(["a", "b", "c"])[np.digitize(ETA + RNG.logistic(size=N), [-0.5, 1.0])]
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "binary": ("y ~ x + (1 | g)", {"family": "binomial"}),
    "slope": ("s / t ~ x + (x | g)", {"family": "binomial"}),
    "pair": ("cbind(s, f) ~ x + (1 | g)", {"family": "binomial", "link": "cloglog"}),
    "weighted share": ("share ~ x + (1 | g)", {"family": "binomial", "weights": "t"}),
    "crossed": ("y ~ x + (1 | g) + (1 | h)", {"family": "binomial"}),
    "counts": ("count ~ x + offset(log(exposure)) + (1 | g)", {"family": "poisson"}),
    "members": ("count ~ x + (1 | mm(g, h))", {"family": "nbinom2", "offset": "log(exposure)"}),
    "zeros": ("zeros ~ x + (1 | g)", {"family": "poisson", "zero": "~ x"}),
    "zero effects": ("zeros ~ x + (1 | g)", {"family": "poisson", "zero": "~ 1 + (1 | g)"}),
    "hurdle": ("zeros ~ x + (1 | g)", {"family": "poisson", "hurdle": "~ x"}),
    "amounts": ("amount ~ x + (1 | g)", {"family": "gamma", "dispersion": "~ x"}),
    "logs": ("amount ~ x + (1 | g)", {"family": "lognormal"}),
    "inverse": ("amount ~ h", {"family": "gamma", "link": "inverse"}),
    "ordered": ("grade ~ x + (1 | g)", {"family": "cumulative", "scale": "~ x"}),
    "nominal": ("kind ~ x + (1 | g)", {"family": "multinomial"}),
    "robust": ("amount ~ x + (1 | g)", {"family": "student"}),
    "weights": ("count ~ x + (1 | g)", {"family": "nbinom2", "weights": "w"}),
}
FITS: dict[str, Result] = {}


def fitted(name: str) -> Result:
    """Fit a model once; findings about the data are for other tests."""
    if name not in FITS:
        formula, options = MODELS[name]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EchelonWarning)
            FITS[name] = echelon.fit(formula, DATA, **options)
    return FITS[name]
