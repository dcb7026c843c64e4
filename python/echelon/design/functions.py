"""Expressions to values: columns, arithmetic and the closed table of functions.

Room: design/. No `eval`: what is not in the table does not run.
Takes: an expression and a `Scope` (rows, learned states).
Gives: its `Value`; what a function learns is kept in `Scope.states`.
Source: docs/reference, formula functions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design import stateful
from echelon.design.categories import category_column, factor_call, number_categories
from echelon.design.contrasts import label_texts
from echelon.design.recipe import Categories
from echelon.design.scope import Scope
from echelon.design.values import CategoryValue, NumericValue, Value, row_fault
from echelon.errors import DesignError, near_matches, offenders
from echelon.formula.expression import (
    Call,
    Expression,
    Name,
    Number,
    Operation,
    String,
    deparse,
)
from echelon.frame.columns import Categorical, Numeric

ELEMENTWISE: dict[str, Callable[[FloatArray], FloatArray]] = {
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
}
_LOWER = {"log": 0.0, "log2": 0.0, "log10": 0.0, "log1p": -1.0}
COMPARISONS: dict[str, Callable[[FloatArray, FloatArray], NDArray[np.bool_]]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_ARITHMETIC: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
}
_STATEFUL = {
    "center": stateful.centred,
    "cgm": stateful.centred,
    "scale": stateful.scaled,
    "cwc": stateful.within_group,
    "gm": stateful.group_mean,
    "poly": stateful.polynomials,
    "bs": stateful.b_splines,
    "ns": stateful.natural_splines,
}
_TRUTH = Categories(np.array([False, True]), ("FALSE", "TRUE"), "treatment")


def evaluate(node: Expression, scope: Scope) -> Value:
    """Evaluate a factor of a term, once per scope.

    Parameters
    ----------
    node : a column, a number or a call of the closed table.
    scope : rows and learned states.

    Returns
    -------
    `NumericValue` with columns (n,), or `CategoryValue` with codes (n,).

    Raises
    ------
    DesignError : a value is outside the domain of a function, or an argument has another type.
    """
    value = scope.values.get(node)
    if value is None:
        value = scope.values[node] = _evaluate(node, scope)
        if isinstance(value, NumericValue) and not isinstance(node, Name):
            for column in value.columns:
                column.flags.writeable = False
    return value


def _evaluate(node: Expression, scope: Scope) -> Value:
    if isinstance(node, Name):
        column = scope.column(node.name)
        if isinstance(column, Numeric):
            if node not in scope.states:
                return NumericValue((column.values,))
            column = number_categories(column)
        return category_column(node, column, scope)
    if isinstance(node, Call) and node.function in ("factor", "ordered"):
        return factor_call(node, scope)
    if isinstance(node, Call) and node.function == "I" and _is_comparison(node.arguments[0]):
        truth = number(node.arguments[0], scope)
        return CategoryValue(truth.astype(np.int32), _TRUTH)
    if isinstance(node, Call) and node.function in _STATEFUL:
        x = number(node.arguments[0], scope)
        return _STATEFUL[node.function](node, x, scope)
    return NumericValue((number(node, scope),))


def _is_comparison(node: Expression) -> bool:
    return isinstance(node, Operation) and node.operator in COMPARISONS


def number(node: Expression, scope: Scope) -> FloatArray:
    """Evaluate an expression that must be one number per row, (n,)."""
    match node:
        case Name(name):
            column = scope.column(name)
            if isinstance(column, Numeric):
                return column.values
            raise _not_a_number(node, column)
        case Number(value):
            return np.full(scope.frame.n_obs, value)
        case Operation():
            return _operation(node, scope)
        case Call("I", (inner,)):
            return number(inner, scope)
        case Call("lag", _):
            return stateful.lagged(node, scope)
        case Call(function, (inner, *_)) if function in ELEMENTWISE:
            return _elementwise(node, number(inner, scope), scope)
        case Call(function, (inner, *_)) if function in _STATEFUL:
            found = evaluate(node, scope)
            assert isinstance(found, NumericValue)
            if len(found.columns) == 1:
                return found.columns[0]
    raise DesignError(
        f"{deparse(node)} is not one number per row.",
        where=deparse(node),
        got="an expression that gives categories, text or several columns",
        need="a numeric column, a number, or a function that gives one number per row",
        do="use it as a term of its own, outside of other functions.",
        slug="not-a-number",
    )


def _not_a_number(node: Name, column: Categorical) -> DesignError:
    texts = label_texts(column.labels)
    return DesignError(
        f"The column '{node.name}' holds categories where numbers are needed.",
        where=f"column '{node.name}'",
        got=f"{len(texts):,} categor{'y' if len(texts) == 1 else 'ies'}: {offenders(texts)}",
        need="a numeric column",
        do=f"convert '{node.name}' to numbers in the data, or use it as a term of its own.",
        slug="categories-not-numbers",
    )


def _operation(node: Operation, scope: Scope) -> FloatArray:
    if len(node.operands) == 1:
        operand = number(node.operands[0], scope)
        return -operand if node.operator == "-" else operand
    if node.operator in ("==", "!="):
        truth = _text_comparison(node, scope)
        if truth is not None:
            return truth
    left, right = (_operand(operand, scope) for operand in node.operands)
    if node.operator in COMPARISONS:
        return COMPARISONS[node.operator](left, right).astype(np.float64)
    with np.errstate(all="ignore"):
        result = _ARITHMETIC[node.operator](left, right)
    if np.ndim(result) == 0:  # numbers only
        result = np.full(scope.frame.n_obs, result)
    return _checked_operation(node, result, right, scope)


def _operand(node: Expression, scope: Scope) -> FloatArray:
    return np.asarray(node.value, float) if isinstance(node, Number) else number(node, scope)


def _text_comparison(node: Operation, scope: Scope) -> FloatArray | None:
    """Compare a categorical column with a quoted category; None when neither side is text."""
    sides = sorted(node.operands, key=lambda side: isinstance(side, String))
    if not (isinstance(sides[1], String) and isinstance(sides[0], Name)):
        return None
    column = scope.column(sides[0].name)
    text = sides[1].value
    if not isinstance(column, Categorical):
        raise DesignError(
            f"The numeric column '{column.name}' is compared with the text {text!r}.",
            where=deparse(node),
            got="numbers on one side, text on the other",
            need="the same kind on both sides",
            do="compare with a number, without quotes.",
            slug="text-comparison",
        )
    texts = label_texts(column.labels)
    if text not in texts and scope.is_learning:
        raise DesignError(
            f"The column '{column.name}' has no category {text!r}.",
            where=deparse(node),
            got=repr(text),
            need=f"one of the categories: {offenders(texts)}",
            do=near_matches(text, texts),
            slug="unknown-category",
        )
    is_equal = np.array([t == text for t in texts])[column.codes]
    return (is_equal if node.operator == "==" else ~is_equal).astype(np.float64)


def _checked_operation(
    node: Operation, result: FloatArray, right: FloatArray, scope: Scope
) -> FloatArray:
    is_bad = ~np.isfinite(result)
    if not is_bad.any():
        return result
    divisor = np.broadcast_to(right, len(result))
    if node.operator == "/" and (divisor[is_bad] == 0.0).all():
        what = f"{deparse(node)} divides by zero."
        do = "leave these rows out, or add a constant to the divisor."
        if isinstance(node.operands[1], Name):
            do = f"leave these rows out with subset: {deparse(node.operands[1])} != 0."
        shown, need = divisor, "a divisor other than 0"
    else:
        what = f"{deparse(node)} is not a finite number in every row."
        do = "rescale the column, or leave these rows out."
        shown, need = result, "finite numbers"
    raise row_fault(scope.frame, is_bad, shown, deparse(node), what, need, do)


def _elementwise(call: Call, x: FloatArray, scope: Scope) -> FloatArray:
    function = call.function
    with np.errstate(all="ignore"):
        result = ELEMENTWISE[function](x)
    is_bad = ~np.isfinite(result)
    if not is_bad.any():
        return result
    inner = deparse(call.arguments[0])
    if function == "exp":
        what, need = f"{deparse(call)} overflows: '{inner}' is too large.", f"{inner} below 709"
        do = f"rescale the column, for example exp({inner} / 100)."
    elif function == "sqrt":
        what = f"{deparse(call)} is not defined where '{inner}' is negative."
        need = f"{inner} >= 0"
        do = f"check these rows, or leave them out with subset: {inner} >= 0."
    else:
        low = _LOWER[function]
        what = f"{deparse(call)} is not defined where '{inner}' is {low:g} or less."
        need = f"{inner} > {low:g}"
        do = f"check these rows, add a constant, or leave them out with subset: {inner} > {low:g}."
    raise row_fault(scope.frame, is_bad, x, deparse(call), what, need, do)
