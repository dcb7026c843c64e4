"""The generalized workloads G, O and N: outcomes that are not Gaussian.

Room: benchmarks. Needs NumPy only, because every peer's process imports it.
Takes: nothing; three classic data sets, the others simulated from a known truth.
Gives: `GENERALIZED`, workloads for workloads.py.
Source: the goals are those of issue 4; the classic data are in tests/reference/data.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Columns, Workload, classic, correlated, crossed, numbered, unequal

Array = np.ndarray[Any, Any]


def cattle() -> Columns:
    """56 rows, 842 animals of 15 herds: cases of pleuropneumonia in four periods."""
    made = classic("cbpp.csv", "herd", "period")
    later = {f"period{k + 1}": (made["period"] == k).astype(float) for k in (1, 2, 3)}
    return {name: made[name] for name in ("incidence", "size", "herd")} | later


def contraception() -> Columns:
    """1,934 women in 60 districts of Bangladesh: use of contraception."""
    made = classic("Contraception.csv", "district", "use", "livch", "urban")
    children = {f"livch{k}": (made["livch"] == k).astype(float) for k in (1, 2, 3)}
    numbers = {name: made[name].astype(float) for name in ("use", "age", "urban")}
    return numbers | children | {"agesq": made["age"] ** 2, "district": made["district"]}


def verbal_aggression() -> Columns:
    """7,584 answers of 316 persons to 24 items."""
    text = ("Gender", "item", "resp", "id", "btype", "situ", "mode", "r2")
    made = classic("VerbAgg.csv.gz", *text)
    behaviour = {
        name: (made["btype"] == k).astype(float) for k, name in ((1, "scold"), (2, "shout"))
    }
    numbers = {"r2": made["r2"], "Anger": made["Anger"], "male": made["Gender"]}
    numbers = {name: values.astype(float) for name, values in numbers.items()}
    itself = {"self": made["situ"].astype(float)}
    return numbers | behaviour | itself | {"id": made["id"], "item": made["item"]}


def predictor(
    seed: int, n: int, n_groups: int, beta: tuple[float, ...], std_devs: tuple[float, ...]
) -> tuple[np.random.Generator, Array, Columns]:
    """Make a linear predictor (n,) of one factor: intercept first, slopes of x1, x2 and so on."""
    rng = np.random.default_rng(seed)
    g = unequal(rng, n, n_groups)
    X = rng.standard_normal((n, len(beta) - 1))
    X[:, 1] = 0.8 * X[:, 1] + 0.6 * rng.standard_normal(n_groups)[g]  # a group-level part
    b = correlated(rng, n_groups, list(std_devs))
    eta = beta[0] + X @ np.array(beta[1:]) + b[g, 0]
    for k in range(1, len(std_devs)):
        eta += b[g, k] * X[:, k - 1]
    named = {f"x{k + 1}": np.ascontiguousarray(X[:, k]) for k in range(X.shape[1])}
    return rng, eta, {"g": g.astype(np.int32), **named}


def tosses(rng: np.random.Generator, eta: Array) -> Array:
    """Draw 0/1 (n,) with logit eta."""
    return (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)


def binary(
    seed: int, n: int, n_groups: int, beta: tuple[float, ...], std_devs: tuple[float, ...]
) -> Columns:
    """0/1 in groups."""
    rng, eta, table = predictor(seed, n, n_groups, beta, std_devs)
    return {"y": tosses(rng, eta), **table}


def counts() -> Columns:
    """A million Poisson counts in 10,000 groups."""
    beta = (0.2, 0.3, -0.2, 0.15, 0.1)
    rng, eta, table = predictor(205, 1_000_000, 10_000, beta, (0.5,))
    return {"y": rng.poisson(np.exp(eta)).astype(float), **table}


def answers() -> Columns:
    """100,000 answers, 2,000 persons by 1,000 items."""
    rng = np.random.default_rng(206)
    person, item = crossed(rng, 100_000, 2_000, 1_000)
    x = rng.standard_normal(len(person))
    eta = -0.2 + 0.5 * x + 0.8 * rng.standard_normal(2_000)[person]
    eta += 0.6 * rng.standard_normal(1_000)[item]
    return {"y": tosses(rng, eta), "x1": x, "person": person, "item": item}


def grades() -> Columns:
    """10,000 ordered categories of five, in 500 groups."""
    rng, eta, table = predictor(301, 10_000, 500, (0.0, 0.7, -0.5, 0.3), (1.0,))
    latent = eta + rng.logistic(size=len(eta))
    return {"y": np.searchsorted([-2.0, -0.7, 0.6, 2.0], latent).astype(np.int32), **table}


def overdispersed() -> Columns:
    """50,000 counts with variance mu + mu^2 / 1.5, in 1,000 groups."""
    rng, eta, table = predictor(401, 50_000, 1_000, (0.5, 0.3, -0.2, 0.1), (0.5,))
    rate = rng.gamma(1.5, np.exp(eta) / 1.5)
    return {"y": rng.poisson(rate).astype(float), **table}


GENERALIZED = (
    Workload(
        "G1", "binomial, cbpp, 842 trials in 56 rows, 15 herds", "incidence",
        (("period2",), ("period3",), ("period4",)), (("herd", ()),), cattle, (0.0015, "s"),
        family="binomial", known=184.0526, trials="size",
    ),
    Workload(
        "G2", "binomial, Contraception, n = 1,934, 60 districts, slope", "use",
        (("age",), ("agesq",), ("urban",), ("livch1",), ("livch2",), ("livch3",)),
        (("district", ("urban",)),), contraception, (0.6, "glmm"),
        family="binomial", known=2360.6103,
    ),
    Workload(
        "G3", "binomial, n = 10^5, 2,000 groups, slope", "y", numbered(4), (("g", ("x1",)),),
        lambda: binary(203, 100_000, 2_000, (-0.3, 0.6, -0.4, 0.3, 0.2), (0.8, 0.5)),
        (0.35, "glmm"), family="binomial", known=118442.1732, slow=("lme4", "mixedlm"),
    ),
    Workload(
        "G4", "binomial, VerbAgg, n = 7,584, 316 persons x 24 items", "r2",
        (("Anger",), ("male",), ("scold",), ("shout",), ("self",)), (("id", ()), ("item", ())),
        verbal_aggression, (0.5, "glmm"), family="binomial", known=8151.3997,
    ),
    Workload(
        "G5", "Poisson, n = 10^6, 10^4 groups", "y", numbered(4), (("g", ()),), counts,
        (0.3, "gpboost"), family="poisson", known=2878794.8757, slow=("lme4", "glmmTMB", "mixedlm"),
    ),
    Workload(
        "G6", "binomial, n = 10^5, 2,000 persons x 1,000 items", "y", (("x1",),),
        (("person", ()), ("item", ())), answers, (0.05, "glmm"),
        family="binomial", known=119998.2153, slow=("lme4", "glmmTMB", "mixedlm"),
    ),
    Workload(
        "G7", "binomial, quadrature with 15 points, n = 2 10^4, 1,000 groups", "y", numbered(3),
        (("g", ()),), lambda: binary(207, 20_000, 1_000, (-0.3, 0.6, -0.4, 0.3), (1.0,)),
        (0.35, "glmm"), family="binomial", known=23648.2022, nodes=15,
    ),
    Workload(
        "O1", "cumulative logit, 5 categories, n = 10^4, 500 groups", "y", numbered(3),
        (("g", ()),), grades, (0.15, "s"), family="cumulative", known=28583.1336,
    ),
    Workload(
        "N1", "negative binomial (NB2), n = 5 10^4, 1,000 groups", "y", numbered(3),
        (("g", ()),), overdispersed, (0.6, "gpboost"), family="nbinom2", known=180927.8715,
        slow=("lme4", "glmmTMB"),
    ),
)  # fmt: skip
