"""Rows left out because a value is missing."""

from __future__ import annotations

import numpy as np

from tests.unit.check.model_cases import clean, finding, gaps, one_gap


def test_many_rows() -> None:
    found, data = finding(gaps, "rows_left_out"), gaps()[1]
    lost = np.isnan(data["x"]) | np.isnan(data["w"])
    assert (found.value, found.verdict) == (lost.mean(), "act")
    assert found.facts["by_variable"]["x"] == np.isnan(data["x"]).sum()


def test_one_row() -> None:
    found = finding(one_gap, "rows_left_out")
    assert (found.value, found.verdict) == (1 / 960, "fine")
    assert found.facts["by_variable"] == {"x": 1}


def test_none_and_a_subset() -> None:
    assert finding(clean, "rows_left_out").value == 0
    formula, data, _ = one_gap()
    found = finding(lambda: (formula, data, {"subset": "z > 0"}), "rows_left_out")
    assert found.facts["n_asked"] <= (data["z"] > 0).sum()
