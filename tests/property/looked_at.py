"""Models and tables that a chart, a check or a report could stumble on, drawn from a seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.families import DATA, MODELS
from tests.property.troubled_data import troubled_model

Table = dict[str, Any]
Case = tuple[str, Table, dict[str, Any]]  # formula, table, options of fit()

# Names of columns: response, number, number of the group, category, group, second group.
NAMES: dict[str, tuple[str, ...]] = {
    "plain": ("y", "x", "u", "f", "g", "k"),
    "spaced": ("test score", "home language", "mean income", "sort of school", "a school", "k 2"),
    "accents": ("Größe", "Einkommen (€)", "Höhe", "學校類型", "العائلة", "ταξίδι"),
    "quotes": ("y'", 'x"y', "u\\v", "f<b>", "g&amp;", "k%"),
    "brackets": ("y[1]", "x.1", "u{2}", "f(3)", "g:h", "k|l"),
    "long": tuple(f"{word} " * 25 + word for word in ("outcome", "number", "u", "f", "g", "k")),
    "lines": ("y\nof two lines", "x\ty", "u\r\nv", "f\n\ng", "g\nh", " k "),
    "digits": ("1", "2", "3", "4", "5", "6"),
    "reserved": ("estimate", "std_error", "term", "group", "count", "datum"),
}
LABELS: dict[str, Any] = {
    "plain": lambda codes: np.char.add("f", codes.astype(str)),
    "digits": lambda codes: codes.astype(str),
    "boolean": lambda codes: codes > 0,
    "numbers": lambda codes: codes * 10,
    "accents": lambda codes: np.array(["é", "ß\u0301", "學校", "😀"])[codes % 4],
    "quotes": lambda codes: np.array(["it's", 'a "b"', "<i>c</i>", "d\\e & f"])[codes % 4],
    "long": lambda codes: np.char.add("a very long label, " * 12, codes.astype(str)),
    "lines": lambda codes: np.array(["one\ntwo", "", " three ", "nan"])[codes % 4],
    "words": lambda codes: np.array(["null", "NaN", "None", "Infinity"])[codes % 4],
}
RIGHT = {
    "intercept": "{x} + (1 | {g})",
    "slope": "{x} + ({x} | {g})",
    "independent": "{x} + ({x} || {g})",
    "cross-level": "{x} * {u} + ({x} | {g})",
    "category": "{f} + {x} + (1 | {g})",
    "category slope": "{f} * {x} + ({f} | {g})",
    "polynomial": "poly({x}, 2) + (1 | {g})",
    "centred": "cwc({x}, {g}) + gm({x}, {g}) + ({x} | {g})",
    "functions": "log(abs({x}) + 1) + I({x}^2) + scale({u}) + (1 | {g})",
    "spline": "ns({x}, 3) + {f} + (1 | {g})",
    "nested": "{x} + (1 | {k}/{g})",
    "crossed": "{x} + (1 | {g}) + ({x} | {k})",
    "members": "{x} + (1 | mm({g}, {k}))",
    "ar1": "{x} + ar1(0 + {f} | {g})",
    "no intercept": "0 + {x} + (0 + {x} | {g})",
    "nothing fixed": "0 + (1 | {g})",
    "only an intercept": "1 + (1 | {g})",
    "aliased": "{x} + I(2 * {x}) + {f} + (1 | {g})",
    "no random effect": "{x} * {f}",
    "only slopes": "{x} + (0 + {x} | {g}) + (0 + {f} | {k})",
}
TROUBLES = (
    *("none", "none", "missing", "no variance", "nearly perfect", "constant predictor"),
    *("constant response", "one group", "five rows", "groups of one", "huge", "tiny", "far"),
    *("weights", "zero weights", "offset", "outlier", "two values", "integers", "mean per group"),
)


def quoted(name: str) -> str:
    """Write a name in a formula."""
    return f"`{name}`"


def gaussian_case(seed: int) -> tuple[Case, tuple[str, ...], str]:
    """Give a Gaussian model and its table, the names of its columns, and what is odd about it."""
    rng = np.random.default_rng(seed)
    trouble = str(rng.choice(TROUBLES))
    kind = str(rng.choice(list(NAMES)))
    labels = {"f": str(rng.choice(list(LABELS))), "g": str(rng.choice(list(LABELS)))}
    right = str(rng.choice(list(RIGHT)))
    names = NAMES[kind]
    y, x, u, f, g, k = names
    arrays = _arrays(trouble, rng)
    data: Table = {
        y: arrays["y"], x: arrays["x"], u: arrays["u"], k: arrays["k"],
        f: LABELS[labels["f"]](arrays["f"]), g: LABELS[labels["g"]](arrays["g"]),
    }  # fmt: skip
    options: dict[str, Any] = {"method": str(rng.choice(["REML", "ML"]))}
    if "weights" in trouble:
        data["w"] = rng.integers(0 if trouble == "zero weights" else 1, 4, len(arrays["y"])) * 1.0
        options["weights"] = "w"
    if trouble == "offset":
        data["o"] = rng.normal(size=len(arrays["y"]))
        options["offset"] = "o"
    filled = RIGHT[right].format(**dict(zip("yxufgk", map(quoted, names), strict=True)))
    said = f"{seed}: {right}; {trouble}; names {kind}; f {labels['f']}, g {labels['g']}"
    return (f"{quoted(y)} ~ {filled}", data, options), names, said


def _arrays(trouble: str, rng: np.random.Generator) -> dict[str, Any]:
    n_groups = {"one group": 1, "five rows": 2}.get(trouble, int(rng.integers(3, 12)))
    n = 5 if trouble == "five rows" else int(rng.integers(12, 80))
    g = np.arange(n) if trouble == "groups of one" else rng.integers(0, n_groups, n)
    n_groups = max(n_groups, int(g.max()) + 1)
    x, u = rng.normal(size=n), rng.normal(size=n_groups)
    spread = 0.0 if trouble == "no variance" else 1.0
    noise = 1e-7 if trouble == "nearly perfect" else 1.0
    y = 1 + x + spread * (rng.normal(size=n_groups) + x[:, None] * rng.normal(size=n_groups))[
        np.arange(n), g
    ] + noise * rng.normal(size=n)  # fmt: skip
    f = g % 4 if trouble == "mean per group" else rng.integers(0, 3, n)
    size = {"huge": 1e12, "tiny": 1e-12}.get(trouble, 1.0)
    x, y = size * x, size * y
    if trouble == "far":
        x, y = 1e8 + x, 1e8 + y
    if trouble == "outlier":
        y[0], x[-1] = 1e5, -1e4
    if trouble == "missing":
        x[rng.random(n) < 0.2] = np.nan
        y[rng.random(n) < 0.1] = np.nan
    if trouble == "two values":
        x, y = (x > 0) * 1.0, (y > 1) * 1.0
    if trouble == "integers":
        x, y = np.round(x).astype(int), np.round(3 * y).astype(int)
    if trouble == "constant predictor":
        x = np.full(n, 3.0)
    if trouble == "constant response":
        y = np.full(n, 3.0)
    return {"y": y, "x": x, "u": u[g], "g": g, "k": rng.integers(0, 4, n), "f": f}


def generalized_case(seed: int) -> tuple[Case, tuple[str, ...], str]:
    """Give a generalized model, of a usual or of a hostile table."""
    usual = list(MODELS)
    names = ("y", "x", "z", "h", "g", "h")
    if seed % 2:
        name = usual[seed // 2 % len(usual)]
        formula, options = MODELS[name]
        return (formula, DATA, options), ("y", "x", "t", "h", "g", "h"), f"{seed}: {name}"
    formula, data, options, troubles = troubled_model(seed)
    return (formula, data, options), names, f"{seed}: {formula}; {options}; {', '.join(troubles)}"
