"""Any formula over any table ends in a fit that prints and predicts, or in one of our errors.

Slow: runs in `make test-all`, for a bounded number of models.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import echelon
from echelon.errors import EchelonError, EchelonWarning

NAMES = ["x", "z", "f", "w"]
FUNCTIONS = [
    *["{0}"] * 5,
    *["log({0})", "exp({0})", "sqrt({0})", "poly({0},2)", "bs({0},df=4)", "ns({0},df=3)"],
    *["scale({0})", "center({0})", "factor({0})", "factor({0},ref='a')", "ordered({0})"],
    *["I({0}^2)", "I({0}>0)", "I({0}/z)", "cwc({0},g)", "gm({0},h)", "lag({0})"],
    *["offset({0})", "scale(lag({0}))"],
]
GROUPINGS = ["g", "g", "g", "h", "g/h", "g:h", "h:g", "f", "w", "mm(g, h)"]
OPTIONS: list[dict[str, Any]] = [
    {},
    {},
    {},
    {"method": "ML"},
    {"weights": "w"},
    {"offset": "z"},
    {"subset": "x > 0"},
    {"subset": "f == 'a'"},
    {"contrasts": {"f": "sum"}},
    {"control": {"path": "sparse"}},
]

atoms = st.builds(str.format, st.sampled_from(FUNCTIONS), st.sampled_from(NAMES))
fixed_terms = st.builds("{}{}{}".format, atoms, st.sampled_from(["*", ":", "/"]), atoms) | atoms
effects = st.lists(st.sampled_from(["1", "1", "0", "x", "z", "f"]) | atoms, min_size=1, max_size=3)
random_terms = st.builds(
    "{}({} {} {})".format,
    st.sampled_from(["", "", "", "", "diag", "cs", "id", "ar1"]),
    effects.map(" + ".join),
    st.sampled_from(["|", "|", "||"]),
    st.sampled_from(GROUPINGS),
)
formulas = st.builds(
    "{} ~ {}".format,
    st.sampled_from(["y", "y", "y", "log(y)", "scale(y)"]),
    st.tuples(
        st.lists(fixed_terms, max_size=3),
        st.lists(random_terms, max_size=2),
        st.sampled_from([["1"], ["1"], ["0"], ["."]]),
    ).map(lambda parts: " + ".join([*parts[0], *parts[1], *parts[2]])),
)


def column(kind: str, n: int, rng: np.random.Generator) -> Any:
    """Make a column that a person might have, or would rather not."""
    values = rng.normal(size=n)
    match kind:
        case "whole":
            return rng.integers(-5, 6, n)
        case "constant":
            return np.full(n, 3.3)
        case "label":
            return np.array(list("abcA "))[rng.integers(0, 5, n)]
        case "truth":
            return values > 0
        case "date":
            return np.array("2020-01-01", dtype="M8[D]") + rng.integers(0, 9, n)
        case "gaps":
            return np.where(rng.random(n) < 0.2, np.nan, values)
        case "huge" | "tiny":
            return values * 10.0 ** (rng.integers(3, 305) * (1 if kind == "huge" else -1))
        case "far":
            return values + 10.0 ** rng.integers(3, 16)
        case "number as text":
            return np.array([f"{value:.1f}" for value in values], dtype=object)
        case "anything":
            return [[None, 1, 2.5, "a", True, 2**70][i] for i in rng.integers(0, 6, n)]
        case "infinite":
            return np.where(np.arange(n) == 1, np.inf, values)
    return values


KINDS = [
    *["usual", "usual", "usual", "whole", "constant", "label", "label", "truth", "date", "gaps"],
    *["huge", "tiny", "far", "number as text", "anything", "infinite"],
]


def table(kinds: list[str], n: int, n_groups: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    columns = {name: column(kind, n, rng) for name, kind in zip(NAMES, kinds, strict=True)}
    g, h = rng.integers(0, n_groups, (2, n))
    y = rng.normal(size=n_groups)[g] + rng.normal(size=n)
    return {"y": y, **columns, "g": np.sort(g), "h": h}


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=4_000)
@given(
    formula=formulas,
    kinds=st.lists(st.sampled_from(KINDS), min_size=4, max_size=4),
    n=st.sampled_from([0, 1, 2, 5, 12, 30, 60]),
    n_groups=st.integers(1, 12),
    seed=st.integers(0, 2**31),
    options=st.sampled_from(OPTIONS),
)
def test_any_model(
    formula: str, kinds: list[str], n: int, n_groups: int, seed: int, options: dict[str, Any]
) -> None:
    data = table(kinds, n, n_groups, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", EchelonWarning)
        try:
            fit = echelon.fit(formula, data, **options)
        except EchelonError as error:
            said = error
        else:
            check(fit, data)
            return
    assert "\n  see:   errors#" in str(said)
    assert said.slug != "internal"


def check(fit: echelon.Result, data: dict[str, Any]) -> None:
    """Print it, predict with it, and compare with predictions for the table as new rows."""
    assert math.isfinite(fit.objective)
    assert fit.sigma > 0.0
    assert max(map(len, str(fit).split("\n"))) <= 88
    assert len(fit.predict(interval="prediction")["estimate"]) == fit.n_obs
    for grouping in fit.n_groups:
        assert len(fit.conditional_modes(grouping)["estimate"]) > 0
    try:
        rows = fit.predict(data)
    except EchelonError:  # a row left out of the fit may be outside a function's domain
        return
    kept = fit.fit.rows.kept
    rows, own = rows if kept is None else rows[kept], fit.predict()
    is_known = np.isfinite(rows) & np.isfinite(own)  # what is not estimable is not predicted
    size = np.abs(own[is_known]).max(initial=0.0) + fit.sigma
    np.testing.assert_allclose(rows[is_known], own[is_known], rtol=0, atol=1e-6 * size)
