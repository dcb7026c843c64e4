"""Intervals of every parameter: the same rows by every method."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec

FIT = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
NAMES = [
    "(Intercept)", "days", "sd_(Intercept)|subject", "sd_days|subject",
    "cor_days.(Intercept)|subject", "sigma",
]  # fmt: skip


@pytest.mark.parametrize("method", ["wald", "profile"])
def test_rows_and_columns(method: str) -> None:
    table = FIT.conf_int(method)
    assert table.columns == ("parameter", "estimate", "conf_low", "conf_high")
    assert table["parameter"].tolist() == NAMES
    assert (table["conf_low"] < table["estimate"]).all()
    assert (table["estimate"] < table["conf_high"]).all()


def test_wald_of_the_fixed_effects_is_their_table() -> None:
    table, own = FIT.conf_int(), FIT.fixed_effects
    for column in ("estimate", "conf_low", "conf_high"):
        np.testing.assert_array_equal(table[column][:2], own[column])


def test_the_level_and_the_names_asked_for() -> None:
    wide, narrow = FIT.conf_int(parameters="days"), FIT.conf_int(conf_level=0.5, parameters="days")
    assert wide["parameter"].tolist() == ["days"]
    assert wide["conf_low"][0] < narrow["conf_low"][0]
    assert wide.notes == ("df by Satterthwaite.",)
    both = FIT.conf_int("WALD", ["sigma", "days"])
    assert both["parameter"].tolist() == ["sigma", "days"]


@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_at_a_boundary_and_where_nothing_is_estimated() -> None:
    data = ec.datasets.load("dyestuff2").with_columns(one=1.0)
    table = ec.fit("yield ~ 1 + one + (1 | batch)", data).conf_int()
    assert np.isnan(table.row(parameter="sd_(Intercept)|batch")["conf_low"] or np.nan)
    assert table.row(parameter="one")["estimate"] is None
    assert table.row(parameter="sigma")["conf_low"] > 0
