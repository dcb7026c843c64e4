"""Integer codes, and texts that look like numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.frame.columns import Categorical
from echelon.frame.convert import encode_integers, looks_numeric, not_numbers, read_only


@given(
    st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=30)
    | st.lists(st.integers(-50, 50), min_size=1, max_size=30)
)
def test_integer_codes_give_the_values_back(values: list[int]) -> None:
    codes, labels = encode_integers(np.array(values))
    assert labels.tolist() == sorted(set(values))
    assert labels[codes].tolist() == values
    assert codes.dtype == np.int32


def texts(values: list[str]) -> Categorical:
    labels, codes = np.unique(np.array(values, dtype=object), return_inverse=True)
    return Categorical("x", codes.astype(np.int32), labels)


@pytest.mark.parametrize(
    ("values", "answer", "culprits"),
    [
        (["1", "2", "-3.5e1", "missing"], True, ["missing"]),
        (["1,5", " 2 ", "x", "3"], True, ["x"]),
        (["a", "b", "1"], False, ["a", "b"]),
        (["1", "x", "x"], False, ["x"]),
    ],
)
def test_texts_that_look_numeric(values: list[str], answer: bool, culprits: list[str]) -> None:
    assert looks_numeric(texts(values)) is answer
    assert not_numbers(texts(values)) == culprits


def test_labels_that_are_numbers_do_not_look_numeric() -> None:
    column = Categorical("x", np.array([0, 1], np.int32), np.array([1, 2]))
    assert not looks_numeric(column)


def test_read_only_copies_only_what_is_scattered() -> None:
    array = np.arange(6.0).reshape(2, 3)
    assert np.shares_memory(read_only(array[0]), array)
    assert not np.shares_memory(read_only(array[:, 0]), array)
    assert array.flags.writeable
