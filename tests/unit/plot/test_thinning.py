"""Points or cells; all groups or some."""

from __future__ import annotations

import numpy as np

from echelon.plot.thinning import CELLS, MOST_POINTS, cloud, sampled_groups

X = np.arange(10.0)


def test_few_points_are_points() -> None:
    chart, notes = cloud(X, X**2, "x (m)", "y", names=[f"g{i}" for i in range(10)], unit="group")
    spec = chart.to_dict()
    assert notes == ()
    assert spec["mark"]["type"] == "circle"
    assert spec["encoding"]["x"]["title"] == "x (m)"
    assert chart.data.to_dict()["values"][3] == {"x": 3.0, "y": 9.0, "name": "g3"}
    assert [each["field"] for each in spec["encoding"]["tooltip"]] == ["name", "x", "y"]


def test_points_without_a_value_are_counted() -> None:
    y = np.where(X == 3, np.nan, X)
    chart, notes = cloud(X, y, "x", "y", names=np.arange(10))
    assert notes == ("1 rows without a finite value are not shown.",)
    assert [row["name"] for row in chart.data.to_dict()["values"]] == list("012456789")


def test_many_points_are_cells_with_counts() -> None:
    x = np.random.default_rng(1).normal(size=50_000)
    chart, notes = cloud(x, -x, "x", "y")
    spec = chart.to_dict()
    assert notes == ("Shade: number of rows in a cell, of 50,000.",)
    assert spec["mark"]["type"] == "rect"
    cells = chart.data.to_dict()["values"]
    assert sum(cell["n"] for cell in cells) == 50_000
    assert len(cells) <= 2 * CELLS
    assert all(cell["x"] < cell["x2"] and cell["n"] > 0 for cell in cells)


def test_the_border_between_points_and_cells() -> None:
    x = np.linspace(0.0, 1.0, MOST_POINTS + 1)
    assert cloud(x[1:], x[1:], "", "")[0].to_dict()["mark"]["type"] == "circle"
    assert cloud(x, x, "", "")[0].to_dict()["mark"]["type"] == "rect"


def test_few_groups_are_all_shown() -> None:
    chosen, note = sampled_groups(np.array([3, 0, 1]), 5)
    assert chosen.tolist() == [0, 2]
    assert note == ""


def test_a_sample_of_groups_prefers_those_with_rows_to_see() -> None:
    sizes = np.where(np.arange(1_000) % 2 == 0, 1, 4)
    chosen, note = sampled_groups(sizes, 20, seed=1)
    assert note == "A random sample of 20 of 1,000 groups."
    assert len(chosen) == 20
    assert (sizes[chosen] == 4).all()
    assert (np.diff(chosen) > 0).all()
    assert chosen.tolist() == sampled_groups(sizes, 20, seed=1)[0].tolist()
    assert chosen.tolist() != sampled_groups(sizes, 20, seed=2)[0].tolist()


def test_a_sample_of_single_rows() -> None:
    assert len(sampled_groups(np.ones(100, dtype=np.int64), 7)[0]) == 7
