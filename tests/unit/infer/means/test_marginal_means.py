"""Marginal means as users meet them: what they hold, say, and refuse to guess."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

import echelon
from echelon import api
from echelon.errors import RankWarning, SingularFitWarning
from echelon.infer.means.specs import read_specs

RNG = np.random.default_rng(31)
N = 180
GROUP = np.repeat(np.arange(18), 10)
DATA: dict[str, Any] = {
    "arm": np.tile(["a", "b", "c"], N // 3),
    "sex": np.where(RNG.random(N) < 0.4, "f", "m"),
    "x": RNG.normal(size=N),
    "school": GROUP,
    "class": np.arange(N) // 5,
    "w": RNG.uniform(0.5, 2, N),
    "größe": RNG.normal(size=N),
    "my arm": np.tile(["α", "β"], N // 2),
}
DATA["y"] = RNG.normal(size=N) + RNG.normal(size=18)[GROUP] + (DATA["arm"] == "c")
FIT = api.fit("y ~ arm * sex + x + (1 | school)", DATA)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", (("a",), ())),
        ("a * b", (("a", "b"), ())),
        ("~ a + b:c | g", (("a", "b", "c"), ("g",))),
        ("a | g * h", (("a",), ("g", "h"))),
        ("`my a` | cwc(x, g)", (("my a",), ("cwc(x, g)",))),
        ("1", ((), ())),
        ("a * 1 * a", (("a",), ())),
    ],
)
def test_text_is_read(text: str, expected: Any) -> None:
    assert read_specs(text, ()) == expected


def test_names_with_signs_are_read_when_they_exist() -> None:
    assert read_specs("a * b", ("a * b", "a")) == (("a * b",), ())


def test_it_reads_like_its_table() -> None:
    means = FIT.marginal_means("arm", by="sex")
    assert means.columns == (
        *("arm", "sex", "estimate", "std_error", "df", "conf_low", "conf_high"),
    )
    assert len(means) == 6
    assert list(means) == list(means.columns)
    assert means.row(arm="b", sex="m") == means.rows()[4]
    assert means.to_polars().equals(means.table.to_polars())
    assert means.to_dict()["arm"] == ["a", "b", "c"] * 2
    assert pl.DataFrame(means).shape == (6, 7)
    assert repr(means) == repr(means.table)
    assert "<table" in means._repr_html_()


def test_notes_say_what_was_done() -> None:
    assert FIT.marginal_means("arm").table.notes == (
        "Averaged over sex (equal weights).",
        f"Held at x = {DATA['x'].mean():.4g}.",
        "sex is averaged over but interacts with arm: see the means by it, too.",
        "Degrees of freedom: Satterthwaite.",
    )


def test_each_way_to_ask_gives_the_same() -> None:
    table = FIT.marginal_means("arm | sex").table
    assert table == FIT.marginal_means("arm", "sex").table
    assert table == FIT.marginal_means(["arm"], by=["sex"]).table
    assert FIT.contrasts("arm | sex") == FIT.marginal_means("arm", "sex").contrasts()
    assert FIT.contrasts("arm * sex", by="sex") == FIT.contrasts("arm", by="sex")


def test_a_test_of_a_value() -> None:
    means = FIT.marginal_means("arm", null=1.0)
    expected = (means["estimate"] - 1) / means["std_error"]
    np.testing.assert_allclose(means["statistic"], expected, rtol=1e-12)
    p = 2 * stats.t.sf(np.abs(expected), means["df"])
    np.testing.assert_allclose(means["p_value"], p, rtol=1e-9)


def test_an_offset_moves_means_and_their_tests() -> None:
    shifted = api.fit(
        "y ~ arm * sex + x + offset(2 * w) + (1 | school)", DATA | {"y": DATA["y"] + 2 * DATA["w"]}
    )
    ours = FIT.marginal_means("arm", null=0.0, adjust="holm")
    moved = shifted.marginal_means("arm", null=2 * DATA["w"].mean(), adjust="holm")
    for name in ("estimate", "conf_low", "conf_high"):
        np.testing.assert_allclose(moved[name], ours[name] + 2 * DATA["w"].mean(), rtol=1e-6)
    np.testing.assert_allclose(moved["p_value"], ours["p_value"], rtol=1e-5)
    np.testing.assert_allclose(
        shifted.contrasts("arm")["estimate"], FIT.contrasts("arm")["estimate"], rtol=1e-6
    )


def test_methods_for_differences_give_way_for_means() -> None:
    tukey = FIT.marginal_means("arm", adjust="tukey")
    sidak = FIT.marginal_means("arm", adjust="sidak")
    assert tukey["conf_low"].tolist() == sidak["conf_low"].tolist()
    assert tukey.contrasts() == FIT.marginal_means("arm").contrasts()
    control = FIT.contrasts("arm", "control", adjust="tukey")
    assert control.notes[1] == (
        "Tukey's method is for pairwise contrasts: Sidak's takes its place."
    )


def test_a_control_by_its_bare_label() -> None:
    doses = api.fit("y ~ factor(w)", {"y": DATA["y"], "w": np.tile([0.5, 1.0, 1.5], N // 3)})
    table = doses.contrasts("w", "control", reference=1.0)
    assert table["contrast"].tolist() == ["w0.5 - w1", "w1.5 - w1"]


def test_weights_of_ones_own_that_do_not_compare() -> None:
    table = FIT.contrasts("arm", {"total": [1, 1, 1]})
    assert table.notes[0] == "Weights that do not add to 0 do not only compare means."


def test_ratios_of_logarithms() -> None:
    log = api.fit("log10(z) ~ arm", DATA | {"z": 10 ** DATA["y"]})
    raw = api.fit("y ~ arm", DATA)
    ratios = log.marginal_means("arm", transform="response").contrasts(adjust="none")
    differences = raw.contrasts("arm", adjust="none")
    assert ratios["contrast"].tolist() == ["a / b", "a / c", "b / c"]
    np.testing.assert_allclose(ratios["estimate"], 10 ** differences["estimate"], rtol=1e-9)
    np.testing.assert_allclose(ratios["p_value"], differences["p_value"], rtol=1e-6)
    assert ratios.scales["estimate"] == "ratio"
    logged = api.fit("y ~ arm", DATA).marginal_means("arm", transform="exp")
    np.testing.assert_allclose(logged["estimate"], np.exp(raw.marginal_means("arm")["estimate"]))


def test_contrasts_of_roots_stay_on_their_scale() -> None:
    root = api.fit("sqrt(z) ~ arm", DATA | {"z": np.square(DATA["y"] + 9)})
    table = root.marginal_means("arm", transform="response").contrasts()
    assert table.scales["estimate"] == "sqrt(z)"
    assert "Contrasts are on the scale of sqrt(z)." in table.notes


def test_what_is_not_determined_is_named() -> None:
    rows = pl.DataFrame(DATA).filter(~((pl.col("arm") == "c") & (pl.col("sex") == "f")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RankWarning)
        fit = echelon.fit("y ~ arm * sex + (1 | school)", rows)
    means = fit.marginal_means("arm * sex")
    assert np.isnan(means["estimate"]).tolist() == [False, False, True, False, False, False]
    assert "Not determined by the data (cells without rows): 'c f'." in means.table.notes
    pairs = means.contrasts(adjust="tukey")
    assert np.isnan(pairs["p_value"]).sum() == 5
    assert pairs.notes[0].startswith("P values and intervals are adjusted by Tukey's method for 5")
    assert means.letters().row(arm="c", sex="f")["letters"] == ""
    cells = fit.marginal_means("arm", weights="cells")
    assert not np.isnan(cells["estimate"]).any()


HARD: dict[str, tuple[str, dict[str, Any]]] = {
    "no intercept": ("y ~ 0 + arm * sex + (1 | school)", {}),
    "cell means": ("y ~ 0 + arm:sex + (1 | school)", {}),
    "nested": ("y ~ arm * sex + (1 | school/class)", {}),
    "uncorrelated": ("y ~ arm * sex + (x || school)", {}),
    "a structure": ("y ~ arm * sex + cs(0 + sex | school)", {}),
    "weights": ("y ~ arm * sex + (1 | school)", {"weights": "w"}),
    "names": ("y ~ arm * sex + `my arm` * größe + (1 | school)", {}),
    "aliased": ("y ~ arm * sex + x + I(2 * x) + (1 | school)", {}),
    "least squares": ("y ~ arm * sex", {}),
    "ml": ("y ~ arm * sex + (1 | school)", {"method": "ML"}),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_models(name: str) -> None:
    """Predictions of the population, averaged over a grid of new rows, are the means."""
    formula, options = HARD[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", (RankWarning, SingularFitWarning))
        fit = echelon.fit(formula, DATA, **options)
    means = fit.marginal_means("arm", df_method="normal")
    arms, sexes, others = np.meshgrid(list("abc"), ["f", "m"], ["α", "β"], indexing="ij")
    grid = {"arm": arms.ravel(), "sex": sexes.ravel(), "my arm": others.ravel()}
    grid |= {k: np.full(12, DATA[k].mean()) for k in ("x", "w", "größe")}
    predicted = fit.predict(grid, random="none")
    assert isinstance(predicted, np.ndarray)
    expected = predicted.reshape(3, -1).mean(axis=1)
    np.testing.assert_allclose(means["estimate"], expected, rtol=1e-9, atol=1e-12)
    assert (means["std_error"] > 0).all()
    assert np.isfinite(fit.joint_tests(df_method="normal")["p_value"]).all()


def test_a_fit_without_rows_gives_the_same_means(tmp_path: Path) -> None:
    FIT.save(tmp_path / "fit", rows=False)
    again = echelon.load(tmp_path / "fit")
    assert again.marginal_means("arm | sex").table == FIT.marginal_means("arm | sex").table


@pytest.mark.slow
@pytest.mark.parametrize(("adjust", "runs"), [("tukey", 1000), ("mvt", 150), ("dunnett", 400)])
def test_simultaneous_coverage(adjust: str, runs: int) -> None:
    """All intervals cover together in 95 % of the experiments, with unequal sizes."""
    kind = "control" if adjust == "dunnett" else "pairwise"
    design = {"arm": np.repeat(list("abcd"), [5, 8, 6, 9])}
    held = []
    for _ in range(runs):
        fit = api.fit("y ~ arm", design | {"y": RNG.normal(size=28)})
        table = fit.contrasts("arm", kind, adjust=adjust)
        held.append(bool(((table["conf_low"] < 0) & (table["conf_high"] > 0)).all()))
    spread = np.sqrt(0.95 * 0.05 / runs)
    assert abs(np.mean(held) - 0.95) < 3.5 * spread
