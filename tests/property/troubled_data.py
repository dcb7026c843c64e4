"""Tables that make trouble for generalized models, drawn from a seed: tiny, extreme, separated."""

from __future__ import annotations

from typing import Any

import numpy as np

from echelon.families import FAMILIES

Table = dict[str, Any]
PREDICTORS = (
    *("usual", "usual", "usual", "binary", "constant", "zero", "huge", "tiny", "far"),
    *("twice", "group", "outlier", "separating", "nearly separating"),
)
WEIGHTS = (*(None,) * 6, "ones", "tiny", "mixed", "many", "zeros", "gone")
OFFSETS = (*(None,) * 6, "small", "large", "overflowing", "extreme", "one row")
SIZES = (1, 2, 3, 6, 15, 15, 40, 40, 40, 120, 120)
STRUCTURES = (
    *("(1 | g)", "(1 | g)", "(x | g)", "(x || g)", "(1 | g) + (1 | h)", "(1 | g/h)"),
    *("(1 | row)", "(1 | g) + (z | h)", "(0 + x | g)", "(1 | mm(g, h))", ""),
)
RESPONSES: dict[str, tuple[str, ...]] = {
    "count": (
        "usual",
        "usual",
        "usual",
        "zero",
        "one",
        "equal",
        "groups",
        "large",
        "enormous",
        "by x",
    ),
    "binary": ("usual", "usual", "zero", "one", "groups", "single", "by x"),
    "s / t": ("usual", "usual", "zero", "one", "groups", "large", "by x"),
    "real": ("usual", "usual", "equal", "huge", "tiny", "outlier", "exact", "by x"),
    "amount": ("usual", "usual", "equal", "huge", "tiny", "outlier", "exact", "by x"),
    "nonnegative": ("usual", "usual", "zero", "groups", "equal", "huge", "by x"),
    "share": ("usual", "equal", "edge", "exact", "by x"),
    "grade": ("usual", "usual", "two", "gap", "groups", "single", "many", "by x"),
}
LEFT = {
    "binomial": ("binary", "s / t"),
    "betabinomial": ("s / t", "binary"),
    **dict.fromkeys(("poisson", "nbinom2", "nbinom1"), ("count",)),
    **dict.fromkeys(("gamma", "inverse_gaussian", "lognormal"), ("amount",)),
    **dict.fromkeys(("gaussian", "student"), ("real", "amount")),
    "tweedie": ("nonnegative",),
    "beta": ("share",),
    **dict.fromkeys(("cumulative", "adjacent", "continuation", "multinomial"), ("grade",)),
}


def troubled_table(seed: int, left: str) -> tuple[Table, list[str]]:
    """Give a table with a response `left`, and what troubles it has, in words."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice(SIZES))
    data: Table = {
        "g": rng.integers(
            0, int(rng.choice([1, 2, 2, 3, 3, 8, 8, 8, max(n // 2, 2), max(n, 2)])), n
        ).astype(str),
        "h": rng.integers(0, int(rng.choice([1, 2, 4, 4, 4, max(n // 2, 2)])), n).astype(str),
        "row": np.arange(n).astype(str),
    }
    said = [f"n {n}"]
    base = rng.normal(size=n)
    for name in ("x", "z"):
        kind = str(rng.choice(PREDICTORS))
        data[name] = _predictor(kind, n, rng, base, data)
        said.append(f"{name} {kind}")
    kind = str(rng.choice(RESPONSES[left]))
    data |= _response(left, kind, base, data, rng)
    said.append(f"response {kind}")
    for name, kinds, draw in (("w", WEIGHTS, _weights), ("o", OFFSETS, _offsets)):
        chosen = kinds[rng.integers(len(kinds))]
        if chosen is not None:
            data[name] = draw(chosen, n, rng)
            said.append(f"{name} {chosen}")
    return data, said


def _predictor(kind: str, n: int, rng: np.random.Generator, base: Any, data: Table) -> Any:
    normal = rng.normal(size=n)
    outlier = normal.copy()
    outlier[0] = 1e5
    return {
        "usual": normal,
        "binary": (normal > 0).astype(float),
        "constant": np.full(n, 3.0),
        "zero": np.zeros(n),
        "huge": 1e6 * normal,
        "tiny": 1e-6 * normal,
        "far": 1e7 + normal,
        "twice": 2.0 * data.get("x", normal) + 1.0,
        "group": (data["g"] == data["g"][0]).astype(float),
        "outlier": outlier,
        "separating": base,
        "nearly separating": base + 0.01 * normal,
    }[kind]


def _response(left: str, kind: str, base: Any, data: Table, rng: np.random.Generator) -> Table:
    n, by_group = len(base), (data["g"] == data["g"][0]).astype(float)
    order = np.argsort(np.argsort(base))
    if left in ("count", "nonnegative"):
        usual = rng.poisson(np.exp(0.5 * base)).astype(float)
        if left == "nonnegative":
            usual *= rng.gamma(2.0, 1.0, n)
        found = {
            "usual": usual, "zero": 0 * usual, "one": 0 * usual + (order == 0),
            "equal": 0 * usual + 3,
            "groups": usual * by_group, "large": rng.poisson(1e4 + 0 * base).astype(float),
            "enormous": np.floor(10.0 ** rng.uniform(0, 12, n)), "by x": 5.0 * (base > 0),
            "huge": 1e8 * usual,
        }  # fmt: skip
        return {left: found[kind]}
    if left in ("binary", "s / t"):
        t = np.ones(n)
        if left == "s / t":
            t = rng.integers(1, 100_000 if kind == "large" else 9, n).astype(float)
        usual = rng.binomial(t.astype(int), 0.4).astype(float)
        found = {
            "usual": usual, "large": usual, "zero": 0 * t, "one": t, "groups": t * by_group,
            "single": (order == 0) * t, "by x": t * (base > 0),
        }  # fmt: skip
        return {"binary": found[kind]} if left == "binary" else {"s": found[kind], "t": t}
    if left == "grade":
        usual = rng.integers(0, 4, n)
        found = {
            "usual": usual, "two": usual % 2, "gap": np.where(usual == 1, 2, usual),
            "groups": 3 * by_group.astype(int), "single": (order == 0).astype(int),
            "many": rng.integers(0, 15, n), "by x": np.searchsorted([-0.5, 0.5], base),
        }  # fmt: skip
        return {"grade": found[kind]}
    exact = 1.0 + 0.5 * data["x"] / (1e-300 + abs(data["x"]).max())
    if left == "share":
        usual = rng.beta(2, 3, n)
        found = {
            "usual": usual, "equal": 0 * usual + 0.3, "exact": exact / 3,
            "edge": np.where(usual > 0.4, 1 - 1e-12, 1e-12), "by x": np.where(base > 0, 0.9, 0.1),
        }  # fmt: skip
        return {"share": found[kind]}
    usual = base + rng.normal(size=n) if left == "real" else np.exp(base) * rng.gamma(2.0, 1.0, n)
    outlier = usual.copy()
    outlier[0] = 1e6
    found = {
        "usual": usual, "equal": 0 * usual + 2.0, "huge": 1e9 * usual, "tiny": 1e-9 * usual,
        "outlier": outlier, "exact": exact, "by x": 1.0 + (base > 0),
    }  # fmt: skip
    return {left: found[kind]}


def _weights(kind: str, n: int, rng: np.random.Generator) -> Any:
    return {
        "ones": np.ones(n),
        "tiny": np.full(n, 1e-10),
        "mixed": 10.0 ** rng.uniform(-8, 4, n),
        "many": np.full(n, 1e6),
        "zeros": (rng.random(n) > 0.5).astype(float),
        "gone": np.zeros(n),
    }[kind]


def _offsets(kind: str, n: int, rng: np.random.Generator) -> Any:
    row = np.zeros(n)
    row[0] = 30.0
    return {
        "small": rng.normal(size=n),
        "large": 20.0 * rng.normal(size=n),
        "overflowing": np.full(n, 800.0),
        "extreme": np.full(n, -1e6),
        "one row": row,
    }[kind]


def troubled_options(seed: int, family: str, links: tuple[str, ...], data: Table) -> Table:
    """Options of a fit to a troubled table, drawn from the seed."""
    rng = np.random.default_rng(seed + 1)
    options: Table = {"family": family, "link": str(rng.choice(links))}
    options |= {"weights": "w"} if "w" in data else {}
    options |= {"offset": "o"} if "o" in data else {}
    extras: list[Table] = [{}, {}, {"quadrature": 3}]
    if family != "multinomial":  # whose contrasts, nested, make thousands of nodes
        extras += [{"quadrature": 9}, {"quadrature": "auto"}]
    if family in ("poisson", "nbinom2", "nbinom1"):
        extras += [{"zero": "~ 1"}, {"zero": "~ z + (1 | g)"}, {"hurdle": "~ x"}, {"hurdle": "~ 1"}]
    if family in ("nbinom2", "gamma", "beta", "student", "gaussian", "tweedie", "betabinomial"):
        extras += [{"dispersion": "~ z"}]
    if family == "cumulative":
        extras += [{"scale": "~ z"}, {"nominal": "~ z"}, {"thresholds": "symmetric"}]
    if family in ("adjacent", "continuation"):
        extras += [{"nominal": "~ z"}, {"thresholds": "equidistant"}]
    if family in ("binomial", "poisson"):
        extras += [{"method": "PQL1"}, {"method": "PQL2"}, {"method": "MQL1"}, {"method": "MQL2"}]
    return options | extras[int(rng.integers(len(extras)))]


def troubled_model(seed: int) -> tuple[str, Table, Table, list[str]]:
    """Give a formula, a table, options, and what is troublesome, in words."""
    rng = np.random.default_rng(seed + 2)
    family = list(FAMILIES)[seed % len(FAMILIES)]
    left = str(rng.choice(LEFT[family]))
    data, said = troubled_table(seed, left)
    options = troubled_options(seed, family, FAMILIES[family].links, data)
    right = str(rng.choice(["x", "x", "x + z", "1", "0 + x", "x * z"]))
    structure = str(rng.choice(STRUCTURES))
    if "/" in structure and "quadrature" in options:
        options["quadrature"] = 3  # more, squared, is for who has a minute
    formula = f"{left} ~ {right}" + (f" + {structure}" if structure else "")
    return formula, data, options, said
