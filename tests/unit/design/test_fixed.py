"""Model matrices against R's model.matrix, worked by hand."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from tests.designs import design_of

DATA = {
    "y": np.array([1.0, 2, 4, 8, 16, 32]),
    "x": np.array([1.0, 2, 3, 4, 5, 6]),
    "z": np.array([2.0, 3, 5, 7, 11, 13]),
    "f": ["a", "a", "b", "b", "c", "c"],
    "g": ["u", "v", "u", "v", "u", "v"],
}


@pytest.mark.parametrize(
    ("right", "names"),
    [
        ("1", "(Intercept)"),
        ("x + f", "(Intercept) x f[b] f[c]"),
        ("0 + f", "f[a] f[b] f[c]"),
        ("0 + f + g", "f[a] f[b] f[c] g[v]"),
        ("0 + x + f", "x f[a] f[b] f[c]"),
        ("f * g", "(Intercept) f[b] f[c] g[v] f[b]:g[v] f[c]:g[v]"),
        ("f:g", "(Intercept) f[a]:g[u] f[b]:g[u] f[c]:g[u] f[a]:g[v] f[b]:g[v] f[c]:g[v]"),
        ("0 + f:g", "f[a]:g[u] f[b]:g[u] f[c]:g[u] f[a]:g[v] f[b]:g[v] f[c]:g[v]"),
        ("f + f:g", "(Intercept) f[b] f[c] f[a]:g[v] f[b]:g[v] f[c]:g[v]"),
        ("g + f:g", "(Intercept) g[v] g[u]:f[b] g[v]:f[b] g[u]:f[c] g[v]:f[c]"),
        ("x:f", "(Intercept) x:f[a] x:f[b] x:f[c]"),
        ("x + x:f", "(Intercept) x x:f[b] x:f[c]"),
        ("f + x:f", "(Intercept) f[b] f[c] f[a]:x f[b]:x f[c]:x"),
        ("0 + f + f:x", "f[a] f[b] f[c] f[a]:x f[b]:x f[c]:x"),
        ("x * z", "(Intercept) x z x:z"),
        ("f / x", "(Intercept) f[b] f[c] f[a]:x f[b]:x f[c]:x"),
        (
            "poly(x, 2):g",
            "(Intercept) poly(x, 2)[1]:g[u] poly(x, 2)[2]:g[u] "
            "poly(x, 2)[1]:g[v] poly(x, 2)[2]:g[v]",
        ),
        ("ordered(f)", "(Intercept) ordered(f)[.L] ordered(f)[.Q]"),
        ('factor(f, ref = "b")', '(Intercept) factor(f, ref = "b")[a] factor(f, ref = "b")[c]'),
        ("I(x > 2)", "(Intercept) I(x > 2)[TRUE]"),
    ],
)
def test_columns_are_those_of_r(right: str, names: str) -> None:
    design = design_of(f"y ~ {right}", DATA)
    spaced = names.replace("poly(x, 2)", "P").replace('factor(f, ref = "b")', "F")
    spaced = spaced.replace("I(x > 2)", "I")
    expected = [
        name.replace("P", "poly(x, 2)").replace("F", 'factor(f, ref = "b")')
        if name[0] in "PF"
        else name.replace("I[", "I(x > 2)[")
        for name in spaced.split()
    ]
    assert list(design.fixed_names) == expected


def test_three_factors_without_two_margins() -> None:
    # R: ~ f + g:h codes g fully (h is no margin) and h fully (g is none).
    data = {**DATA, "h": ["p", "p", "p", "q", "q", "q"]}
    names = design_of("y ~ f + g:h", data).fixed_names
    assert names[3:] == ("g[u]:h[p]", "g[v]:h[p]", "g[u]:h[q]", "g[v]:h[q]")


def test_margin_inside_an_earlier_interaction_counts() -> None:
    # R: in ~ f:g + f:h the factor h of f:h is coded by contrasts, since f lies inside f:g.
    data = {**DATA, "h": ["p", "p", "p", "q", "q", "q"]}
    names = design_of("y ~ f:g + f:h", data).fixed_names
    assert names[7:] == ("f[a]:h[q]", "f[b]:h[q]", "f[c]:h[q]")


def test_interaction_columns_are_products() -> None:
    design = design_of("y ~ x * f", DATA)
    x, b, c = DATA["x"], np.array([0, 0, 1, 1, 0, 0]), np.array([0, 0, 0, 0, 1, 1])
    expected = np.column_stack([np.ones(6), x, b, c, x * b, x * c])
    assert np.array_equal(design.X, expected)


@pytest.mark.parametrize(
    ("coding", "expected"),
    [
        ("sum", [[1, 0], [1, 0], [0, 1], [0, 1], [-1, -1], [-1, -1]]),
        ("helmert", [[-1, -1], [-1, -1], [1, -1], [1, -1], [0, 2], [0, 2]]),
    ],
)
def test_codings_asked_for_by_column(coding: str, expected: list[list[float]]) -> None:
    design = design_of("y ~ f", DATA, contrasts={"f": coding})
    assert design.fixed_names == ("(Intercept)", "f[1]", "f[2]")
    assert design.X[:, 1:].tolist() == expected


def test_coding_asked_for_in_the_formula_wins() -> None:
    design = design_of('y ~ factor(f, contrast = "sum")', DATA, contrasts={"f": "helmert"})
    assert design.X[-1].tolist() == [1, -1, -1]


def test_full_dummies_ignore_the_coding() -> None:
    design = design_of("y ~ 0 + f", DATA, contrasts={"f": "sum"})
    assert design.fixed_names == ("f[a]", "f[b]", "f[c]")


def test_numeric_columns_are_not_copied_and_x_shares_with_z() -> None:
    design = design_of("y ~ x + f + (x + f | g)", {**DATA, "g": list("uvuuuv") * 1} | _long())
    block = design.rows.blocks[0]
    shared = [a is b for a, b in zip(design.rows.fixed_columns, block.columns, strict=True)]
    assert shared == [True] * 4


def test_interaction_written_both_ways_is_one_column() -> None:
    data = _long()
    design = design_of("y ~ x:z + (0 + z:x | g)", data)
    assert design.rows.fixed_columns[1] is design.rows.blocks[0].columns[0]
    assert design.rows.blocks[0].column_names in (("z:x",), ("x:z",))


def test_five_thousand_categories() -> None:
    n = 10_000
    data = {"y": np.arange(n) % 7.0, "f": np.arange(n) % 5_000, "one": np.ones(n)}
    design = design_of("y ~ factor(f)", data)
    assert len(design.fixed_names) == 5_000
    assert design.fixed_names[-1] == "factor(f)[4999]"
    assert sum(column.sum() for column in design.rows.fixed_columns[1:]) == n - 2


SETS = [s for size in (1, 2, 3) for s in combinations("abc", size)]


@pytest.mark.parametrize("intercept", ["1", "0"])
@pytest.mark.parametrize("coding", ["treatment", "helmert"])
def test_every_formula_of_three_factors_spans_what_its_terms_span(
    intercept: str, coding: str
) -> None:
    """The coding rule saves columns, never directions: all 127 sets of terms."""
    cells = np.array(list(product(range(2), range(3), range(2))))
    data = {"y": np.arange(12.0)} | {
        name: np.array(list("pqr"))[cells[:, i]].tolist() for i, name in enumerate("abc")
    }
    dummies = {name: np.eye(3)[cells[:, i]] for i, name in enumerate("abc")}
    for n_terms in range(1, len(SETS) + 1):
        for terms in combinations(SETS, n_terms):
            right = " + ".join([intercept, *[":".join(term) for term in terms]])
            full = [np.ones((12, 1))] if intercept == "1" else []
            full += [_all_products([dummies[name] for name in term]) for term in terms]
            used = dict.fromkeys({n for term in terms for n in term}, coding)
            X = design_of(f"y ~ {right}", data, contrasts=used).X
            span = np.hstack(full)
            rank = np.linalg.matrix_rank(span)
            assert np.linalg.matrix_rank(X) == rank, right
            assert np.linalg.matrix_rank(np.hstack([X, span])) == rank, right
            assert X.shape[1] <= span.shape[1], right


def _all_products(dummies: list[np.ndarray]) -> np.ndarray:
    result = np.ones((12, 1))
    for columns in dummies:
        result = (result[:, :, None] * columns[:, None, :]).reshape(12, -1)
    return result


def _long() -> dict[str, object]:
    rng = np.random.default_rng(1)
    n = 60
    return {
        "y": rng.normal(size=n),
        "x": rng.normal(size=n),
        "z": rng.normal(size=n),
        "f": np.array(["a", "b", "c"])[np.arange(n) % 3].tolist(),
        "g": np.array(["u", "v", "w", "z"])[np.arange(n) % 4].tolist(),
    }
