import pytest

from echelon.errors import FormulaError
from echelon.formula.arithmetic import parse_arithmetic, parse_call
from echelon.formula.cursor import Cursor
from echelon.formula.expression import Call, Name, Number, Operation, Sequence, String
from echelon.formula.parse import parse_expression

X, Y = Name("x"), Name("y")
TWO = Number(2.0, "2")

TREES = {
    "x": X,
    "`x`": X,
    "2": TWO,
    "x + y": Operation("+", (X, Y)),
    "x - y - 2": Operation("-", (Operation("-", (X, Y)), TWO)),
    "x ^ y ^ 2": Operation("^", (X, Operation("^", (Y, TWO)))),
    "-x ^ 2": Operation("-", (Operation("^", (X, TWO)),)),
    "-x * y": Operation("*", (Operation("-", (X,)), Y)),
    "x ** 2": Operation("^", (X, TWO)),
    "(x + y) / 2": Operation("/", (Operation("+", (X, Y)), TWO)),
    "I(x > 2)": Call("I", (Operation(">", (X, TWO)),)),
    'I(x == "a")': Call("I", (Operation("==", (X, String("a"))),)),
    "I((x > 2) * y)": Call("I", (Operation("*", (Operation(">", (X, TWO)), Y)),)),
    "I(log(x) * 2)": Call("I", (Operation("*", (Call("log", (X,)), TWO)),)),
    "(x, y)": Sequence((X, Y)),
    "c(x, y)": Sequence((X, Y)),
    "scale(log(x + 2))": Call("scale", (Call("log", (Operation("+", (X, TWO)),)),)),
    "cwc(x, a:b)": Call("cwc", (X, Name("a"), Name("b"))),
    "cwc(x, a, b)": Call("cwc", (X, Name("a"), Name("b"))),
}


@pytest.mark.parametrize("text", TREES)
def test_trees(text: str) -> None:
    cursor = Cursor(text)
    assert parse_arithmetic(cursor) == TREES[text]
    assert cursor.token.kind == "end"


def test_spans_cover_the_text() -> None:
    text = " log(x + 1) "
    assert parse_call_at(text).span == (1, 11)


def parse_call_at(text: str) -> Call:
    return parse_call(Cursor(text))


@pytest.mark.parametrize(
    "text",
    [
        "log()",
        "log(x,)",
        "log(x y)",
        "log(x > 1)",
        "I(1 < x < 3)",
        "log('a')",
        'I(x + "a")',
        "log(.)",
        "log((x, y))",
        "factor(ref='a', x)",
        "cs(x)",
        "log(cs(x))",
        "x +",
        "I(x : y)",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_expression(text)
