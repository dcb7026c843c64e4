"""What a table can support."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import SpecError
from echelon.measure.describe import describe


def sized(sizes: list[int]) -> dict[str, np.ndarray]:
    return {"g": np.repeat(np.arange(len(sizes)), sizes)}


def test_groups_and_sizes() -> None:
    (found,) = describe(sized([1, 4, 4, 9]), "g").groupings
    assert (found.n_groups, found.size_min, found.size_median, found.size_max) == (4, 1, 4, 9)
    assert found.n_one_row == 1
    assert found.spread is None


@pytest.mark.parametrize(
    ("sizes", "topics"),
    [
        ([8], ["one-group"]),
        ([8] * 9, ["few-groups"]),
        ([8] * 10, ["some-groups"]),
        ([8] * 29, ["some-groups"]),
        ([8] * 30, []),
        ([4] * 30, ["small-groups"]),
        ([5] * 30, []),
        ([1] + [8] * 29, ["one-row-groups"]),
        ([1] * 29 + [2], ["small-groups", "one-row-groups"]),
        ([1] * 40, ["all-one-row"]),
        ([1] * 4, ["few-groups", "all-one-row"]),
    ],
)
def test_findings(sizes: list[int], topics: list[str]) -> None:
    (found,) = describe(sized(sizes), "g").groupings
    assert [finding.topic for finding in found.findings] == topics


def test_findings_carry_value_and_threshold() -> None:
    (finding,) = describe(sized([8] * 7), "g").groupings[0].findings
    assert (finding.value, finding.threshold) == (7, 10)


def test_relations() -> None:
    data = {
        "school": np.arange(24) // 2 % 6,
        "district": np.arange(24) // 2 % 6 // 2,
        "same": np.arange(24) // 2 % 6 + 10,
        "rater": np.arange(24) // 12,
        "one": np.zeros(24, dtype=int),
        "row": np.arange(24),
    }
    relations = describe(data, list(data)).relations
    assert [(r.kind, r.inner, r.outer) for r in relations] == [
        ("nested", "school", "district"),
        ("same", "school", "same"),
        ("crossed", "school", "rater"),
        ("nested", "same", "district"),
        ("crossed", "district", "rater"),
        ("crossed", "same", "rater"),
    ]
    assert (relations[2].n_cells, relations[2].n_possible) == (12, 12)


def test_an_interaction_is_a_factor() -> None:
    data = {"a": [1, 1, 2, 2, 2], "b": [1, 2, 1, 2, 2]}
    (found,) = describe(data, "a:b").groupings
    assert (found.grouping, found.n_groups, found.size_max) == ("a:b", 4, 2)


def test_a_factor_named_twice_is_described_once() -> None:
    assert len(describe(sized([2, 2]), ["g", "g"]).groupings) == 1


def test_rows_without_outcome_are_left_out_and_counted() -> None:
    found = describe({"y": [1.0, None, 3.0, 5.0], "g": ["a", "a", "b", "b"]}, "g", "y")
    assert (found.rows.n_used, found.rows.dropped) == (3, (("missing y", 1),))
    assert found.groupings[0].spread is not None
    assert found.groupings[0].spread.mean == 3.0


def test_no_grouping_factor() -> None:
    with pytest.raises(SpecError) as error:
        describe(sized([2]), [])
    assert str(error.value) == (
        "No grouping factor is named.\n"
        "  where: argument groupings (--group)\n"
        "  got:   none\n"
        "  need:  the name of at least one column that defines groups\n"
        "  do:    name one, e.g. groupings='school' (on the command line, --group school)\n"
        "  see:   errors#no-grouping"
    )


def test_a_binary_outcome() -> None:
    data = {"y": ["no", "yes"] * 12 + ["no"] * 3, "g": np.repeat(np.arange(9), 3)}
    found = describe(data, "g", "y")
    assert found.events is not None
    assert (found.events.event, found.events.other) == ("yes", "no")
    assert (found.events.n_events, found.events.n_other) == (12, 15)
    (grouping,) = found.groupings
    assert grouping.prevalence is not None
    assert grouping.counts is None
    assert grouping.prevalence.n_without == 1
    assert [f.topic for f in grouping.findings][-1] == "uniform-groups"


def test_extremes_of_an_interaction_name_both_parts() -> None:
    data = {"y": [0, 1, 1, 1, 0, 0], "a": ["x"] * 3 + ["z"] * 3, "b": [1, 1, 2, 1, 1, 2]}
    (grouping,) = describe(data, "a:b", "y").groupings
    assert grouping.prevalence is not None
    shares = [(each.group, each.n_events) for each in grouping.prevalence.lowest]
    assert shares == [("z:2", 0), ("x:1", 1), ("z:1", 1), ("x:2", 1)]


def test_counts() -> None:
    data = {"y": [0, 0, 9, 0, 1, 12], "g": [1, 1, 1, 2, 2, 2]}
    found = describe(data, "g", "y")
    assert found.events is None
    assert found.tally is not None
    assert (found.tally.n_zero, found.tally.mean) == (3, 22 / 6)
    (grouping,) = found.groupings
    assert [f.topic for f in grouping.findings][-1] == "overdispersed"


def test_other_numbers_are_neither() -> None:
    found = describe({"y": [1.0, 2.0, 4.0], "g": [1, 1, 2]}, "g", "y")
    assert (found.events, found.tally) == (None, None)
    assert (found.groupings[0].prevalence, found.groupings[0].counts) == (None, None)
