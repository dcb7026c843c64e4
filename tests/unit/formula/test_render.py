import pytest

from echelon.formula.expression import Name
from echelon.formula.parse import parse_formula
from echelon.formula.render import render, sum_pieces
from echelon.formula.terms import Term

CANONICAL = {
    "y~x": "y ~ x",
    "y ~ 1": "y ~ 1",
    "y ~ 0": "y ~ 0",
    "y~x-1": "y ~ 0 + x",
    "~x": "~ x",
    "log(y)~a*b": "log(y) ~ a + b + a:b",
    "s/n ~ x": "s / n ~ x",
    "`a s`/n ~ x": "`a s` / n ~ x",
    "cbind(s,f)~x": "cbind(s, f) ~ x",
    "y ~ (x|g)": "y ~ 1 + (1 + x | g)",
    "y ~ x + (1|g) + offset(log(t))": "y ~ x + offset(log(t)) + (1 | g)",
    "y ~ (x-1||g)": "y ~ 1 + (0 + x || g)",
    "y ~ diag(x|g)": "y ~ 1 + (1 + x || g)",
    "y ~ us(x|g)": "y ~ 1 + (1 + x | g)",
    "y ~ cs(0+f|a/b)": "y ~ 1 + cs(0 + f | a/b)",
    "y ~ (1|a/b/c) + (1|d)": "y ~ 1 + (1 | a/b/c) + (1 | d)",
    "y ~ (1|a) + (1|a:b)": "y ~ 1 + (1 | a) + (1 | a:b)",
    "y ~ (1|a:b/c:d)": "y ~ 1 + (1 | a:b/c:d)",
    "y ~ (1|mm(a,`b c`,weights=(v,w)))": "y ~ 1 + (1 | mm(a, `b c`, weights = (v, w)))",
    "y ~ factor(x,ref='b'):`a b`": 'y ~ factor(x, ref = "b"):`a b`',
    "y ~ b:a + a": "y ~ b:a + a",
    "y ~ .-x+offset( log(t) )": "y ~ . - x + offset(log(t))",
    "y ~ (c:b:a - c:b:a) + a:b + c": "y ~ c + b:a",
    "y ~ a + b:c + a:b + b:c:d - a": ("y ~ a + b + c + d - a - b - c - d + b:c + a:b + b:c:d"),
}


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical(text: str) -> None:
    formula = parse_formula(text)
    assert render(formula) == CANONICAL[text]
    assert parse_formula(render(formula)) == formula


def labels(pieces: list[str]) -> list[str]:
    return [term.label for term in parse_formula("y ~ " + " + ".join(pieces)).fixed]


@pytest.mark.parametrize(
    "names",
    [["a", "b", "ab"], ["a", "b", "ba"], ["bc", "ab", "bcd"], ["c", "bc", "ab", "acd"]],
)
def test_the_order_of_names_in_interactions_is_kept(names: list[str]) -> None:
    terms = [Term(tuple(Name(letter) for letter in name)) for name in names]
    assert labels(sum_pieces(terms)) == [term.label for term in terms]
