from __future__ import annotations

import numpy as np
import pytest

from echelon.design.build import columns_needed_for_new_rows, encode_rows
from echelon.design.combinations import learn_combinations
from echelon.design.parts import Design, Rows
from echelon.frame.build import build_frame
from echelon.frame.columns import Categorical
from tests.designs import design_of

RNG = np.random.default_rng(5)
N = 120
DATA = {
    "y": RNG.normal(size=N),
    "a": np.array(["north", "south", "east"])[RNG.integers(0, 3, N)].tolist(),
    "b": RNG.integers(1, 6, N),
    "c": RNG.integers(0, 4, N) * 0.5,
}


def new_rows(design: Design, data: object) -> Rows:
    frame = build_frame(data, columns_needed_for_new_rows(design.recipe))
    return encode_rows(design.recipe, frame)


def test_interaction_codes_observed_combinations_in_order() -> None:
    data = {
        "y": np.arange(8.0),
        "a": ["q", "p", "q", "p", "q", "p", "q", "p"],
        "b": [10, 2, 2, 2, 10, 2, 2, 2],
    }
    block = design_of("y ~ 1 + (1 | a:b)", data).rows.blocks[0]
    assert block.grouping == "a:b"
    assert block.labels.tolist() == ["p:2", "q:2", "q:10"]
    assert block.memberships[0].codes.tolist() == [2, 0, 1, 0, 2, 0, 1, 0]


def test_interaction_of_three_labels_each_row_by_its_values() -> None:
    block = design_of("y ~ 1 + (1 | a:b:c)", DATA).rows.blocks[0]
    got = block.labels[block.memberships[0].codes].tolist()
    rows = zip(DATA["a"], DATA["b"], DATA["c"], strict=True)
    assert got == [f"{a}:{b}:{c:g}" for a, b, c in rows]
    assert len(set(got)) == block.n_groups


def test_sorting_and_tabling_agree() -> None:
    a = Categorical("a", RNG.integers(0, 50, 300).astype(np.int32), np.arange(50))
    b = Categorical("b", RNG.integers(0, 5_000, 300).astype(np.int32), np.arange(5_000))
    wide = learn_combinations([a, b], "a:b")  # 250,000 cells for 300 rows: sorted
    places, codes = np.unique(b.codes, return_inverse=True)
    narrow = Categorical("b", codes.astype(np.int32), places)
    assert np.array_equal(wide.codes, learn_combinations([a, narrow], "a:b").codes)


def test_factors_with_labels_of_their_own_keep_the_order() -> None:
    child = np.array([7, 3, 9, 3, 7, 1])  # child 1 and 9 of school 2, 3 and 7 of school 1
    school = np.array([1, 1, 2, 1, 1, 2])
    data = {"y": np.arange(6.0), "school": school, "child": child}
    outer, inner = design_of("y ~ 1 + (1 | school/child)", data).rows.blocks
    assert inner.labels.tolist() == ["1:3", "1:7", "2:1", "2:9"]
    assert inner.memberships[0].codes.tolist() == [1, 0, 3, 0, 1, 2]
    assert outer.labels.tolist() == [1, 2]


def test_group_labels_keep_their_type() -> None:
    block = design_of("y ~ 1 + (1 | b)", DATA).rows.blocks[0]
    assert block.labels.tolist() == [1, 2, 3, 4, 5]
    assert block.labels.dtype.kind == "i"


def test_new_groups_have_code_minus_one() -> None:
    design = design_of("y ~ 1 + (1 | b) + (1 | a:b)", DATA)
    rows = new_rows(design, {"a": ["east", "west", "north"], "b": [3, 3, 99]})
    by_b, by_ab = rows.blocks
    assert by_b.memberships[0].codes.tolist() == [2, 2, -1]
    assert by_ab.memberships[0].codes.tolist() == [by_ab.labels.tolist().index("east:3"), -1, -1]


@pytest.mark.parametrize("right", ["(1 | a:b)", "(1 | a/b)", "(1 | a:b:c)", "(1 | mm(b, c))"])
def test_rows_of_the_fit_find_their_groups_again(right: str) -> None:
    design = design_of(f"y ~ 1 + {right}", DATA)
    rows = np.array([7, 3, 99, 3])
    part = {name: [values[i] for i in rows] for name, values in DATA.items()}
    for block, again in zip(design.rows.blocks, new_rows(design, part).blocks, strict=True):
        for member, found in zip(block.memberships, again.memberships, strict=True):
            assert found.codes.tolist() == member.codes[rows].tolist()


def test_members_share_their_groups_equally_by_default() -> None:
    data = {"y": np.arange(8.0), "t1": list("abcabcab"), "t2": list("bcdbcdbc")}
    block = design_of("y ~ 1 + (1 | mm(t1, t2))", data).rows.blocks[0]
    assert block.grouping == "mm(t1, t2)"
    assert block.labels.tolist() == ["a", "b", "c", "d"]
    first, second = block.memberships
    assert first.codes.tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert second.codes.tolist() == [1, 2, 3, 1, 2, 3, 1, 2]
    assert first.weights is not None
    assert first.weights.tolist() == [0.5] * 8


def test_membership_weights_are_taken_as_they_are() -> None:
    data = {
        "y": np.arange(6.0),
        "t1": [1, 2, 1, 2, 1, 2],
        "t2": [3, 3, 2, 1, 3, 1],
        "w1": [1.0, 0.5, 0.25, 0.75, 1, 0],
        "w2": [0.0, 0.5, 0.75, 0.25, 0, 1],
    }
    block = design_of("y ~ 1 + (1 | mm(t1, t2, weights = (w1, w2)))", data).rows.blocks[0]
    assert block.labels.tolist() == [1, 2, 3]
    assert [m.weights.tolist() for m in block.memberships if m.weights is not None] == [
        data["w1"],
        data["w2"],
    ]
