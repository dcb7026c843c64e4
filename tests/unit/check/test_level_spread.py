"""Residual spread along what groups are like."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.check.model_cases import (
    clean,
    finding,
    names,
    single_rows,
    spread_along_category,
    spread_along_number,
)


def test_along_a_number() -> None:
    found = finding(spread_along_number, "level_1_spread")
    assert (found.verdict, found.facts["along"], found.facts["rises"]) == ("act", "w", True)
    assert found.value == pytest.approx(2.2, abs=0.4)  # exp(2 * 0.4), times the spread of w


def test_along_categories() -> None:
    found = finding(spread_along_category, "level_1_spread")
    assert (found.verdict, found.facts["kind"]) == ("act", "categories")
    assert found.value == pytest.approx(2, abs=0.25)


def test_the_same_everywhere() -> None:
    found = finding(clean, "level_1_spread")
    assert found.verdict == "fine"
    assert found.facts["looked_at"] == (("w", "number"), ("(Intercept)", "intercepts"))


def test_groups_without_degrees_of_freedom_tell_nothing() -> None:
    assert finding(single_rows, "level_1_spread").facts["n_groups"] == 35
    assert "level_1_spread" in names(single_rows)


def test_clusters_are_the_outermost_factors() -> None:
    data = spread_along_number()[1]
    data["h"], data["c"] = data["g"] // 4, np.arange(960) % 12
    nested = finding(lambda: ("y ~ x + w + (1 | h/g)", data, {}), "level_1_spread", "h:g")
    assert nested.facts["clusters"] == ("h",)
    both = finding(lambda: ("y ~ x + w + (1 | g) + (1 | c)", data, {}), "level_1_spread", "g")
    assert both.facts["clusters"] == ("g", "c")
    shared = finding(lambda: ("y ~ x + w + (1 | g) + (1 | mm(h, c))", data, {}), "level_1_spread")
    assert shared.facts["clusters"] == ()
