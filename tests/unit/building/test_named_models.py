"""Models and their names; the messages are in tests/errors."""

from __future__ import annotations

from typing import Any

import pytest

from echelon.building.named_models import fit_of, read_models
from echelon.result import Result
from tests.unit.building.fitted import sleep


def test_order_and_names_are_kept() -> None:
    assert read_models((1, 2), None) == {"Model 1": 1, "Model 2": 2}
    assert read_models(([1, 2],), ("a", "b")) == {"a": 1, "b": 2}
    assert list(read_models(({"z": 1, "a": 2},), None)) == ["z", "a"]
    assert read_models(({"z": 1, "a": 2},), ["b", "c"]) == {"b": 1, "c": 2}


def test_a_result_is_its_fit() -> None:
    fit = sleep("days")
    assert fit_of(fit, 0) is fit
    assert fit_of(Result(fit), 0) is fit


@pytest.mark.parametrize("names", [("a", "a"), ("a",), ("a", " "), ("a", 3)])
def test_names_that_do_not_fit(names: Any) -> None:
    with pytest.raises(ValueError, match=r"^The names do not fit the models\."):
        read_models((1, 2), names)
