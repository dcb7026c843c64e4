"""Least squares beside the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from echelon import api, datasets
from echelon.engine.reference import gaussian as reference
from echelon.errors import RankWarning
from echelon.measure.naive import compare_ols

RNG = np.random.default_rng(6)
N = 160
G = np.arange(N) // 8
DATA = {
    "x": RNG.normal(size=N), "z": RNG.normal(size=20)[G], "g": G, "o": RNG.normal(size=N),
    "v": RNG.uniform(0.5, 2, N), "f": np.array(["a", "b", "c"])[RNG.integers(0, 3, N)],
}  # fmt: skip
DATA["y"] = 1 + DATA["x"] * (1 + RNG.normal(size=20)[G]) + DATA["z"] + RNG.normal(size=N)
DATA["y"] += RNG.normal(size=20)[G]


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("options", [{}, {"weights": "v"}, {"offset": "o"}])
@pytest.mark.parametrize(
    "formula", ["y ~ x * z + f + (x | g)", "y ~ 0 + x + f + (1 | g)", "y ~ x + f"]
)
def test_against_numpy(formula: str, options: dict[str, str], method: str) -> None:
    fit = api.fit(formula, DATA, method=method, **options).fit
    table = compare_ols(fit)
    root = np.sqrt(reference.prior_weights(fit.design))
    X, y = fit.design.X * root[:, None], reference.design_response(fit.design) * root
    beta, (rest,), *_ = np.linalg.lstsq(X, y, rcond=None)
    variance = rest / (N - X.shape[1]) * np.diag(np.linalg.inv(X.T @ X))
    np.testing.assert_allclose(table["ols_estimate"], beta, rtol=1e-9)
    np.testing.assert_allclose(table["ols_std_error"], np.sqrt(variance), rtol=1e-10)
    np.testing.assert_allclose(table["std_error"] ** 2, np.diag(fit.estimates.vcov), rtol=1e-12)
    np.testing.assert_allclose(table["ratio"] * table["ols_std_error"], table["std_error"])
    np.testing.assert_allclose(table["design_effect"] * table["effective_n"], N)


def test_balanced_intercept_has_kishs_design_effect() -> None:
    """1 + (m - 1) ICC, but for the total variance that each of the two takes for known."""
    dyestuff = datasets.load("dyestuff")
    fit = api.fit("yield ~ 1 + (1 | batch)", dyestuff).fit
    row = compare_ols(fit).row(term="(Intercept)")
    theta2 = float(fit.estimates.theta[0]) ** 2
    kish = 1 + 4 * theta2 / (1 + theta2)
    total = fit.estimates.sigma**2 * (1 + theta2)
    sample = float(np.var(fit.design.y, ddof=1))
    assert row["design_effect"] == pytest.approx(kish * total / sample, rel=1e-9)


def test_a_column_that_is_not_estimated() -> None:
    with pytest.warns(RankWarning):
        fit = api.fit("y ~ x + twice + (1 | g)", DATA | {"twice": 2 * DATA["x"]}).fit
    row = compare_ols(fit).row(term="twice")
    assert row["ols_estimate"] is row["ols_std_error"] is row["ratio"] is row["effective_n"] is None


def test_notes() -> None:
    fit = api.fit("y ~ x + z + (1 | g)", DATA).fit
    table = compare_ols(fit)
    worst = table.row(ratio=table["ratio"].max())
    assert table.notes == (
        f"Least squares takes all 160 rows for independent. For {worst['term']} they are worth "
        f"{worst['effective_n']:,.0f}: its standard error would be too small by a factor of "
        f"{worst['ratio']:.3g}.",
    )
    assert compare_ols(api.fit("y ~ x", DATA).fit).notes == ()


def test_no_row_is_read() -> None:
    fit = api.fit("y ~ x + z + (x | g)", DATA).fit
    rowless = replace(fit, design=replace(fit.design, y=np.empty(0)))
    assert compare_ols(rowless) == compare_ols(fit)
