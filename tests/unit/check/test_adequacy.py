"""Counts of groups, rows and events, and what they are judged by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import echelon as ec
from echelon.check.adequacy import events_per_parameter
from echelon.check.evidence import Evidence
from tests.unit.check.model_cases import (
    binary,
    clean,
    few,
    finding,
    many_predictors,
    names,
    quiet,
    rare,
    single_rows,
    small_groups,
    world,
)


@pytest.mark.parametrize(
    ("n_groups", "verdict"), [(6, "act"), (9, "act"), (10, "look"), (50, "look"), (51, "fine")]
)
def test_number_of_groups(n_groups: int, verdict: str) -> None:
    found = finding(lambda: few(n_groups), "number_of_groups")
    assert (found.value, found.verdict) == (n_groups, verdict)


def test_rows_per_group() -> None:
    assert finding(clean, "rows_per_group").verdict == "fine"
    small = finding(small_groups, "rows_per_group")
    assert (small.value, small.verdict) == (1.5, "look")
    single = finding(single_rows, "rows_per_group")
    assert (single.value, single.verdict, single.facts["n_single"]) == (1.0, "act", 45)


def test_groups_per_predictor() -> None:
    assert finding(clean, "groups_per_predictor").value == 80
    found = finding(many_predictors, "groups_per_predictor")
    assert (found.value, found.verdict) == (30 / 7, "act")
    assert "groups_per_predictor" not in names(lambda: ("y ~ x + (1 | g)", world(), {}))


def test_events_of_a_binary_outcome() -> None:
    data = rare()[1]
    found = finding(rare, "events_per_parameter")
    assert (found.value, found.verdict) == (data["b"].sum() / 4, "look")
    assert finding(binary, "events_per_parameter").verdict == "fine"
    assert "events_per_parameter" not in names(clean)


def test_events_of_trials_counts_and_categories() -> None:
    data = world(30, 10)
    rng = np.random.default_rng(2)
    data["s"], data["n"] = rng.binomial(4, 0.2, 300), np.full(300, 4)
    data["c"] = rng.poisson(0.1, 300)
    data["o"] = np.digitize(data["y"], [-0.5, 0.5])
    assert events("s / n ~ x + (1 | g)", data, "binomial") == data["s"].sum()
    assert events("c ~ x + (1 | g)", data, "poisson") == data["c"].sum()
    counts = np.bincount(data["o"])
    expected = 300 - (counts**3).sum() / 300**2
    assert events("o ~ x + (1 | g)", data, "cumulative") == pytest.approx(expected)
    assert events("o ~ x + (1 | g)", data, "multinomial") == counts.min()


def events(formula: str, data: dict[str, object], family: str) -> float:
    """Count the events of a model."""
    (found,) = events_per_parameter(Evidence(quiet(formula, data, family=family).fit))
    return float(found.facts["events"])


def test_rows_per_group_needs_the_rows(tmp_path: Path) -> None:
    path = ec.fit("reaction ~ days + (1 | subject)", "sleep").save(tmp_path / "a", rows=False)
    found = ec.load(path).check("Data and design")
    assert "rows_per_group" not in {finding.name for finding in found.findings}
    assert (
        "Data and design",
        "This fit was saved without its rows.",
    ) in found.diagnosis.not_examined
