import pytest

from echelon.formula.arithmetic import parse_arithmetic
from echelon.formula.cursor import Cursor
from echelon.formula.expression import (
    Call,
    Expression,
    Name,
    Number,
    Sequence,
    String,
    deparse,
    quote_name,
    variables,
)


def parse(text: str) -> Expression:
    cursor = Cursor(text)
    cursor.comparisons = True
    return parse_arithmetic(cursor)


CANONICAL = {
    "a+b*c": "a + b * c",
    "(a+b)*c": "(a + b) * c",
    "a-(b-c)": "a - (b - c)",
    "(a-b)-c": "a - b - c",
    "a/b/c": "a / b / c",
    "a/(b*c)": "a / (b * c)",
    "a^b^c": "a^b^c",
    "(a^b)^c": "(a^b)^c",
    "-x^2": "-x^2",
    "(-x)^2": "(-x)^2",
    "2^-x": "2^(-x)",
    "a*-b": "a * -b",
    "-(a+b)": "-(a + b)",
    "+a": "a",
    "(a<b)==(c<d)": "(a < b) == (c < d)",
    "log( x+1 )": "log(x + 1)",
    "factor(x,ref='b')": 'factor(x, ref = "b")',
    "1e3": "1e3",
}


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_text(text: str) -> None:
    node = parse(text)
    assert deparse(node) == CANONICAL[text]
    assert parse(deparse(node)) == node


def test_labels_are_bare_and_source_is_quoted() -> None:
    node = parse("log(`my var` + ok.1)")
    assert deparse(node) == "log(my var + ok.1)"
    assert deparse(node, quoted=True) == "log(`my var` + ok.1)"


def test_text_is_escaped() -> None:
    assert deparse(String('a"b\\c')) == '"a\\"b\\\\c"'


def test_list() -> None:
    assert deparse(Sequence((Number(1.0, "1"), Name("b c"))), quoted=True) == "(1, `b c`)"


@pytest.mark.parametrize("name", ["a b", "a`b", "a\\b", "1a", "(Intercept)", "."])
def test_quoted_names_are_read_back(name: str) -> None:
    assert parse(quote_name(name)) == Name(name)
    assert quote_name(name).startswith("`")


@pytest.mark.parametrize("name", ["a", "IQ.verb", "größe", ".hidden", "_x"])
def test_plain_names_need_no_quotes(name: str) -> None:
    assert quote_name(name) == name


def test_variables_in_order_and_once() -> None:
    assert variables(parse("b + log(a) * b - 2^c")) == ("b", "a", "c")


def test_options_are_not_variables() -> None:
    assert variables(parse('factor(x, contrast=sum, ref="b")')) == ("x",)


def test_spans_do_not_count_for_equality() -> None:
    assert parse("  log(x)") == Call("log", (Name("x"),))
