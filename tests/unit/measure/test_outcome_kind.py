"""Which kind of outcome a column holds."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import FrameError
from echelon.frame.columns import Categorical, Numeric
from echelon.measure.outcome_kind import MANY_VALUES, outcome_of


def kind(values: list[float]) -> str:
    found = outcome_of(Numeric("y", np.array(values, dtype=float)))
    return "binary" if found.events else "count" if found.tally else "numeric"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1, 1], "binary"),
        ([0, 0], "numeric"),
        ([1, 1], "numeric"),
        ([0, 2], "numeric"),
        ([1, 2, 2], "numeric"),
        ([-1, 0, 1], "numeric"),
        ([0, 0.5, 1], "numeric"),
        ([0, 1, 2], "count"),
        ([0, 7, 1e6], "count"),
        ([1, 2, 3], "numeric"),
        (list(range(MANY_VALUES)), "count"),
        (list(range(MANY_VALUES + 1)), "numeric"),
        ([5], "numeric"),
    ],
)
def test_numbers(values: list[float], expected: str) -> None:
    assert kind(values) == expected


def labelled(*labels: str) -> Categorical:
    return Categorical("y", np.arange(len(labels), dtype=np.int32), np.array(labels, dtype=object))


def test_the_second_category_is_the_event() -> None:
    found = outcome_of(labelled("alive", "dead"))
    assert found.events is not None
    assert (found.events.event, found.events.other) == ("dead", "alive")
    assert found.values.tolist() == [0, 1]


@pytest.mark.parametrize("labels", [("a",), ("a", "b", "c")])
def test_one_or_three_categories(labels: tuple[str, ...]) -> None:
    with pytest.raises(FrameError, match="Outcome 'y' holds"):
        outcome_of(labelled(*labels))
