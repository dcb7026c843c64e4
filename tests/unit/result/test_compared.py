"""Comparisons as users hold them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.report.comparison import comparison_html, comparison_page, comparison_text
from echelon.result import compare
from tests.unit.building.fitted import sleep

NULL, DAYS = "reaction ~ 1 + (1 | subject)", "reaction ~ days + (1 | subject)"


def test_every_form_of_print() -> None:
    found = compare(sleep("1 + (1 | subject)"), sleep("days + (1 | subject)"))
    text = comparison_text(found.comparison)
    assert str(found) == repr(found) == found.summary() == text
    assert found.summary(80) == comparison_text(found.comparison, 80)
    assert found.to_html() == comparison_page(found.comparison)
    assert found._repr_html_() == comparison_html(found.comparison)
    assert json.loads(found.to_json()) == found.to_dict()
    assert found.to_csv().startswith("model,part,grouping,term,term_2,estimate,")
    assert found.names == ("Model 1", "Model 2")
    assert found.notes == found.comparison.notes
    assert found.table is found.comparison.table
    assert found.coefficients is found.comparison.coefficients


def test_the_verb_of_a_result() -> None:
    one, two = ec.fit(NULL, "sleep"), ec.fit(DAYS, "sleep")
    found = one.compare(two, names=["null", "days"], layout="rows")
    assert found.summary() == compare(one, two, names=["null", "days"], layout="rows").summary()


def test_formulas_with_their_data() -> None:
    found = compare(NULL, DAYS, data="sleep", method="ML", subset="days > 1")
    one = ec.fit(DAYS, "sleep", method="ML", subset="days > 1")
    assert found.comparison.fits[1].estimates.objective == one.objective
    assert found.table["method"].tolist() == ["ML", "ML"]
    assert found.summary().splitlines()[0].endswith("(sleep)")


def test_formulas_in_a_mapping_and_rows_that_lack_values() -> None:
    rows: dict[str, Any] = ec.datasets.load("sleep").to_dict(as_series=False)
    rows["days"][4] = None
    found = compare({"null": NULL, "days": DAYS}, data=rows)
    assert found.table["n_obs"].tolist() == [179, 179]
    assert found.names == ("null", "days")


def test_no_verdict_is_announced(recwarn: pytest.WarningsRecorder) -> None:
    rows = {"y": np.arange(40.0) % 4, "g": np.arange(40) // 4}
    found = compare("y ~ 1", "y ~ 1 + (1 | g)", data=rows)
    assert found.notes[-1].startswith("Model 2: singular fit")
    assert not recwarn
