import pytest

from echelon.errors import FormulaError
from echelon.formula.expression import deparse
from echelon.formula.functions import FUNCTIONS
from echelon.formula.parse import parse_expression

CANONICAL = {
    "poly(x, 2)": "poly(x, 2)",
    "poly(x, degree=2)": "poly(x, 2)",
    "poly(x, 2, raw=True)": "poly(x, 2, raw = TRUE)",
    "poly(x)": "poly(x)",
    "bs(x, df=5, degree=3)": "bs(x, df = 5, degree = 3)",
    "bs(x, 5)": "bs(x, df = 5)",
    "bs(x, knots=c(1, -2))": "bs(x, knots = (1, -2))",
    "ns(x, knots=3)": "ns(x, knots = (3))",
    "ns(x, 4)": "ns(x, df = 4)",
    "lag(x)": "lag(x)",
    "lag(x, k=2)": "lag(x, 2)",
    "scale(x, center=false)": "scale(x, center = FALSE)",
    "factor(x, ref='b', contrast=sum)": 'factor(x, ref = "b", contrast = "sum")',
    "factor(x, ref=2)": "factor(x, ref = 2)",
    "ordered(x)": "ordered(x)",
    "cgm(x)": "cgm(x)",
    "gm(x, g)": "gm(x, g)",
}


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_form(text: str) -> None:
    node = parse_expression(text)
    assert deparse(node) == CANONICAL[text]
    assert parse_expression(deparse(node)) == node


@pytest.mark.parametrize(
    "text",
    [
        "log(x, 2)",
        "poly(x, 2, 3)",
        "poly(x, 0)",
        "poly(x, 1.5)",
        "poly(x, 2, degree=2)",
        "poly(x, degree=2, degree=2)",
        "bs(x, 2)",
        "bs(x, knots=(a, b))",
        "scale(x, center=maybe)",
        "factor(x, ref=b)",
        "factor(x, contrast='sums')",
        "factor(x + 1)",
        "factor(log(x))",
        "log(poly(x, 2))",
        "log(1 + factor(x))",
        "cwc(x)",
        "cwc(x, 2)",
        "cbind(x)",
        "log(x, base=2)",
        "np.log(x)",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_expression(text)


def test_the_table_is_that_of_the_design() -> None:
    assert set(FUNCTIONS) == {
        "log",
        "log2",
        "log10",
        "log1p",
        "exp",
        "sqrt",
        "abs",
        "center",
        "scale",
        "poly",
        "bs",
        "ns",
        "factor",
        "ordered",
        "I",
        "lag",
        "cgm",
        "cwc",
        "gm",
        "offset",
        "cbind",
        "mm",
    }
