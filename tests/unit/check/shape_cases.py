"""Data sets with one thing wrong each, and clean ones; what the checks of shape find in them.

Every case is (formula, data, options of the fit). `finding` fits, looks and picks.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

import echelon as ec
from echelon.check.diagnosis import Diagnosis, diagnose
from echelon.check.finding import Finding
from echelon.result.record import Result

TOPICS = ("Convergence", "Level-1 residuals", "Random effects", "Outcome")
Case = tuple[str, dict[str, Any], dict[str, Any]]


def normal(
    noise: Callable[[np.random.Generator, Any, Any], Any] | None = None,
    groups: Callable[[np.random.Generator, int], Any] | None = None,
    formula: str = "y ~ x + c + (1 | g)",
    seed: int = 1,
    level: float = 2.0,
    n_groups: int = 60,
    size: int = 10,
) -> Case:
    """60 groups of 10 rows: a number x, a category c, occasions t; noise and groups as given."""
    rng = np.random.default_rng(seed)
    g, t = np.repeat(np.arange(n_groups), size), np.tile(np.arange(size), n_groups)
    x, c = rng.standard_normal(len(g)), rng.choice(["a", "b"], len(g))
    b = rng.standard_normal(n_groups) if groups is None else groups(rng, n_groups)
    frame = {"x": x, "c": c, "t": t, "g": g}
    e = rng.standard_normal(len(g)) if noise is None else noise(rng, len(g), frame)
    return formula, {"y": level + 0.5 * x + b[g] + e, **frame}, {}


def slopes(groups: Callable[[np.random.Generator, int], Any] | None = None) -> Case:
    """100 groups of 10 occasions with their own level and slope."""
    rng = np.random.default_rng(3)
    g, t = np.repeat(np.arange(100), 10), np.tile(np.arange(10.0), 100)
    b = rng.standard_normal((100, 2)) * [2, 0.5] if groups is None else groups(rng, 100)
    y = 1 + b[g, 0] + b[g, 1] * t + rng.standard_normal(1000)
    return "y ~ t + (t | g)", {"y": y, "t": t, "g": g}, {}


def remembering(rng: np.random.Generator, n: int, frame: dict[str, Any]) -> Any:
    """Errors that keep 0.6 of the one before in the same group."""
    e = rng.standard_normal(n)
    for i in range(1, n):
        if frame["g"][i] == frame["g"][i - 1]:
            e[i] += 0.6 * e[i - 1]
    return e


def far_groups(rng: np.random.Generator, n: int) -> Any:
    b = rng.standard_normal(n)
    b[7] = 9.0
    return b


def far_rows(rng: np.random.Generator, n: int, frame: dict[str, Any]) -> Any:
    e = rng.standard_normal(n)
    e[[5, 123]] += [9.0, -8.0]
    return e


def counts(
    draw: Callable[[np.random.Generator, Any], Any], formula: str = "y ~ x + (1 | g)"
) -> Case:
    """40 groups of 10 counts with mean about 4."""
    rng = np.random.default_rng(4)
    g, x = np.repeat(np.arange(40), 10), rng.standard_normal(400)
    mean = np.exp(1.3 + 0.3 * x + 0.4 * rng.standard_normal(40)[g])
    return formula, {"y": draw(rng, mean), "x": x, "g": g}, {"family": "poisson"}


def yes_no(spread: float, size: int, is_separated: bool = False, n_groups: int = 60) -> Case:
    """Groups of single trials; `spread` is the standard deviation between groups."""
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(n_groups), size)
    x = rng.standard_normal(len(g))
    eta = 0.3 + 0.6 * x + spread * rng.standard_normal(n_groups)[g]
    y = (rng.random(len(g)) < 1 / (1 + np.exp(-eta))).astype(int)
    z = np.where((y == 1) & (rng.random(len(g)) < 0.2), "rare", "usual")
    data = {"y": y, "x": x, "z": z, "g": g}
    formula = "y ~ x + z + (1 | g)" if is_separated else "y ~ x + (1 | g)"
    return formula, data, {"family": "binomial"}


def zeros(rng: np.random.Generator, mean: Any) -> Any:
    return np.where(rng.random(len(mean)) < 0.3, 0, rng.poisson(mean))


def with_copy() -> Case:
    _, data, options = normal()
    return "y ~ x + twice + (1 | g)", {**data, "twice": 2 * data["x"]}, options


CASES: dict[str, Callable[[], Case]] = {
    "clean": lambda: normal(formula="y ~ x + c + t + (1 | g)"),
    "clean slopes": slopes,
    "clean counts": lambda: counts(lambda rng, mean: rng.poisson(mean)),
    "clean yes-no": lambda: yes_no(0.8, 15),
    "not converged": lambda: (*slopes()[:2], {"control": {"max_evaluations": 2}}),
    "no variance": lambda: normal(groups=lambda rng, n: np.zeros(n), seed=2),
    "copied": with_copy,
    "skewed": lambda: normal(lambda rng, n, _: rng.exponential(1, n), level=6.0),
    "skewed down": lambda: normal(lambda rng, n, _: -rng.exponential(1, n), level=6.0),
    "heavy": lambda: normal(lambda rng, n, _: rng.standard_t(3, n)),
    "light": lambda: normal(lambda rng, n, _: rng.choice([-1.0, 1.0], n)),
    "far rows": lambda: normal(far_rows),
    "unequal groups": lambda: normal(
        lambda rng, n, f: rng.standard_normal(n) * np.where(f["g"] % 3, 1, 4)
    ),
    "unequal categories": lambda: normal(
        lambda rng, n, f: rng.standard_normal(n) * np.where(f["c"] == "a", 1, 3)
    ),
    "fanning": lambda: normal(lambda rng, n, f: rng.standard_normal(n) * np.exp(f["x"])),
    "fanning fitted": lambda: normal(
        lambda rng, n, f: rng.standard_normal(n) * np.exp(0.5 * f["x"]),
        groups=lambda rng, n: 0.1 * rng.standard_normal(n),
        level=20.0,
    ),
    "memory": lambda: normal(remembering, formula="y ~ x + t + (1 | g)"),
    "memory in rows": lambda: normal(remembering),
    "skewed groups": lambda: normal(groups=lambda rng, n: rng.exponential(2, n)),
    "heavy groups": lambda: normal(groups=lambda rng, n: rng.standard_t(2, n)),
    "two kinds": lambda: normal(groups=lambda rng, n: rng.choice([-3.0, 3.0], n), n_groups=80),
    "heavy slopes": lambda: slopes(
        lambda rng, n: rng.standard_normal((n, 2)) * np.sqrt(3 / rng.chisquare(3, n))[:, None]
    ),
    "far group": lambda: normal(groups=far_groups),
    "chance": lambda: normal(
        lambda rng, n, f: rng.standard_normal(n) * np.exp(0.5 * f["x"]), n_groups=5, size=8, seed=6
    ),
    "no groups": lambda: normal(
        lambda rng, n, _: -rng.exponential(1, n), groups=lambda rng, n: np.zeros(n), formula="y ~ x"
    ),
    "quasi": lambda: (
        *CASES["overdispersed"]()[:2],
        {"family": "poisson", "method": "PQL2"},
    ),
    "few groups": lambda: normal(n_groups=6, size=20),
    "overdispersed": lambda: counts(lambda rng, m: rng.negative_binomial(1.5, 1.5 / (1.5 + m))),
    "underdispersed": lambda: counts(
        lambda rng, m: rng.binomial(20, np.minimum(m / 20, 0.95)) // 2
    ),
    "many zeros": lambda: counts(zeros),
    "few zeros": lambda: counts(
        lambda rng, m: np.maximum(rng.poisson(m / 2), rng.random(400) < 0.9)
    ),
    "no zeros": lambda: counts(lambda rng, m: np.maximum(rng.poisson(m / 2), 1)),
    "separated": lambda: yes_no(0.5, 15, True),
    "one-sided": lambda: yes_no(3.0, 3, n_groups=120),
    "nearly Poisson": lambda: (
        *counts(lambda rng, m: rng.binomial(20, np.minimum(m / 20, 0.95)))[:2],
        {"family": "nbinom2"},
    ),
}


def _nearly_twice() -> Case:
    _, data, options = CASES["clean counts"]()
    noise = np.random.default_rng(9).standard_normal(400)
    return "y ~ x + again + (1 | g)", {**data, "again": data["x"] + 1e-5 * noise}, options


CASES["nearly twice"] = _nearly_twice


@lru_cache(maxsize=64)
def result(name: str) -> Result:
    formula, data, options = CASES[name]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ec.fit(formula, data, **options)


@lru_cache(maxsize=64)
def diagnosis(name: str) -> Diagnosis:
    return diagnose(result(name).fit, topics=TOPICS, n_simulations=250)


def finding(case: str, name: str, about: str | None = None) -> Finding:
    """The one finding of a case with this name, and about this, if that is said."""
    found = [
        f
        for fs in diagnosis(case).findings.values()
        for f in fs
        if f.name == name and about in (None, f.about)
    ]
    assert len(found) == 1, [(f.name, f.about) for f in found]
    return found[0]
