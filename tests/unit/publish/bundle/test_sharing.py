"""Which columns leave the house, in which order, under which labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from echelon.errors import SpecError
from echelon.frame.columns import Categorical
from echelon.publish.bundle.recipe import shared_spec
from echelon.publish.bundle.sharing import Shared, share
from tests.unit.publish.bundle.studies import GAUSSIAN, SCHOOL, TABLE, study


def shared(name: str, codes: bool | Sequence[str] = False, seed: int | None = None) -> Shared:
    fit = study(name).fit
    assert fit.frame is not None
    return share(shared_spec(fit.spec), fit.frame, codes, seed)


def numbers(table: Shared, name: str) -> np.ndarray[Any, np.dtype[Any]]:
    column = table.columns[name]
    assert isinstance(column, np.ndarray)
    return column


def test_columns_and_their_roles() -> None:
    assert shared("weights").roles == {
        "y": "response", "x": "predictor", "z": "offset", "w": "weights", "school": "groups",
    }  # fmt: skip
    assert shared("members").roles == {
        "y": "response", "x": "predictor", "share": "membership weights",
        "rest": "membership weights", "school": "groups", "other": "groups",
    }  # fmt: skip
    assert shared("year").roles["year"] == "groups and predictor"


def test_numbers_that_name_groups_stay_whole() -> None:
    assert numbers(shared("crossed"), "person").dtype.kind == "i"
    assert numbers(shared("dates"), "day").dtype.kind == "M"
    assert isinstance(shared("crossed").columns["school"], Categorical)


def test_without_codes_the_rows_stay_where_they_are() -> None:
    table = shared("slopes")
    assert table.order is None
    assert table.coded == ()
    assert table.n_rows == len(TABLE["y"])
    assert numbers(table, "y").tolist() == TABLE["y"].tolist()


def test_codes_number_the_groups_and_sort_the_rows() -> None:
    table = shared("slopes", codes=True)
    codes = numbers(table, "school")
    assert table.coded == ("school",)
    assert table.order is not None
    assert np.array_equal(np.unique(codes), np.arange(1, len(np.unique(SCHOOL)) + 1))
    assert (np.diff(codes) >= 0).all()
    assert np.array_equal(numbers(table, "y"), TABLE["y"][table.order])
    pairs = set(zip(codes.tolist(), SCHOOL[table.order].tolist(), strict=True))
    assert len(pairs) == len(np.unique(SCHOOL))
    within = [np.diff(table.order[codes == code]) for code in np.unique(codes)]
    assert all((steps > 0).all() for steps in within)


def test_the_seed_draws_the_numbers() -> None:
    first, again, other = (shared("slopes", True, seed).order for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_without_a_seed_the_numbers_cannot_be_had_again() -> None:
    first, second = (shared("slopes", codes=True).order for _ in range(2))
    assert not np.array_equal(first, second)


def test_members_share_their_numbers() -> None:
    table = shared("members", codes=True)
    assert table.order is not None
    labels = np.array(TABLE["school"])[table.order], np.array(TABLE["other"])[table.order]
    codes = numbers(table, "school"), numbers(table, "other")
    pairs = {
        (label, code)
        for texts, own in zip(labels, codes, strict=True)
        for label, code in zip(texts.tolist(), own.tolist(), strict=True)
    }
    assert len(pairs) == len({label for label, _ in pairs})


def test_some_factors_may_keep_their_labels() -> None:
    table = shared("crossed", codes=["person"])
    assert table.coded == ("person",)
    assert isinstance(table.columns["school"], Categorical)
    assert shared("crossed", codes="person").coded == ("person",)


@pytest.mark.parametrize("name", ["dates", "year"])
def test_groups_that_are_predictors_keep_their_labels(name: str) -> None:
    assert name in GAUSSIAN
    with pytest.raises(SpecError, match="is also a predictor"):
        shared(name, codes=True)
