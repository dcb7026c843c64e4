from __future__ import annotations

import altair as alt
import numpy as np
from scipy import stats

from echelon.plot.smooth import binned, smooth_layers


def test_each_of_few_values_has_a_bin() -> None:
    x = np.repeat([1.0, 2.0, 4.0], [6, 8, 2])
    y = np.random.default_rng(1).normal(size=16)
    bins = binned(x, y)
    assert bins is not None
    assert not bins.has_line
    assert bins.x.tolist() == [1, 2, 4]
    assert bins.n.tolist() == [6, 8, 2]
    np.testing.assert_allclose(bins.mean, [y[x == v].mean() for v in (1, 2, 4)])
    low, high = stats.t.interval(0.95, 5, y[:6].mean(), stats.sem(y[:6]))
    np.testing.assert_allclose([bins.low[0], bins.high[0]], [low, high])
    assert np.isnan(bins.low[2])  # two rows bound nothing


def test_many_values_have_bins_of_equal_size() -> None:
    generator = np.random.default_rng(2)
    x, y = generator.normal(size=5_000), generator.normal(size=5_000)
    x[0] = np.nan
    bins = binned(x, y)
    assert bins is not None
    assert bins.has_line
    assert bins.note == "Line: means in 20 bins of equal size, with 95% intervals."
    assert np.ptp(bins.n) <= 1
    assert bins.n.sum() == 4_999
    assert (np.diff(bins.x) > 0).all()
    first = np.argsort(x[1:])[: bins.n[0]] + 1
    np.testing.assert_allclose(bins.mean[0], y[first].mean())


def test_too_few_rows_have_no_smooth() -> None:
    nothing = np.empty(0)
    assert binned(nothing, nothing) is None
    assert binned(np.arange(10.0), np.arange(10.0)) is None
    assert binned(np.ones(100), np.arange(100.0)) is None
    assert binned(np.arange(5.0), np.arange(5.0), is_category=True) is None


def test_layers() -> None:
    x = alt.X("x:Q")
    steps = binned(np.repeat([0.0, 1.0], 10), np.arange(20.0))
    line = binned(np.arange(100.0), np.arange(100.0))
    assert steps is not None
    assert line is not None
    assert [each.mark.type for each in smooth_layers(steps, x, "y", 20)] == ["rule", "point"]
    marks = [each.mark for each in smooth_layers(line, x, "y", 100)]
    assert [mark.type for mark in marks] == ["rule", "line", "point"]
    over_cells = smooth_layers(line, x, "y", 10_000)[1].mark
    assert over_cells.color != marks[1].color
