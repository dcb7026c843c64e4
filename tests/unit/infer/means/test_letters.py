"""Compact letters."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from echelon.infer.means.letters import compact_letters


def letters(estimate: list[float], differ: set[tuple[int, int]]) -> list[str]:
    pairs = combinations(range(len(estimate)), 2)
    return compact_letters(np.array(estimate), np.array([pair in differ for pair in pairs]))


def test_the_highest_mean_has_an_a() -> None:
    assert letters([1.0, 2.0, 3.0], {(0, 2)}) == ["b", "ab", "a"]
    assert letters([1.0, 2.0, 3.0], set()) == ["a", "a", "a"]
    assert letters([3.0, 2.0, 1.0], {(0, 1), (0, 2), (1, 2)}) == ["a", "b", "c"]


def test_a_mean_that_does_not_exist_has_none() -> None:
    assert letters([1.0, np.nan, 3.0], {(0, 2)}) == ["b", "", "a"]


def test_more_than_26_letters() -> None:
    all_pairs = set(combinations(range(28), 2))
    found = letters([float(-i) for i in range(28)], all_pairs)
    assert found[25:] == ["z", "aa", "ab"]


@st.composite
def decisions(draw: st.DrawFn) -> tuple[int, list[bool]]:
    k = draw(st.integers(2, 7))
    n_pairs = k * (k - 1) // 2
    return k, draw(st.lists(st.booleans(), min_size=n_pairs, max_size=n_pairs))


@given(decisions())
def test_letters_are_shared_exactly_by_means_that_do_not_differ(
    case: tuple[int, list[bool]],
) -> None:
    k, differ = case
    found = compact_letters(np.arange(k, dtype=float), np.array(differ))
    for (i, j), differs in zip(combinations(range(k), 2), differ, strict=True):
        assert bool(set(found[i]) & set(found[j])) is not differs
