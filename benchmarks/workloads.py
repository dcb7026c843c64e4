"""The workloads: fits L and G, and inference I on a fit.

Room: benchmarks. Needs NumPy only, because every peer's process imports it.
Takes: the name of a workload.
Gives: `WORKLOADS`; `columns(name)` makes the columns of one once and keeps them on disk.
Source: data by a fixed seed, or a classic data set; G is in generalized.py.
"""

from __future__ import annotations

import numpy as np

from benchmarks.generalized import GENERALIZED
from benchmarks.workload import (
    CACHE,
    Columns,
    Workload,
    classic,
    codes,
    correlated,
    crossed,
    numbered,
    unequal,
)


def columns(name: str) -> Columns:
    """Read the columns of a workload, making them the first time."""
    name = WORKLOADS[name].data or name
    path = CACHE / f"{name}.npz"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        np.savez(path, allow_pickle=False, **WORKLOADS[name].make())
    with np.load(path) as stored:
        return {key: stored[key] for key in stored.files}


def sleep() -> Columns:
    """180 reaction times of 18 subjects."""
    return classic("sleepstudy.csv", "Subject")


def hsb() -> Columns:
    """7,185 pupils in 160 schools."""
    made = classic("Hsb82.csv.gz", "school", "sector", "minrty", "sx")
    return made | {"sector": made["sector"].astype(float)}


def penicillin() -> Columns:
    """144 diameters of 24 plates crossed with 6 samples."""
    return classic("Penicillin.csv", "plate", "sample")


def insteval() -> Columns:
    """73,421 ratings by 2,972 students of 1,128 instructors; departments by service."""
    made = classic("InstEval.csv.gz", "s", "d", "dept", "service")
    together = made["dept"] * 2 + made["service"]
    return made | {"deptserv": codes(together), "service": made["service"].astype(float)}


def slopes(seed: int, n: int, n_groups: int, r: int, p: int) -> Columns:
    """One grouping factor of unequal groups, r correlated effects, p fixed columns."""
    rng = np.random.default_rng(seed)
    g = unequal(rng, n, n_groups)
    X = rng.standard_normal((n, p - 1))
    for k in range(1, p - 1, 2):  # every second covariate has a group-level part
        X[:, k] = 0.8 * X[:, k] + 0.6 * rng.standard_normal(n_groups)[g]
    beta = np.linspace(1.0, -0.5, p)
    b = correlated(rng, n_groups, [0.8, 0.5, 0.3][:r])
    y = beta[0] + X @ beta[1:] + b[g, 0] + rng.standard_normal(n)
    for k in range(1, r):
        y += b[g, k] * X[:, k - 1]
    named = {f"x{k + 1}": np.ascontiguousarray(X[:, k]) for k in range(p - 1)}
    return {"y": y, "g": g.astype(np.int32), **named}


def three_levels() -> Columns:
    """5 occasions of 100,000 students in 2,000 schools in 100 districts."""
    rng = np.random.default_rng(105)
    times, students, schools, districts = 5, 100_000, 2_000, 100
    extra = rng.integers(0, schools, students - schools)
    school_of = np.sort(np.concatenate([np.arange(schools), extra]))
    extra = rng.integers(0, districts, schools - districts)
    district_of = np.sort(np.concatenate([np.arange(districts), extra]))
    student = np.repeat(np.arange(students), times)
    time = np.tile(np.arange(times) - 2.0, students)
    school = school_of[student]
    x = rng.standard_normal(students)[student]
    w = rng.standard_normal(schools)[school_of][student]
    b, c = correlated(rng, students, [1.0, 0.3]), correlated(rng, schools, [0.5, 0.15])
    d = 0.3 * rng.standard_normal(districts)
    y = 2 + 0.5 * time + 0.3 * x + 0.2 * w + 0.1 * x * time
    y += b[student, 0] + b[student, 1] * time + c[school, 0] + c[school, 1] * time
    y += d[district_of[school]] + 0.7 * rng.standard_normal(len(y))
    groups = {"student": student, "school": school, "district": district_of[school]}
    codes = {name: code.astype(np.int32) for name, code in groups.items()}
    return {"y": y, "time": time, "x": x, "w": w, **codes}


def ratings() -> Columns:
    """A million ratings, 6,040 users by 3,706 items, with margins like MovieLens."""
    rng = np.random.default_rng(107)
    n, n_users, n_items = 1_000_000, 6_040, 3_706
    user, item = crossed(rng, n, n_users, n_items)
    y = 3.5 + 0.45 * rng.standard_normal(n_users)[user] + 0.6 * rng.standard_normal(n_items)[item]
    return {"y": y + 0.9 * rng.standard_normal(n), "user": user, "item": item}


def conditions() -> Columns:
    """20,000 answers of 800 persons under 46 conditions: 1,035 pairs to compare."""
    rng = np.random.default_rng(505)
    person = np.repeat(np.arange(800), 25)
    condition = rng.integers(0, 46, len(person))
    x = rng.standard_normal(len(person))
    b = correlated(rng, 800, [0.8, 0.3])
    y = 0.02 * condition + (0.3 + b[person, 1]) * x + b[person, 0]
    y += rng.standard_normal(len(person))
    codes = {"person": person.astype(np.int32), "condition": condition.astype(np.int32)}
    return {"y": y, "x": x, **codes}


WORKLOADS = {
    w.name: w
    for w in (
        Workload(
            "L1", "sleep deprivation, n = 180, 18 subjects", "Reaction",
            (("Days",),), (("Subject", ("Days",)),), sleep, (0.001, "s"),
        ),
        Workload(
            "L2", "High School & Beyond, n = 7,185, 160 schools", "mAch",
            (("meanses",), ("cses",), ("sector",), ("meanses", "cses"), ("cses", "sector")),
            (("school", ("cses",)),), hsb, (0.003, "s"),
        ),
        Workload(
            "L3", "n = 10^5, 10^4 groups, slope", "y", numbered(5),
            (("g", ("x1",)),), lambda: slopes(103, 100_000, 10_000, 2, 6), (0.4, "mixedlm-rs"),
        ),
        Workload(
            "L4", "n = 10^6, 5 10^4 groups, two slopes, p = 10", "y", numbered(9),
            (("g", ("x1", "x2")),), lambda: slopes(104, 1_000_000, 50_000, 3, 10),
            (0.4, "mixedlm-rs"),
        ),
        Workload(
            "L5", "n = 5 10^5, students in schools in districts", "y",
            (("time",), ("x",), ("w",), ("time", "x")),
            (("student", ("time",)), ("school", ("time",)), ("district", ())), three_levels,
            (0.04, "glmm"),
        ),
        Workload(
            "L6", "InstEval, n = 73,421, three crossed factors", "y", (("service",),),
            (("s", ()), ("d", ()), ("deptserv", ())), insteval, (0.45, "glmm"),
        ),
        Workload(
            "L7", "n = 10^6, 6,040 users x 3,706 items", "y", (),
            (("user", ()), ("item", ())), ratings, (0.12, "glmm"),
        ),
        Workload(
            "I1", "Kenward-Roger: 4 tests and their joint test, n = 5,000, 250 groups", "y",
            numbered(4), (("g", ("x1",)),), lambda: slopes(501, 5_000, 250, 2, 5), (0.01, "s"),
            "kenward_roger", "REML", "df of joint test", 1e-5,
        ),
        Workload(
            "I1s", "Satterthwaite: the same tests", "y", numbered(4), (("g", ("x1",)),),
            dict, None, "satterthwaite", "REML", "df of joint test", 1e-4, data="I1",
        ),
        Workload(
            "I1L", "Kenward-Roger: 9 tests and their joint test, n = 10^6, 5 10^4 groups", "y",
            numbered(9), (("g", ("x1", "x2")),), dict, (5.0, "s"),
            "kenward_roger", "REML", "df of joint test", data="L4", has_peers=False,
        ),
        Workload(
            "I2s", "profile intervals of all 6 parameters, sleep", "Reaction", (("Days",),),
            (("Subject", ("Days",)),), dict, (0.03, "s"),
            "profile", check="sum of limits", slack=1e-4, data="L1",
        ),
        Workload(
            "I2p", "profile intervals of all 4 parameters, Penicillin", "diameter", (),
            (("plate", ()), ("sample", ())), penicillin, (0.03, "s"),
            "profile", check="sum of limits", slack=1e-4,
        ),
        Workload(
            "I3s", "parametric bootstrap, 1,000 refits, sleep", "Reaction", (("Days",),),
            (("Subject", ("Days",)),), dict, (0.2, "s"),
            "bootstrap", check="s.e. of Days", slack=0.1, data="L1", replicates=1_000,
        ),
        Workload(
            "I3p", "parametric bootstrap, 1,000 refits, Penicillin", "diameter", (),
            (("plate", ()), ("sample", ())), dict, (0.2, "s"),
            "bootstrap", check="s.e. of sigma", slack=0.1, data="I2p", replicates=1_000,
        ),
        Workload(
            "I3L", "parametric bootstrap, 20 refits, n = 10^6, 5 10^4 groups", "y", numbered(9),
            (("g", ("x1", "x2")),), dict, (12.0, "s"),
            "bootstrap", check="s.e. of sigma", data="L4", replicates=20, has_peers=False,
        ),
        Workload(
            "I3X", "parametric bootstrap, 1,000 refits, n = 10^6, 5 10^4 groups", "y",
            numbered(9), (("g", ("x1", "x2")),), dict, (600.0, "s"),
            "bootstrap", check="s.e. of sigma", data="L4", replicates=1_000, has_peers=False,
            on_request=True,
        ),
        Workload(
            "I4", "Cook's distance by school, 160 deletions refitted, HSB", "mAch",
            (("meanses",), ("cses",), ("sector",), ("meanses", "cses"), ("cses", "sector")),
            (("school", ("cses",)),), dict, (0.1, "s"),
            "influence", check="sum of distances", slack=1e-3, data="L2",
        ),
        Workload(
            "I5", "46 means, 1,035 contrasts (Tukey, Satterthwaite), n = 20,000, 800 groups", "y",
            (("condition",), ("x",)), (("person", ("x",)),), conditions, (1.0, "s"),
            "means", "REML", "sum of p values", 1e-4, ("condition",),
        ),
        Workload(
            "I5k", "the same by Kenward-Roger", "y", (("condition",), ("x",)),
            (("person", ("x",)),), dict, None,
            "means_kr", "REML", "sum of p values", 1e-4, ("condition",), data="I5",
        ),
        *GENERALIZED,
    )
}  # fmt: skip
