"""Data sets with one fault each in predictors, sample or design, and what is found in them.

Every case is (formula, data, options of the fit). `finding` fits, looks and picks.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

import echelon as ec
from echelon.check.diagnosis import Diagnosis, diagnose
from echelon.check.finding import Finding
from echelon.result.record import Result

TOPICS = ("Predictors", "Influence", "Data and design")
Case = tuple[str, dict[str, Any], dict[str, Any]]
Maker = Callable[[], Case]


def world(n_groups: int = 80, rows: int = 12, seed: int = 4) -> dict[str, Any]:
    """Rows in groups: x and z vary within them, w and the category k between them, y follows."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(n_groups), rows)
    x, z, e = rng.standard_normal((3, len(g)))
    w, u = rng.standard_normal((2, n_groups))
    k = np.array(["a", "b"])[np.arange(n_groups) % 2]
    y = 0.5 * x + 0.3 * w[g] + 0.7 * u[g] + e
    return {"g": g, "x": x, "z": z, "w": w[g], "k": k[g], "y": y, "u": u[g], "e": e}


def clean() -> Case:
    """Everything as the model has it."""
    return "y ~ x + z + w + (1 | g)", world(), {}


def contextual() -> Case:
    """Groups with larger x have larger intercepts, beyond the slope within groups."""
    data = world()
    means = np.random.default_rng(5).standard_normal(80)[data["g"]]
    data["x"] = data["x"] + means
    data["y"] = data["y"] + 0.5 * data["x"] + means
    return "y ~ x + w + (x | g)", data, {}


def strongly_contextual() -> Case:
    """The same, twice as strong, without a random slope."""
    _, data, _ = contextual()
    data["y"] = data["y"] + np.bincount(data["g"], data["x"])[data["g"]] / 12
    return "y ~ x + w + (1 | g)", data, {}


def counted() -> Case:
    """Counts of the clean world."""
    data = world(60, 15)
    counts = np.random.default_rng(14).poisson(np.exp(data["y"] / 2 - data["e"] / 2))
    return "c ~ x + w + (1 | g)", data | {"c": counts}, {"family": "poisson"}


def nearly_zero() -> Case:
    """A predictor that begins a little above zero."""
    data = world()
    data["t"] = np.tile(np.arange(12) + 1.0, 80)
    return "y ~ t + (1 | g)", data, {}


def paired() -> Case:
    """A predictor that varies within groups only, and groups that differ much."""
    data = world()
    data["y"] = data["y"] + 2 * data["u"][data["g"]]
    return "y ~ 0 + cwc(x, g) + (1 | g)", data, {}


def few_by_ml() -> Case:
    """A handful of groups, by maximum likelihood."""
    return few(6, method="ML")


def spread_along_number() -> Case:
    """Residuals spread more where w is large."""
    data = world()
    data["y"] = data["y"] + data["e"] * (np.exp(0.4 * data["w"]) - 1)
    return "y ~ x + w + (1 | g)", data, {}


def spread_along_category() -> Case:
    """Residuals spread twice as far in category b."""
    data = world()
    data["y"] = data["y"] + data["e"] * (data["k"] == "b")
    return "y ~ x + k + (1 | g)", data, {}


def curved() -> Case:
    """The effect of x is a parabola."""
    data = world()
    data["y"] = data["y"] + 0.3 * data["x"] ** 2
    return "y ~ x + z + (1 | g)", data, {}


def curved_with_product() -> Case:
    """The same, where x is in a product too."""
    _, data, options = curved()
    return "y ~ x * z + (1 | g)", data, options


def curved_steps() -> Case:
    """A parabola over five values."""
    data = world()
    data["t"] = np.tile(np.arange(4.0), 240)
    data["y"] = data["y"] + 0.4 * (data["t"] - 1.5) ** 2
    return "y ~ t + (1 | g)", data, {}


def crossed() -> Case:
    """The slope of x depends on w, and is random."""
    data = world()
    data["y"] = data["y"] + 0.3 * data["x"] * data["w"]
    return "y ~ x + z + w + (x | g)", data, {}


def crossed_without_slope() -> Case:
    """The same without a random slope."""
    _, data, _ = crossed()
    return "y ~ x + z + w + (1 | g)", data, {}


def twins() -> Case:
    """Two predictors that are nearly one."""
    data = world()
    data["x2"] = data["x"] + 0.1 * data["z"]
    return "y ~ x + x2 + w + (1 | g)", data, {}


def product() -> Case:
    """A product of predictors far from zero."""
    data = world()
    data["p"], data["q"] = data["x"] + 10, data["z"] + 10
    return "y ~ p * q + (1 | g)", data, {}


def years() -> Case:
    """Calendar years with a random slope and an interaction."""
    data = world()
    data["year"] = 2000.0 + np.tile(np.arange(12), 80)
    return "y ~ year * x + (year | g)", data, {}


def late() -> Case:
    """Calendar years without a random slope."""
    _, data, _ = years()
    data["age"] = data["x"] + 40
    return "y ~ year + age + (1 | g)", data, {}


def odd_group() -> Case:
    """One of 30 groups is far away in w and in y."""
    data = world(30)
    is_odd = data["g"] == 7
    data["w"] = np.where(is_odd, 6.0, data["w"])
    data["y"] = np.where(is_odd, data["y"] - 8.0, data["y"])
    return "y ~ x + w + (1 | g)", data, {}


def odd_level() -> Case:
    """One of 60 groups is far away in y alone."""
    data = world(60)
    data["y"] = np.where(data["g"] == 7, data["y"] + 15.0, data["y"])
    return "y ~ x + w + (1 | g)", data, {}


def odd_row() -> Case:
    """One row is far away in x and in y."""
    data = world(20)
    data["x"][30], data["y"][30] = 25.0, -10.0
    return "y ~ x + (1 | g)", data, {}


def many_groups() -> Case:
    """More groups than are refitted one by one."""
    return "y ~ x + w + (1 | g)", world(450, 4), {}


def few(n_groups: int = 6, **options: Any) -> Case:
    """A handful of groups."""
    return "y ~ x + (1 | g)", world(n_groups), options


def small_groups() -> Case:
    """Three rows for two random effects."""
    data = world(80, 3)
    data["y"] = data["y"] + np.random.default_rng(8).standard_normal(80)[data["g"]] * data["x"]
    return "y ~ x + (x | g)", data, {}


def single_rows() -> Case:
    """More than half of the groups have one row."""
    data = world()
    is_kept = (data["g"] >= 45) | (np.arange(960) % 12 == 0)
    return "y ~ x + (1 | g)", {name: values[is_kept] for name, values in data.items()}, {}


def many_predictors() -> Case:
    """Seven predictors of 30 groups."""
    data = world(30)
    rng = np.random.default_rng(9)
    names = [f"v{i}" for i in range(6)]
    data |= {name: rng.standard_normal(30)[data["g"]] for name in names}
    return f"y ~ x + w + {' + '.join(names)} + (1 | g)", data, {}


def rare() -> Case:
    """A binary outcome that occurs in few rows."""
    data = world(40, 10)
    chance = 1 / (1 + np.exp(3.2 - data["y"] / 2))
    rng = np.random.default_rng(11)
    return "b ~ x + z + w + (1 | g)", data | {"b": (rng.random(400) < chance) * 1.0}, BINOMIAL


def binary() -> Case:
    """A binary outcome of the clean world."""
    data = world(60, 15)
    rng = np.random.default_rng(12)
    chance = 1 / (1 + np.exp(-data["y"]))
    return "b ~ x + w + (1 | g)", data | {"b": (rng.random(900) < chance) * 1.0}, BINOMIAL


def gaps() -> Case:
    """Missing values of x and of w."""
    data = world()
    rng = np.random.default_rng(13)
    data["x"] = np.where(rng.random(960) < 0.1, np.nan, data["x"])
    data["w"] = np.where(rng.random(960) < 0.04, np.nan, data["w"])
    return "y ~ x + w + (1 | g)", data, {}


def one_gap() -> Case:
    """A single missing value."""
    data = world()
    data["x"][5] = np.nan
    return "y ~ x + w + (1 | g)", data, {}


def no_groups() -> Case:
    """Groups that do not matter."""
    data = world()
    data["y"] = 0.5 * data["x"] + data["e"] - np.repeat(
        data["e"].reshape(80, 12).mean(axis=1), 12
    ) * 0.9  # fmt: skip
    return "y ~ x + (1 | g)", data, {}


BINOMIAL = {"family": "binomial"}


@cache
def fitted(case: Maker) -> Result:
    """Fit a case once; what is announced is not the point here."""
    formula, data, options = case()
    return quiet(formula, data, **options)


def quiet(formula: str, data: dict[str, Any], **options: Any) -> Result:
    """Fit without announcements."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ec.fit(formula, data, **options)


@cache
def diagnosis(case: Maker) -> Diagnosis:
    """Look at a case once."""
    return diagnose(fitted(case).fit, topics=TOPICS)


def finding(case: Maker, name: str, about: str | None = None) -> Finding:
    """Pick what was found."""
    return next(
        found
        for findings in diagnosis(case).findings.values()
        for found in findings
        if found.name == name and about in (None, found.about)
    )


def names(case: Maker) -> list[str]:
    """Name everything that was found."""
    return [found.name for findings in diagnosis(case).findings.values() for found in findings]
