"""Group sizes: counts of rows."""

from __future__ import annotations

import numpy as np
import pytest

from echelon import api
from echelon.fit import Fit
from echelon.plot.group_sizes import group_sizes
from tests.drawn import data_of, marks, notes, rows_with, size_of_png
from tests.group_fits import contraception, hsb, many, penicillin


def test_every_group_is_in_a_bar() -> None:
    bars = rows_with(group_sizes(hsb()), "groups", "low", "high")
    sizes = np.bincount(hsb().design.rows.blocks[0].memberships[0].codes)
    assert sum(bar["groups"] for bar in bars) == 160
    for bar in bars:
        assert ((sizes > bar["low"]) & (sizes < bar["high"])).sum() == bar["groups"]


def test_a_bar_for_each_size() -> None:
    bars = rows_with(group_sizes(many()), "groups", "size")
    sizes = np.bincount(many().design.rows.blocks[0].memberships[0].codes)
    assert {bar["size"]: bar["groups"] for bar in bars} == {
        str(k): int((sizes == k).sum()) for k in (1, 2, 3, 4)
    }
    n_one = int((sizes == 1).sum())
    assert notes(group_sizes(many()))[0].endswith(
        f"median {np.median(sizes):g}; {n_one:,} of one row."
    )


def test_mean_and_median_are_marked() -> None:
    spec = group_sizes(contraception()).to_dict()
    assert marks(spec) == ["rect", "rule", "text", "rule", "text"]
    rows = [data_of(spec, layer)[0] for layer in spec["layer"][1::2]]
    assert [row["text"] for row in rows] == ["median 26", "mean 32.2"]
    assert [row["x"] for row in rows] == [26.0, pytest.approx(1934 / 60)]


def test_equal_sizes() -> None:
    chart = group_sizes(penicillin())
    assert notes(chart) == ["plate: 24 groups of 6 rows each.", "sample: 6 groups of 24 rows each."]
    assert marks(chart.to_dict()) == ["rect", "rect"]


def unequal() -> Fit:
    rng = np.random.default_rng(2)
    g = np.repeat(np.arange(300), np.ceil(np.exp(rng.normal(1.5, 1.6, 300))).astype(int))
    y = rng.normal(size=300)[g] + rng.normal(size=len(g))
    return api.fit("y ~ 1 + (1 | g)", {"y": y, "g": g}).fit


def test_very_unequal_sizes_have_a_logarithmic_axis() -> None:
    chart = group_sizes(unequal())
    assert chart.to_dict()["layer"][0]["encoding"]["x"]["scale"]["type"] == "log"
    assert sum(bar["groups"] for bar in rows_with(chart, "groups")) == 300


def test_memberships_add_up() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 8, 90), rng.integers(0, 8, 90)
    u = rng.normal(size=8)
    data = {"y": u[a] + u[b] + rng.normal(size=90), "a": a, "b": b, "h": np.full(90, 0.3)}
    fit = api.fit("y ~ 1 + (1 | mm(a, b, weights=(h, h)))", data).fit
    chart = group_sizes(fit)
    assert notes(chart)[0].endswith("(sums of membership weights).")
    assert sum(bar["groups"] for bar in rows_with(chart, "groups")) == 8


@pytest.mark.parametrize("fit", [hsb(), pytest.param(unequal(), marks=pytest.mark.slow)])
def test_picture(fit: Fit) -> None:
    width, height = size_of_png(group_sizes(fit))
    assert 400 < width < 1_000
    assert 200 < height < 600
