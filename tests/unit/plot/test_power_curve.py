"""Power curves of tables of any kind."""

from __future__ import annotations

import polars

from echelon.plot.power_curve import power_curve
from echelon.table import Table
from tests.drawn import is_picture
from tests.unit.plot.effect_rows import column, notes, rows_with

FOUND = {
    "n": [20, 40, 60],
    "power": [0.3, 0.6, 0.82],
    "conf_low": [0.25, 0.55, 0.78],
    "conf_high": [0.35, 0.65, 0.86],
}


def test_power_with_limits() -> None:
    chart = power_curve(FOUND)
    rows = rows_with(chart, "power")
    assert column(rows, "size") == FOUND["n"]
    assert column(rows, "conf_high") == FOUND["conf_high"]
    assert rows_with(chart, "target") == [{"target": 0.8}]
    assert "Dashed: power of 80%." in notes(chart)
    assert is_picture(chart)


def test_scenarios_and_other_sizes() -> None:
    table = {"schools": [20, 40, 20, 40], "power": [0.3, 0.6, 0.4, 0.7], "d": [0.2, 0.2, 0.3, 0.3]}
    chart = power_curve(polars.DataFrame(table), by="d", target=0.9)
    assert chart.title.text == "Power by schools"
    assert column(rows_with(chart, "by"), "by") == ["0.2", "0.2", "0.3", "0.3"]
    assert is_picture(chart)
    labelled = {"n": [1, 2], "power": [0.1, 0.2], "by": ["a", "b"]}
    assert column(rows_with(power_curve(Table(labelled)), "by"), "by") == ["a", "b"]
