"""The rows of groups, in order and thinned."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.plot.observed_lines import observed_lines
from echelon.plot.variables import grouping_of, variable_of


@pytest.mark.filterwarnings("ignore::echelon.errors.SingularFitWarning")
def test_rows_at_one_value_are_averaged() -> None:
    table = {"y": [1.0, 3, 5, 2, 8], "x": [2.0, 2, 1, 1, 2], "g": ["a", "a", "a", "b", "b"]}
    fit = ec.fit("y ~ x + (1 | g)", table).fit
    lines = observed_lines(
        fit, grouping_of(fit, "g", ""), np.array([0, 1]), variable_of(fit, "x", ""), 20, None
    )
    assert lines.x.tolist() == [1, 2, 1, 2]
    assert lines.y.tolist() == [5, 2, 2, 8]
    assert lines.labels == ["a", "a", "b", "b"]
    assert lines.notes == ("Observed: means where a group has several rows at one value.",)


def test_long_lines_join_means_of_as_many_rows() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=300)
    table = {"y": x + rng.normal(size=300), "x": x, "g": np.repeat(["a", "b", "c"], 100)}
    fit = ec.fit("y ~ x + (1 | g)", table).fit
    lines = observed_lines(
        fit, grouping_of(fit, "g", ""), np.array([0, 2]), variable_of(fit, "x", ""), 20, None
    )
    assert lines.labels == ["a"] * 8 + ["c"] * 8
    order = np.argsort(x[:100])
    parts = [order[np.arange(100) * 8 // 100 == i] for i in range(8)]
    assert lines.x[:8] == pytest.approx([x[part].mean() for part in parts])
    assert lines.y[:8] == pytest.approx([table["y"][part].mean() for part in parts])
    assert "means of neighbouring rows, 10 or more" in lines.notes[0]
