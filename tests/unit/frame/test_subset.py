"""The grammar of subsets."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.errors import FrameError
from echelon.frame.subset import (
    ColumnName,
    Combination,
    Comparison,
    Literal,
    Membership,
    Negation,
    parse_subset,
)

X, Y = ColumnName("x"), ColumnName("y")
POSITIVE = Comparison(X, ">", Literal(0.0))
SMALL = Comparison(Y, "<", Literal(1.0))


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("x > 0", POSITIVE),
        ("x>0", POSITIVE),
        ("x == -1.5e3", Comparison(X, "==", Literal(-1500.0))),
        ("x == .5", Comparison(X, "==", Literal(0.5))),
        ("x == 'it\\'s'", Comparison(X, "==", Literal("it's"))),
        ('x != "a b"', Comparison(X, "!=", Literal("a b"))),
        ("`x y` == 1", Comparison(ColumnName("x y"), "==", Literal(1.0))),
        ("größe >= 1", Comparison(ColumnName("größe"), ">=", Literal(1.0))),
        ("a.b == 1", Comparison(ColumnName("a.b"), "==", Literal(1.0))),
        ("x == y", Comparison(X, "==", Y)),
        ("0 < x", Comparison(Literal(0.0), "<", X)),
        ("x", X),
        ("not x", Negation(X)),
        ("!(x)", Negation(X)),
        ("x == True", Comparison(X, "==", Literal(value=True))),
        ("x > 0 and y < 1", Combination("and", POSITIVE, SMALL)),
        ("x > 0 & y < 1", Combination("and", POSITIVE, SMALL)),
        ("x > 0 || y < 1", Combination("or", POSITIVE, SMALL)),
        (
            "x > 0 or y < 1 and x",
            Combination("or", POSITIVE, Combination("and", SMALL, X)),
        ),
        (
            "(x > 0 or y < 1) and x",
            Combination("and", Combination("or", POSITIVE, SMALL), X),
        ),
        (
            "0 < x <= 2",
            Combination(
                "and",
                Comparison(Literal(0.0), "<", X),
                Comparison(X, "<=", Literal(2.0)),
            ),
        ),
        ("x in [1, 'a']", Membership(X, (Literal(1.0), Literal("a")))),
        ("x in (1)", Membership(X, (Literal(1.0),))),
        ("x not in [1]", Negation(Membership(X, (Literal(1.0),)))),
        ("not x in [1]", Negation(Membership(X, (Literal(1.0),)))),
    ],
)
def test_grammar(text: str, root: object) -> None:
    assert parse_subset(text).root == root


def test_names_are_listed_once_in_order() -> None:
    assert parse_subset("b > a and not c in [1] or a == b").names == ("b", "a", "c")


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "x >", "> 1", "x = 1", "x == 1 2", "(x", "x)", "x in", "x in []", "x in [y]",
        "x in 1", "1", "'a'", "x == 'a", "x == `y", "x @ 1", "x[0] == 1", "f(x) > 1", "x + 1 > 2",
        "-x > 1", "1 in [1]", "x and", "__import__('os')", "not", "x not 1", "==",
    ],
)  # fmt: skip
def test_no_condition(text: str) -> None:
    with pytest.raises(FrameError) as caught:
        parse_subset(text)
    assert caught.value.slug == "subset-syntax"


def test_brackets_may_not_nest_without_end() -> None:
    parse_subset("(" * 40 + "x" + ")" * 40)
    with pytest.raises(FrameError, match="at most 50 brackets"):
        parse_subset("(" * 10_000 + "x" + ")" * 10_000)
    with pytest.raises(FrameError, match="at most 50 brackets"):
        parse_subset("!" * 10_000 + "x")


@given(st.text(alphabet="xy01.'\"`()[]<>=!&|~-, andortinE\\é", max_size=25))
def test_any_text_is_a_condition_or_a_frame_error(text: str) -> None:
    with contextlib.suppress(FrameError):
        assert parse_subset(text).names
