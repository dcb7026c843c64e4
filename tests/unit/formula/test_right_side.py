"""From the text of a formula to its terms: the specification, line by line."""

import pytest

from echelon.errors import FormulaError
from echelon.formula.parse import parse_formula
from echelon.formula.right_side import MAX_ORDER, MAX_TERMS
from echelon.formula.terms import Formula


def fixed(text: str) -> str:
    """Labels of the fixed terms, the intercept as 1."""
    formula = parse_formula(f"y ~ {text}")
    return " ".join(["1"] * formula.intercept + [term.label for term in formula.fixed])


def random(formula: Formula) -> list[str]:
    return [
        f"{term.structure}: {' '.join(['1'] * term.intercept + [t.label for t in term.terms])}"
        f" | {term.grouping.label}"
        for term in formula.random
    ]


# As R's terms() has it: labels, order, and the order of names within an interaction.
FIXED = {
    "1": "1",
    "0": "",
    "-1": "",
    "x": "1 x",
    "x + 1": "1 x",
    "x + 0": "x",
    "0 + x": "x",
    "x - 1": "x",
    "-1 + x": "x",
    "x - 0": "1 x",
    "0 + x + 1": "1 x",
    "x + -1": "x",
    "x - -1": "1 x",
    "x - (1)": "x",
    "a - (b - b) + b - 1": "a b",
    "a + b": "1 a b",
    "b + a": "1 b a",
    "a + a": "1 a",
    "a:b": "1 a:b",
    "b:a": "1 b:a",
    "a:b + b:a": "1 a:b",
    "a:a": "1 a",
    "a*a": "1 a",
    "a*b": "1 a b a:b",
    "a + b + b:a": "1 a b a:b",
    "b:a + a": "1 a b:a",
    "a:b + a": "1 a a:b",
    "a*b*c": "1 a b c a:b a:c b:c a:b:c",
    "a*b - a:b": "1 a b",
    "a*b*c - a:b:c": "1 a b c a:b a:c b:c",
    "a*b - b": "1 a a:b",
    "a*b - a - b": "1 a:b",
    "a*(b + c)": "1 a b c a:b a:c",
    "(a + b):c": "1 a:c b:c",
    "(a + b)*c": "1 a b c a:c b:c",
    "(a + b)^2": "1 a b a:b",
    "(a + b + c)^2": "1 a b c a:b a:c b:c",
    "(a + b + c)^2 - a:b": "1 a b c a:c b:c",
    "(a + b + c)^3": "1 a b c a:b a:c b:c a:b:c",
    "(a + b)**2": "1 a b a:b",
    "(a*b)^2": "1 a b a:b",
    "a/b": "1 a a:b",
    "a/b/c": "1 a a:b a:b:c",
    "a/(b + c)": "1 a a:b a:c",
    "(a + b)/c": "1 a b a:b:c",
    "a/(b*c)": "1 a a:b a:c a:b:c",
    "b %in% a": "1 b:a",
    "a + b %in% a": "1 a a:b",
    "a:b %in% c": "1 a:b:c",
    "a*b %in% c": "1 a b:c a:b:c",
    "a*b:c": "1 a b:c a:b:c",
    "a + b:c + d": "1 a d b:c",
    "(1 + a)*b": "1 a b a:b",
    "(a - 1)*b": "a b a:b",
    "((a))": "1 a",
    "log(x) + log( x )": "1 log(x)",
    "log(x):a": "1 log(x):a",
    "I(x^2) + x": "1 I(x^2) x",
    "poly(x, 2)*a": "1 poly(x, 2) a poly(x, 2):a",
    "`a b` + `log(x)` + log(x)": "1 a b log(x) log(x)",
    "I(a) + a": "1 I(a) a",
    "größe + IQ.verb + .x + _y": "1 größe IQ.verb .x _y",
    "us + cs:mm + id": "1 us id cs:mm",
    "cwc(ses, school) * sector": "1 cwc(ses, school) sector cwc(ses, school):sector",
    "factor(k, ref=2) + ordered(o)": "1 factor(k, ref = 2) ordered(o)",
    "a +\n  b": "1 a b",
}


@pytest.mark.parametrize("text", FIXED)
def test_fixed(text: str) -> None:
    assert fixed(text) == FIXED[text]


RANDOM = {
    "(1 | g)": ["us: 1 | g"],
    "(x | g)": ["us: 1 x | g"],
    "(1 + x | g)": ["us: 1 x | g"],
    "(0 + x | g)": ["us: x | g"],
    "(x - 1 | g)": ["us: x | g"],
    "(x || g)": ["diag: 1 x | g"],
    "(a*b | g)": ["us: 1 a b a:b | g"],
    "((a + b)^2 - a | g)": ["us: 1 b a:b | g"],
    "(log(x) + I(x^2) | g)": ["us: 1 log(x) I(x^2) | g"],
    "((1 | g))": ["us: 1 | g"],
    "x + ((1 | g) + (1 | h))": ["us: 1 | g", "us: 1 | h"],
    "(1 | g) + x + (0 + x | g)": ["us: 1 | g", "us: x | g"],
    "(x | a/b)": ["us: 1 x | a", "us: 1 x | a:b"],
    "us(x | g)": ["us: 1 x | g"],
    "diag(x | g)": ["diag: 1 x | g"],
    "diag(x || g)": ["diag: 1 x | g"],
    "cs(0 + f | g)": ["cs: f | g"],
    "hcs(0 + f | g)": ["hcs: f | g"],
    "ar1(0 + t | g)": ["ar1: t | g"],
    "toep(0 + t | g)": ["toep: t | g"],
    "id(0 + f | g)": ["id: f | g"],
    "cs(0 + f | a/b)": ["cs: f | a", "cs: f | a:b"],
    "(1 | mm(a, b, weights=(v, w)))": ["us: 1 | mm(a, b)"],
    "x | g": ["us: 1 x | g"],
    "1 | g": ["us: 1 | g"],
    "a:b || g": ["diag: 1 a:b | g"],
    "x | a/b": ["us: 1 x | a", "us: 1 x | a:b"],
}


@pytest.mark.parametrize("text", RANDOM)
def test_random(text: str) -> None:
    assert random(parse_formula(f"y ~ {text}")) == RANDOM[text]


def test_a_random_term_remembers_its_text_and_place() -> None:
    text = "y ~ x + cs(0 + f | g) + (1|h)"
    first, second = parse_formula(text).random
    assert [text[slice(*term.span)] for term in (first, second)] == ["cs(0 + f | g)", "(1|h)"]
    assert [term.text for term in (first, second)] == ["cs(0 + f | g)", "(1|h)"]


def test_terms_remember_their_place() -> None:
    text = "y ~ x + `a b`:z"
    assert [text[slice(*term.span)] for term in parse_formula(text).fixed] == ["x", "`a b`:z"]


def test_offsets_are_no_terms() -> None:
    formula = parse_formula("y ~ x + offset(log(t)) + offset(w)")
    assert [term.label for term in formula.fixed] == ["x"]
    assert len(formula.offsets) == 2


REFUSED = [
    "",
    "+",
    "x +",
    "x + * z",
    "x z",
    "x, z",
    "x > 3",
    "x ~ z",
    "(x",
    "x)",
    "()",
    "2",
    "x + 2",
    "1.0",
    "x:1",
    "0:x",
    "x*1",
    "'x'",
    "x^2",
    "(a + b)^0",
    "(a + b)^1.5",
    "(a + b)^c",
    "(a + b)^-1",
    "x - z",
    "1 - x",
    "x - offset(z) ",
    "x - (1 | g)",
    "x * (1 | g)",
    "(1 | g):x",
    "((1 | g) + x):z",
    "x:offset(z)",
    "(0 | g)",
    "(-1 | g)",
    "(| g)",
    "(1 |)",
    "(1 | g",
    "(1 | g | h)",
    "((1 | g) | h)",
    "(1 + offset(x) | g)",
    "(. | g)",
    "cs(x)",
    "cs(x || g)",
    "cs((x | g))",
    "log(x | g)",
    "mm(a, b)",
    "cbind(a, b)",
    "x + z | g",
    "x | g + z",
    "x - 1 | g",
    "(1 | g) | h",
    "lg(x)",
    "x$y",
    "y",
    "(y | g)",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(f"y ~ {text}")


def test_an_explosion_of_terms_is_refused_before_it_happens() -> None:
    many = " + ".join(f"x{i}" for i in range(40))
    for text in (f"({many})^4", f"({many}):({many}):({many}):({many})", many.replace("+", "*")):
        with pytest.raises(FormulaError, match=r"expands to [0-9,]+ terms"):
            parse_formula(f"y ~ {text}")


def test_wide_interactions_are_refused() -> None:
    for operator in (":", "/"):
        names = operator.join(f"x{i}" for i in range(MAX_ORDER + 1))
        with pytest.raises(FormulaError, match="more than 40 variables"):
            parse_formula(f"y ~ {names}")


def test_a_long_sum_is_not_limited() -> None:
    count = MAX_TERMS + 1
    assert len(parse_formula("y ~ " + "+".join(f"x{i}" for i in range(count))).fixed) == count
