"""The response: one number per row that varies.

Room: design/. Checks what a Gaussian model needs of its response.
Takes: the left side of a formula and a scope.
Gives: y (n,), in response units.
Source: docs/reference, formula.
"""

from __future__ import annotations

from echelon._types import FloatArray
from echelon.design.contrasts import label_texts
from echelon.design.functions import number
from echelon.design.scope import Scope
from echelon.errors import DesignError, offenders
from echelon.formula.expression import Name, deparse
from echelon.formula.terms import Formula
from echelon.frame.columns import Categorical
from echelon.frame.convert import looks_numeric, not_numbers


def response_values(formula: Formula, scope: Scope) -> FloatArray:
    """Evaluate the response, (n,).

    Raises
    ------
    DesignError : the response holds categories, or is the same in every row.
    """
    assert formula.response is not None
    expression = formula.response.expressions[0]
    if isinstance(expression, Name):
        column = scope.column(expression.name)
        if isinstance(column, Categorical):
            raise _categories(column)
    y = number(expression, scope)
    if not isinstance(expression, Name):
        y.flags.writeable = False
    if _is_constant(y):
        raise _constant(f"'{deparse(expression)}'", y)
    return y


def check_offset(formula: Formula, y: FloatArray, offset: FloatArray) -> None:
    """Refuse an offset that leaves nothing of the response, y and offset (n,).

    Raises
    ------
    DesignError : the response minus the offset is the same in every row.
    """
    assert formula.response is not None
    if _is_constant(y - offset):
        name = deparse(formula.response.expressions[0])
        raise _constant(f"'{name}' minus its offset", y - offset)


def _is_constant(y: FloatArray) -> bool:
    return bool(len(y) and y[0] == y[-1] and not (y != y[0]).any())


def _constant(name: str, y: FloatArray) -> DesignError:
    if len(y) == 1:
        return DesignError(
            "A single row is no data for a model.",
            where=f"response {name}",
            got="1 row",
            need="more rows than coefficients",
            do="check the filter applied to the data, and the rows left out for missing values.",
            slug="single-row",
        )
    return DesignError(
        f"The response {name} is the same in every row.",
        where=f"response {name}",
        got=f"{y[0]:.6g} in all {len(y):,} rows",
        need="a response that varies",
        do="check the column and the filter applied to the data.",
        slug="constant-response",
    )


def _categories(column: Categorical) -> DesignError:
    texts = label_texts(column.labels)
    need, do = "numbers", f"model a numeric column, or convert '{column.name}' to numbers."
    if len(texts) == 2:
        do = 'it asks for family="binomial", which this version does not have; code it as 0 and 1\n'
        do += "in the data for a linear probability model."
    elif looks_numeric(column):
        bad = not_numbers(column)
        do = f"convert '{column.name}' to numbers in the data" + (
            f"; these are not: {offenders(bad)}." if bad else "; its labels are numbers as text."
        )
    return DesignError(
        f"The response '{column.name}' holds categories; a Gaussian model needs numbers.",
        where=f"response '{column.name}'",
        got=f"{len(texts):,} categories: {offenders(texts)}",
        need=need,
        do=do,
        slug="response-not-numeric",
    )
