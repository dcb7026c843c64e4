from __future__ import annotations

import numpy as np

from echelon.design.random import merge_terms
from echelon.formula.parse import parse_formula
from tests.designs import design_of

N = 120
RNG = np.random.default_rng(6)
DATA = {
    "y": RNG.normal(size=N),
    "x": RNG.normal(size=N),
    "f": np.array(["u", "v", "w"])[np.arange(N) % 3].tolist(),
    "g": np.arange(N) % 8,
    "h": RNG.integers(0, 7, N),
}


def test_blocks_follow_the_first_appearance_of_their_factor() -> None:
    blocks = design_of("y ~ x + (1 | h) + (1 | g) + (0 + x | h)", DATA).rows.blocks
    assert [block.grouping for block in blocks] == ["h", "g"]
    assert blocks[0].column_names == ("(Intercept)", "x")
    assert [(t.start, t.stop, t.text) for t in blocks[0].terms] == [
        (0, 1, "(1 | h)"),
        (1, 2, "(0 + x | h)"),
    ]


def test_double_bar_is_one_term_with_a_diagonal() -> None:
    (block,) = design_of("y ~ x + (x || g)", DATA).rows.blocks
    (term,) = block.terms
    assert (term.structure.name, term.size) == ("diag", 2)


def test_structures_have_the_size_of_their_term() -> None:
    (block,) = design_of("y ~ f + ar1(0 + f | g)", DATA).rows.blocks
    assert block.column_names == ("f[u]", "f[v]", "f[w]")
    assert (block.terms[0].structure.name, block.terms[0].structure.size) == ("ar1", 3)


def test_coding_of_a_random_factor_looks_at_its_own_intercept() -> None:
    fixed_without = design_of("y ~ 0 + f + (f | g)", DATA)
    assert fixed_without.fixed_names == ("f[u]", "f[v]", "f[w]")
    assert fixed_without.rows.blocks[0].column_names == ("(Intercept)", "f[v]", "f[w]")
    assert fixed_without.rows.blocks[0].columns[1] is fixed_without.rows.fixed_columns[1]


def test_nested_slash_gives_two_blocks() -> None:
    blocks = design_of("y ~ x + (1 | f/g)", DATA).rows.blocks
    assert [block.grouping for block in blocks] == ["f", "f:g"]
    assert [block.n_groups for block in blocks] == [3, 24]


def test_two_orders_of_an_interaction_are_one_factor() -> None:
    blocks = design_of("y ~ x + (1 | f:g) + (0 + x | g:f)", DATA).rows.blocks
    assert [(block.grouping, block.n_columns) for block in blocks] == [("f:g", 2)]


def test_a_model_without_random_terms_has_no_blocks() -> None:
    assert design_of("y ~ x", DATA).rows.blocks == ()


def test_a_term_keeps_its_own_text_whatever_was_fitted_before() -> None:
    for text in ("(1 + x | g)", "(x | g)", "(1 + x|g)"):
        (block,) = design_of(f"y ~ x + {text}", DATA).rows.blocks
        (merged,) = merge_terms(parse_formula(f"y ~ x + {text}").random)
        assert [term.text for term in block.terms] == [text]
        assert [term.text for term in merged[1]] == [text]
