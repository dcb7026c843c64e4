"""What-if against predictions of a changed table, and against the dense twin's covariance."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import echelon as ec
from echelon.engine.reference.gaussian import evaluate
from echelon.infer.changes.what_if import NOT_DETERMINED
from echelon.infer.coefficients.inference import linear_inference

HSB = ec.datasets.load("hsb")


def _varied() -> pl.DataFrame:
    """Eight schools of two classes, with slopes that vary a lot over both."""
    rng = np.random.default_rng(12)
    school, half = np.repeat(np.arange(8), 20), np.tile(np.repeat(["a", "b"], 10), 8)
    place = 2 * school + (half == "b")
    ses = rng.normal(size=160)
    u, v = 2 * rng.normal(size=(2, 8)), 2 * rng.normal(size=(2, 16))
    slope = 1 + u[1][school] + v[1][place]
    y = u[0][school] + v[0][place] + slope * ses + rng.normal(size=160)
    sector = np.where(school % 3 == 0, "Public", "Catholic")
    return pl.DataFrame(
        {"mathach": y, "ses": ses, "school": school, "half": half, "sector": sector}
    )


SMALL = _varied()


@cache
def fitted(formula: str) -> Any:
    return ec.fit(formula, HSB)


def mean_by(values: Any, data: pl.DataFrame, column: str) -> dict[Any, float]:
    frame = data.with_columns(v=pl.Series(values)).group_by(column).agg(pl.col("v").mean())
    return dict(zip(frame[column].to_list(), frame["v"].to_list(), strict=True))


CHANGES = [
    ("ses", "* 1.10", pl.col("ses") * 1.10),
    ("ses", "10%", pl.col("ses") * 1.10),
    ("ses", "+ 10 %", pl.col("ses") * 1.10),
    ("ses", "- 10%", pl.col("ses") * 0.9),
    ("ses", "-0.5", pl.col("ses") - 0.5),
    ("ses", "+0.5", pl.col("ses") + 0.5),
    ("ses", "/ 2", pl.col("ses") / 2),
    ("ses", "= -1", pl.lit(-1.0)),
    ("ses", 0.25, pl.lit(0.25)),
    ("ses", "\u2212 0.5", pl.col("ses") - 0.5),
    ("minority", "Yes", pl.lit("Yes").cast(pl.Enum(["No", "Yes"]))),
]


@pytest.mark.parametrize(("name", "change", "expression"), CHANGES)
@pytest.mark.parametrize("random", ["all", "none"])
def test_is_the_mean_of_predictions(
    name: str, change: Any, expression: pl.Expr, random: str
) -> None:
    fit = fitted("mathach ~ poly(ses, 2) * minority + sector + (ses || school)")
    answer = fit.what_if(HSB, {name: change}, by="sector", random=random)
    changed = HSB.with_columns(expression.alias(name))
    before, after = (fit.predict(data, random=random) for data in (HSB, changed))
    for column, values in (("baseline", before), ("changed", after), ("estimate", after - before)):
        expected = mean_by(values, HSB, "sector")
        found = dict(zip(answer.table["sector"], answer.table[column], strict=True))
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-11)
    assert answer.table["n_obs"].sum() == HSB.height


def test_several_changes_in_some_rows() -> None:
    fit = fitted("mathach ~ ses * minority + (ses || school)")
    where = "sector == 'Public' and size > 1000"
    answer = fit.what_if(HSB, {"ses": "+ 1", "minority": "No"}, by="school", where=where)
    chosen = (pl.col("sector") == "Public") & (pl.col("size") > 1000)
    changed = HSB.with_columns(
        ses=pl.when(chosen).then(pl.col("ses") + 1).otherwise(pl.col("ses")),
        minority=pl.when(chosen)
        .then(pl.lit("No").cast(pl.Enum(["No", "Yes"])))
        .otherwise(pl.col("minority")),
    )
    expected = mean_by(fit.predict(changed) - fit.predict(HSB), HSB, "school")
    found = dict(zip(answer.table["school"], answer.table["estimate"], strict=True))
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-10)
    assert answer.table.title == f"What if ses + 1, minority = No, where {where}"


def test_without_random_slopes_the_difference_is_a_combination_of_fixed_effects() -> None:
    fit = fitted("mathach ~ ses * sector + (1 | school)")
    answer = fit.what_if(HSB, {"ses": "+ 1"})
    share = (HSB["sector"] == "Catholic").mean()
    expected = linear_inference(fit.fit).rows(np.array([[0, 1, 0, share]]), 0.95)
    for name in ("estimate", "std_error", "df", "conf_low", "conf_high"):
        np.testing.assert_allclose(answer.table[name], expected[name], rtol=1e-9)


@pytest.mark.parametrize(
    "random",
    ["(1 | school) + (0 + ses | school)", "(ses || school/half)", "(1 | school) + (ses || half)"],
)
def test_joint_uncertainty_is_that_of_the_dense_twin(random: str) -> None:
    fit = crossed_or_nested(f"mathach ~ ses + {random}")
    before, after = (dense(fit, data) for data in (SMALL, SMALL.with_columns(pl.col("ses") + 1)))
    covariance = evaluate(fit.fit.design, fit.theta, "ML").joint_cov
    answer = fit.what_if(SMALL, {"ses": "+ 1"}, by="school")
    for name, rows in (("estimate", after - before), ("baseline", before), ("changed", after)):
        averages = np.array([rows[(SMALL["school"] == s).to_numpy()].mean(axis=0)
                             for s in answer.table["school"]])  # fmt: skip
        expected = np.sqrt(np.einsum("ij,jk,ik->i", averages, covariance, averages))
        found = answer.table["std_error"]
        if name != "estimate":
            is_own = answer.means["scenario"] == name
            found = answer.means["std_error"][is_own]
        np.testing.assert_allclose(found, expected, rtol=1e-7)
    overall = fit.what_if(SMALL, {"ses": "+ 1"}, draws=100_000, seed=3)
    combination = (after - before).mean(axis=0)
    expected = np.sqrt(combination @ covariance @ combination)
    np.testing.assert_allclose(overall.table["std_error"], expected, rtol=1e-7)
    np.testing.assert_allclose(overall.draws.std(), expected, rtol=0.02)


def crossed_or_nested(formula: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two halves say little about their variance
        return ec.fit(formula, SMALL, method="ML")


def dense(fit: Any, data: pl.DataFrame) -> Any:
    """Rows (n, p + q) of X and Z, in the order of the twin: blocks, groups, columns."""
    blocks = fit.fit.design.rows.blocks
    ses = data["ses"].to_numpy()
    parts = [np.ones((len(ses), 1)), ses[:, None]]
    for block in blocks:
        codes = block.memberships[0].codes
        Z = np.zeros((len(ses), block.n_groups, block.n_columns))
        own = {"(Intercept)": np.ones(len(ses)), "ses": ses}
        for k, name in enumerate(block.column_names):
            Z[np.arange(len(ses)), codes, k] = own[name]
        parts.append(Z.reshape(len(ses), -1))
    return np.hstack(parts)


def test_covariances_of_groups_are_in_the_draws() -> None:
    fit = ec.fit("mathach ~ ses + (ses || school)", SMALL)
    answer = fit.what_if(SMALL, {"ses": "+ 1"}, by="sector", draws=200_000, seed=1)
    own = answer.table["std_error"]
    np.testing.assert_allclose(answer.draws.std(axis=0), own, rtol=0.01)
    counts = answer.table["n_obs"] / answer.table["n_obs"].sum()
    overall = fit.what_if(SMALL, {"ses": "+ 1"}).table["std_error"][0]
    assert (answer.draws @ counts).std() == pytest.approx(overall, rel=0.01)


def test_group_means_move_with_their_members() -> None:
    centred = fitted("mathach ~ cwc(ses, school) * sector + gm(ses, school) + (1 | school)")
    answer = centred.what_if(HSB, {"ses": "+ 1"})
    assert answer.table["estimate"][0] == pytest.approx(centred.beta["gm(ses, school)"])
    assert any(note.startswith("Group means of the formula") for note in answer.table.notes)
    # one half of each school moves: its mean moves by one half
    half = HSB.with_columns(rank=pl.int_range(pl.len()).over("school") % 2)
    moved = half.with_columns(
        ses=pl.when(pl.col("rank") == 1).then(pl.col("ses") + 1).otherwise(pl.col("ses"))
    )
    raw = ec.fit("mathach ~ ses + gm(ses, school) + (1 | school)", half)
    again = moved.with_columns(m=pl.col("ses").mean().over("school"))
    before = half.with_columns(m=pl.col("ses").mean().over("school"))
    slope, context = raw.beta["ses"], raw.beta["gm(ses, school)"]
    expected = slope * (again["ses"] - before["ses"]) + context * (again["m"] - before["m"])
    found = raw.what_if(half, {"ses": "+ 1"}, where="rank == 1")
    assert found.table["estimate"][0] == pytest.approx(expected.mean())


def test_lags_and_offsets_follow() -> None:
    sleep = ec.datasets.load("sleep")
    fit = ec.fit("reaction ~ lag(days, 1) + offset(days) + (1 | subject)", sleep)
    answer = fit.what_if(sleep, {"days": "+ 1"})
    assert answer.table["estimate"][0] == pytest.approx(1 + fit.beta["lag(days, 1)"])
    assert answer.table["n_obs"].tolist() == [162]


def test_range_and_cause_are_said() -> None:
    fit = fitted("mathach ~ ses + (1 | school)")
    notes = fit.what_if(HSB, {"ses": "= 3"}).table.notes
    assert notes[0] == (
        "ses = 3 takes 100% of the rows outside of -3.758 to 2.692, the range of the data: there"
        " the model extrapolates."
    )
    assert "causal" in notes[-1]
    assert len(fit.what_if(HSB, {"ses": "= 1"}).table.notes) == 1


def test_other_rows_are_announced_and_missing_rows_left_out() -> None:
    gaps = HSB.with_columns(
        ses=pl.when(pl.int_range(pl.len()) < 10).then(None).otherwise(pl.col("ses")),
        colour=pl.when(pl.int_range(pl.len()) < 20).then(None).otherwise(pl.lit("red")),
    )
    fit = ec.fit("mathach ~ ses + (1 | school)", gaps)
    answer = fit.what_if(gaps, {"ses": "+ 1"}, by="colour")
    assert answer.table["n_obs"].tolist() == [HSB.height - 20]
    assert len(answer.table.notes) == 2
    fewer = fit.what_if(HSB.head(100), {"ses": "+ 1"})
    assert fewer.table.notes[0].startswith("The 100 rows are those of data")
    strange = HSB.head(3).with_columns(school=pl.lit("new"))
    notes = fit.what_if(strange, {"ses": "+ 1"}).table.notes
    assert any("has not seen" in note for note in notes)


def test_a_subset_of_the_fit_holds_for_its_table() -> None:
    fit = ec.fit("mathach ~ ses + (1 | school)", HSB, subset="sector == 'Public'")
    answer = fit.what_if(HSB, {"ses": "+ 1"}, by=["sector", "minority"])
    assert answer.table["sector"].tolist() == ["Public", "Public"]
    assert answer.table["n_obs"].sum() == fit.n_obs


def test_a_fit_without_rows_will_do(tmp_path: Any) -> None:
    fit = fitted("mathach ~ ses + (ses || school)")
    loaded = ec.load(fit.save(tmp_path / "fit.echelon", rows=False))
    own, other = (one.what_if(HSB, {"ses": "+ 1"}).table for one in (fit, loaded))
    np.testing.assert_allclose(own["std_error"], other["std_error"], rtol=1e-12)


def test_nested_groups_average_by_their_joint_label() -> None:
    frame = SMALL
    fit = ec.fit("mathach ~ ses + (1 + ses || school/half)", frame)
    joint = next(name for name in fit.n_groups if ":" in name)
    answer = fit.what_if(frame, {"ses": "+ 1"}, by=joint)
    assert len(answer.table) == fit.n_groups[joint]
    assert answer.table.columns[:2] == ("school", "half")
    assert len(fit.what_if(frame, {"ses": "+ 1"}, by=joint, random="none").table) == 16
    both = fit.what_if(frame, {"ses": "+ 1"}, by=["school", "half"])
    np.testing.assert_allclose(
        np.sort(answer.table["estimate"]), np.sort(both.table["estimate"]), rtol=1e-12
    )


def test_multiple_memberships() -> None:
    rng = np.random.default_rng(5)
    n = 300
    frame = {
        "x": rng.normal(size=n),
        "a": rng.integers(0, 12, n),
        "b": rng.integers(0, 12, n),
    }
    effects, slopes = 3 * rng.normal(size=(2, 12))
    both = [(e[frame["a"]] + e[frame["b"]]) / 2 for e in (effects, slopes)]
    frame["y"] = both[0] + both[1] * frame["x"] + rng.normal(size=n)
    fit = ec.fit("y ~ x + (x || mm(a, b))", frame)
    answer = fit.what_if(frame, {"x": "* 2"})
    changed = {**frame, "x": 2 * frame["x"]}
    expected = (fit.predict(changed) - fit.predict(frame)).mean()
    assert answer.table["estimate"][0] == pytest.approx(expected)


def test_no_random_effects_and_aliased_columns() -> None:
    plain = ec.fit("mathach ~ ses + sector", HSB)
    table = plain.what_if(HSB, {"ses": "+ 1"}).table
    assert table["estimate"][0] == pytest.approx(plain.beta["ses"])
    assert table["df"][0] == HSB.height - 3
    doubled = HSB.with_columns(twice=2 * pl.col("ses"))
    with pytest.warns(ec.errors.RankWarning):
        fit = ec.fit("mathach ~ ses + twice + (1 | school)", doubled)
    lost = fit.what_if(doubled, {"ses": "+ 1"}).table
    assert np.isnan(lost["estimate"][0])
    assert NOT_DETERMINED in lost.notes
    both = fit.what_if(doubled, {"ses": "+ 1", "twice": "+ 2"}).table["estimate"][0]
    assert both == pytest.approx(fit.predict(doubled.with_columns(
        pl.col("ses") + 1, pl.col("twice") + 2), random="none").mean()
        - fit.predict(random="none").mean())  # fmt: skip


def test_a_condition_that_no_row_meets() -> None:
    plain = ec.fit("mathach ~ ses + sector", HSB)
    table = plain.what_if(HSB, {"ses": "+ 1"}, where="ses > 100").table
    assert table["estimate"][0] == 0.0
    assert table.notes[0] == "No row has ses > 100: nothing changes."


def test_a_category_that_reads_like_a_change() -> None:
    frame = {"y": np.arange(40.0) % 7, "dose": ["10%", "20%"] * 20, "t": [True, False] * 20}
    fit = ec.fit("y ~ dose", frame)
    change = fit.what_if(frame, {"dose": "20%"}).table["estimate"][0]
    assert change == pytest.approx(fit.beta["dose[20%]"] / 2)
    truth = ec.fit("y ~ t", frame)
    assert len(truth.what_if(frame, {"t": True}).table) == 1


def test_many_groups_cost_little() -> None:
    rng = np.random.default_rng(1)
    g = rng.integers(0, 5_000, 20_000)
    x = rng.normal(size=20_000)
    y = (1 + rng.normal(size=5_000)[g]) * x + rng.normal(size=5_000)[g] + rng.normal(size=20_000)
    frame = {"y": y, "x": x, "g": g}
    fit = ec.fit("y ~ x + (x || g)", frame)
    answer = fit.what_if(frame, {"x": "+ 1"}, by="g")
    assert len(answer.table) == fit.n_groups["g"]
    overall = fit.what_if(frame, {"x": "+ 1"}).table
    weights = answer.table["n_obs"] / len(y)
    assert overall["estimate"][0] == pytest.approx(answer.table["estimate"] @ weights)


def test_categories_that_are_numbers_are_named_in_quotes() -> None:
    frame = {"y": np.arange(40.0) % 7, "grade": ["1", "2", "3", "4"] * 10}
    fit = ec.fit("y ~ factor(grade)", frame)
    table = fit.what_if(frame, {"grade": "3"}).table
    assert table["changed"][0] == pytest.approx(np.mean(frame["y"][2::4]))
    assert fit.what_if(frame, {"grade": 3}).changes == ("grade = 3",)


def test_a_transformed_response_is_named() -> None:
    fit = ec.fit("log(mathach + 4) ~ ses + minority + (1 | school)", HSB)
    note = "On the scale of the response of the model, log(mathach + 4)."
    assert note in fit.what_if(HSB, {"ses": "= 0"}).table.notes
    assert note in fit.slopes("ses").notes
    assert note in fit.interaction_table("ses", "minority").notes


@pytest.mark.slow
def test_intervals_cover_what_these_groups_would_do() -> None:
    """Known truth: 40 groups whose slopes vary; the difference is about these very slopes.

    500 data sets at a conf_level of 0.90: the standard error of the share is 1.3 %.
    """
    rng = np.random.default_rng(7)
    g = np.repeat(np.arange(40), 12)
    half, x = g < 20, rng.normal(size=480)
    frame = {"y": x + rng.normal(size=480), "x": x, "g": g, "half": np.where(half, "a", "b")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a draw without variation between slopes
        fit = ec.fit("y ~ x + (x || g)", frame)
        covered = np.zeros(2)
        for _ in range(500):
            slopes = 1 + 0.5 * rng.normal(size=40)
            y = rng.normal(size=40)[g] + slopes[g] * x + rng.normal(size=480)
            answer = (
                fit.refit(y)
                .what_if(frame | {"y": y}, {"x": "+ 1"}, by="half", conf_level=0.9)
                .table
            )
            truth = np.array([slopes[g[half]].mean(), slopes[g[~half]].mean()])
            covered += (answer["conf_low"] <= truth) & (truth <= answer["conf_high"])
    assert (np.abs(covered / 500 - 0.90) < 0.04).all()  # three standard errors
