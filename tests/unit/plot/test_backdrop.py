"""The data behind an effect."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.plot.backdrop import rows_of, shares_observed, x_labels
from echelon.plot.variables import variable_of
from tests.unit.plot import effect_fits as fits


def test_rows_carry_response_groups_and_labels() -> None:
    fit = fits.orthodont().fit
    rows = rows_of(fit, variable_of(fit, "age", ""), variable_of(fit, "sex", ""), None)
    assert rows is not None
    data = ec.datasets.load("orthodont")
    assert rows.x.tolist() == data["age"].to_list()
    assert rows.y.tolist() == data["distance"].to_list()
    assert rows.names.tolist() == data["subject"].to_list()
    assert rows.colours.tolist() == data["sex"].to_list()
    assert len(rows.sampled(10).x) == 10


def test_shares_of_trials_are_weighted() -> None:
    data = ec.datasets.load("cbpp")
    fit = ec.fit("incidence / size ~ period + (1 | herd)", data, family="binomial").fit
    period = variable_of(fit, "period", "")
    rows = rows_of(fit, period, None, None)
    assert rows is not None
    found = shares_observed(fit, rows, rows.x.astype(int), len(x_labels(period)))
    frame = data.to_pandas().groupby("period", observed=True)[["incidence", "size"]].sum()
    assert found["y"] == pytest.approx((frame["incidence"] / frame["size"]).tolist())
    assert found["n"] == [15, 14, 14, 13]


def test_shares_of_categories_add_to_one() -> None:
    fit = fits.wine().fit
    temp = variable_of(fit, "temp", "")
    rows = rows_of(fit, temp, None, None)
    assert rows is not None
    found = shares_observed(fit, rows, rows.x.astype(int), 2)
    totals = np.bincount(found["place"], found["y"])
    assert totals.tolist() == pytest.approx([1.0, 1.0])
    assert set(found["by"]) == {"1", "2", "3", "4", "5"}
