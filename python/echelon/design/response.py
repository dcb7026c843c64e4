"""A numeric response: one number per row that varies.

Room: design/. Checks what every numeric response needs; its family's range is in outcome.
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


def numeric_response(formula: Formula, family: str, scope: Scope) -> FloatArray:
    """Evaluate the response as numbers, (n,).

    Raises
    ------
    DesignError : the response holds categories.
    """
    assert formula.response is not None
    expression = formula.response.expressions[0]
    if isinstance(expression, Name):
        column = scope.column(expression.name)
        if isinstance(column, Categorical):
            raise _categories(column, family)
    y = number(expression, scope)
    if not isinstance(expression, Name):
        y.flags.writeable = False
    return y


def check_offset(formula: Formula, y: FloatArray, offset: FloatArray) -> None:
    """Refuse an offset that leaves nothing of the response, y and offset (n,).

    Raises
    ------
    DesignError : the response minus the offset is the same in every row.
    """
    assert formula.response is not None
    if is_constant(y - offset):
        name = deparse(formula.response.expressions[0])
        raise constant_response(f"'{name}' minus its offset", y - offset)


def is_constant(y: FloatArray) -> bool:
    """Say whether all of y (n,) are equal."""
    return bool(len(y) and y[0] == y[-1] and not (y != y[0]).any())


def constant_response(name: str, y: FloatArray) -> DesignError:
    """Compose the error of a response y (n,) that does not vary."""
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


def _categories(column: Categorical, family: str) -> DesignError:
    texts = label_texts(column.labels)
    need, do = "numbers", f"model a numeric column, or convert '{column.name}' to numbers."
    if looks_numeric(column):
        bad = not_numbers(column)
        do = f"convert '{column.name}' to numbers in the data" + (
            f"; these are not: {offenders(bad)}." if bad else "; its labels are numbers as text."
        )
    elif len(texts) == 2:
        do = f"write family=\"binomial\": '{texts[1]}' is then the success."
    elif len(texts) > 2:
        do = 'write family="cumulative" for ordered categories, "multinomial" for others; or\n'
        do += f"convert '{column.name}' to numbers."
    return DesignError(
        f"The response '{column.name}' holds categories; the family '{family}' needs numbers.",
        where=f"response '{column.name}'",
        got=f"{len(texts):,} categor{'y' if len(texts) == 1 else 'ies'}: {offenders(texts)}",
        need=need,
        do=do,
        slug="response-not-numeric",
    )
