"""Every verb, on any small data: an answer or one of our errors; no traceback, no nonsense."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import echelon as ec
from echelon.errors import EchelonError, EchelonWarning
from echelon.table import Table

MODELS = {
    "intercept": "y ~ x + (1 | g)",
    "slope": "y ~ x + (x | g)",
    "independent": "y ~ x + (x || g)",
    "level two": "y ~ x + u + (1 | g)",
    "cross-level": "y ~ x * u + (x | g)",
    "a factor": "y ~ x + f + (1 | g)",
    "no intercept": "y ~ 0 + x + (0 + x | g)",
    "nothing fixed": "y ~ 0 + (1 | g)",
    "three levels": "y ~ x + (1 | h/g)",
    "crossed": "y ~ x + (1 | g) + (1 | k)",
    "no random effect": "y ~ x + f",
}
KINDS = ("plain", "no variance", "nearly perfect", "large numbers", "two groups", "mean per group")


def rows(kind: str, seed: int) -> dict[str, np.ndarray]:
    """From twelve to sixty rows, in groups of one to eight, of which something is extreme."""
    rng = np.random.default_rng(seed)
    n_groups = 2 if kind == "two groups" else int(rng.integers(3, 9))
    sizes = np.maximum(rng.integers(1, 9, n_groups), 12 // n_groups)
    g = np.repeat(np.arange(n_groups), sizes)
    n = len(g)
    x, u = rng.normal(size=n), rng.normal(size=n_groups)
    noise = 1e-6 if kind == "nearly perfect" else 1.0
    spread = 0.0 if kind == "no variance" else 1.0
    y = 1 + x + spread * rng.normal(size=n_groups)[g] + noise * rng.normal(size=n)
    if kind == "large numbers":
        x, y = 1e8 + 1e4 * x, 1e-9 * y
    f = rng.integers(0, 3, n) if kind != "mean per group" else g
    return {"y": y, "x": x, "u": u[g], "g": g, "h": g // 3, "k": rng.integers(0, 4, n),
            "f": np.char.add("f", f.astype(str))}  # fmt: skip


def verbs(fit: ec.Result, data: Mapping[str, np.ndarray]) -> dict[str, Callable[[], Any]]:
    """What can be asked of any fit, with few replicates."""
    grouping = next(iter(fit.n_groups), None)
    return {
        "summary": fit.summary,
        "fixed_effects": lambda: fit.fixed_effects,
        "variance_components": lambda: fit.variance_components,
        "Kenward-Roger": lambda: fit.refit(df_method="kenward_roger").fixed_effects,
        "test": lambda: fit.test("x = 0"),
        "anova": fit.anova,
        "conf_int": fit.conf_int,
        "profile": lambda: fit.conf_int(method="profile"),
        "variance_intervals": fit.variance_intervals,
        "expected": lambda: fit.variance_intervals(information="expected"),
        "CR1": lambda: fit.robust("CR1"),
        "CR2": fit.robust,
        "CR3": lambda: fit.robust("CR3"),
        "icc": fit.icc,
        "icc of the null model": lambda: fit.icc("unconditional"),
        "icc by level": lambda: fit.icc("levels"),
        "design_effect": fit.design_effect,
        "r_squared": fit.r_squared,
        "reliability": fit.reliability,
        "reliability by group": lambda: fit.reliability(grouping, by_group=True),
        "homogeneity": fit.homogeneity,
        "ranova": fit.ranova,
        "variance_test": lambda: fit.variance_test(n=100, seed=1),
        "bootstrap of a ratio": lambda: fit.variance_test(method="bootstrap", n=20, seed=1),
        "compare_ols": fit.compare_ols,
        "compare": lambda: fit.compare(ec.fit("y ~ 1", data)),
        "simplify": fit.simplify,
        "influence": lambda: fit.influence(grouping),
        "bootstrap": lambda: fit.bootstrap(20, seed=1),
        "BCa": lambda: fit.bootstrap(20, seed=1, interval="bca"),
        "residual": lambda: fit.bootstrap(3, seed=1, kind="residual"),
        "case": lambda: fit.bootstrap(3, seed=1, kind="case"),
        "wild": lambda: fit.bootstrap(3, seed=1, kind="wild"),
        "marginal_means": lambda: fit.marginal_means("x", at={"x": [0, 1]}),
        "slopes": lambda: fit.slopes("x"),
        "what_if": lambda: fit.what_if(data, change={"x": "+ 1"}),
    }


CASES = st.sampled_from(sorted(MODELS)), st.sampled_from(KINDS), st.integers(0, 10_000)


@settings(max_examples=2)
@given(*CASES)
@example("nothing fixed", "plain", 0)
@example("slope", "two groups", 0)
@example("a factor", "mean per group", 1)
@example("cross-level", "nearly perfect", 295)
@example("three levels", "large numbers", 3)
@example("cross-level", "no variance", 4)
@example("cross-level", "two groups", 2094)
def test_every_verb_answers_or_says_why_not(model: str, kind: str, seed: int) -> None:
    ask_everything(model, kind, seed)


@pytest.mark.slow
@settings(max_examples=300)
@given(*CASES)
def test_every_verb_answers_or_says_why_not_at_length(model: str, kind: str, seed: int) -> None:
    ask_everything(model, kind, seed)


def ask_everything(model: str, kind: str, seed: int) -> None:
    """Warnings of numpy are errors here; ours are not."""
    data = rows(kind, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        try:
            fit = ec.fit(MODELS[model], data)
        except EchelonError:
            return
        for name, verb in verbs(fit, data).items():
            try:
                answer = verb()
            except EchelonError:
                continue
            assert repr(answer)
            if isinstance(answer, Table):
                check(name, answer)


def check(name: str, table: Table) -> None:
    """Standard errors are positive, probabilities are such, limits stand around the estimate."""

    def column(key: str) -> np.ndarray:
        values = table[key] if key in table else np.full(len(table), np.nan)
        return np.array([np.nan if v is None else v for v in values.tolist()], dtype=float)

    p, error, df = column("p_value"), column("std_error"), column("df")
    assert not ((p < 0) | (p > 1)).any(), name
    assert not (error < 0).any(), name
    assert not (df < 0).any(), name
    assert not np.isinf(error).any(), name
    low, high = column("conf_low"), column("conf_high")
    assert not (low > high).any(), name
    if "resid" not in name and name not in {"case", "wild", "bootstrap", "BCa", "profile"}:
        estimate = column("estimate")
        slack = 1e-9 * np.abs(estimate)
        assert not ((low > estimate + slack) | (high < estimate - slack)).any(), name


UNIDENTIFIED = {
    "y ~ x + u + v + w + (1 | g)": "sd_(Intercept)|g",
    "y ~ x + u + v + w + (x | g)": "sd_(Intercept)|g",
    "y ~ x + u + v + w + (1 | g) + (1 | k)": "sd_(Intercept)|g",
}


@pytest.mark.parametrize("text", UNIDENTIFIED)
@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_what_the_data_say_nothing_about_is_empty(text: str) -> None:
    """A mean for every group, by three numbers of four groups: their variance is not known."""
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(4), 8)
    numbers = rng.normal(size=(4, 3))[g]
    x = rng.normal(size=32)
    data = {"y": x + rng.normal(size=4)[g] + rng.normal(size=32), "x": x, "g": g,
            "k": np.arange(32) % 5, **dict(zip("uvw", numbers.T, strict=True))}  # fmt: skip
    fit = ec.fit(text, data)
    for df_method in ("satterthwaite", "kenward_roger"):
        table = fit.refit(df_method=df_method).fixed_effects
        row = table.row(term="u")
        assert [row[c] for c in ("df", "p_value", "conf_low", "conf_high")] == [None] * 4
        assert table.row(term="x")["df"] > 1
        assert any(note.startswith("No df, and so no test") for note in table.notes)
    for information in ("observed", "expected"):
        table = fit.variance_intervals(information=information)
        row = table.row(parameter=UNIDENTIFIED[text])
        assert [row[c] for c in ("std_error", "conf_low", "conf_high")] == [None] * 3
        assert table.row(parameter="sigma")["std_error"] > 0
        assert any(note.startswith("The data say nothing about") for note in table.notes)
    assert np.isnan(fit.icc()["std_error"]).all()
    assert np.isnan(fit.anova().row(term="u")["df_den"] or np.nan)
