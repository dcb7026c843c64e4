"""The tables of a comparison."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon import datasets
from echelon.building.compare import compare
from echelon.building.comparison_tables import Component, changes, column_of, variances
from echelon.infer.coefficients.inference import linear_inference
from echelon.infer.components.variance_inference import variance_intervals
from echelon.measure.criteria import (
    bic_by_groups,
    conditional_criteria,
    corrected_aic,
    criteria,
)
from tests.unit.building.fitted import hsb, sleep

MODELS = ("1 + (1 | school)", "ses + (1 | school)", "ses + (ses | school)")


def test_a_row_per_model() -> None:
    found = compare({"null": hsb(MODELS[0]), "ses": hsb(MODELS[1])})
    row = found.table.row(model="ses")
    judged = found.judged[1]
    assert (row["formula"], row["method"]) == ("mathach ~ ses + (1 | school)", "REML")
    assert (row["n_obs"], row["n_groups[school]"], row["n_parameters"]) == (7185, 160, 4)
    assert row["aicc"] == corrected_aic(judged)
    assert row["bic_groups"] == bic_by_groups(judged)
    assert row["caic"] == conditional_criteria(hsb(MODELS[1])).aic
    assert row["effective_df"] == conditional_criteria(hsb(MODELS[1])).effective_df
    assert row["against"] == "null"
    assert found.table.row(model="null")["against"] == ""


def test_proportional_reduction_of_each_variance() -> None:
    """Raudenbush & Bryk (2002), table 4.5 has the same question: 44.6% of 8.614 are gone."""
    found = compare(hsb(MODELS[0]), hsb(MODELS[2]))
    own = variances(hsb(MODELS[2]))
    row = found.table.row(model="Model 2")
    for place, value in variances(hsb(MODELS[0])).items():
        assert row[f"change[{place.label}]"] == pytest.approx((value - own[place]) / value)
    assert "change[ses|school]" not in found.table.columns
    assert found.table.row(model="Model 1")["change[residual]"] == 0


def test_changes_where_there_is_nothing_to_change() -> None:
    zero, gone = Component("g", "(Intercept)", ""), Component("h", "x", "")
    found = changes({zero: 0.0, gone: 2.0}, {zero: 1.0})
    assert np.isnan([found[zero], found[gone]]).all()
    assert (zero.label, Component("residual", "", "").label) == ("(Intercept)|g", "residual")


def test_a_row_per_number() -> None:
    found = compare(sleep("days + (days | subject)"), conf_level=0.9).coefficients
    parts = found["part"].tolist()
    assert (parts.count("fixed"), parts.count("variance"), parts.count("fit")) == (2, 4, 12)
    row = found.row(part="fixed", term="days")
    fit = sleep("days + (days | subject)")
    expected = linear_inference(fit).rows(np.eye(2), 0.9)
    assert [row[name] for name in expected] == [float(v[1]) for v in expected.values()]
    covariance = found.row(part="variance", term_2="(Intercept)")
    assert (covariance["grouping"], covariance["term"]) == ("subject", "days")
    assert covariance["p_value"] is None
    spread = variance_intervals(fit, 0.9).row(parameter="var_days|subject")
    row = found.row(part="variance", term="days", term_2="")
    names = ("estimate", "std_error", "conf_low", "conf_high")
    assert [row[name] for name in names] == [spread[name] for name in names]
    assert found.row(part="correlation")["estimate"] == pytest.approx(0.0656, abs=1e-4)
    assert found.row(part="fit", term="aic")["estimate"] == criteria(fit).aic


def test_columns_keep_their_kinds() -> None:
    assert column_of(["a"]).dtype == object
    assert column_of([1]).dtype == np.int64
    assert column_of([True]).dtype == np.bool_
    assert column_of([1.0, 2]).dtype == np.float64


@pytest.mark.filterwarnings("ignore::echelon.errors.RankWarning")
def test_coefficients_beside_an_aliased_column_are_those_of_the_summary() -> None:
    data = datasets.load("sleep")
    twice = {name: data[name].to_numpy() for name in ("reaction", "days", "subject")}
    twice["weeks"] = twice["days"] / 7
    aliased = ec.fit("reaction ~ days + weeks + (1 | subject)", twice)
    found = compare({"aliased": aliased.fit}).coefficients
    own = aliased.fixed_effects.row(term="days")
    row = found.row(model="aliased", part="fixed", term="days")
    assert [row[name] for name in own if name != "term"] == [
        value for name, value in own.items() if name != "term"
    ]
    assert found.row(model="aliased", part="fixed", term="weeks")["estimate"] is None


def test_residual_variances_under_other_weights_are_not_compared() -> None:
    plain, weighted = (
        ec.fit("mathach ~ ses + (1 | school)", datasets.load("hsb"), weights=weights).fit
        for weights in (None, "size")
    )
    row = compare({"plain": plain, "weighted": weighted}).table.row(model="weighted")
    assert row["change[residual]"] is None
    assert row["change[(Intercept)|school]"] < 1
