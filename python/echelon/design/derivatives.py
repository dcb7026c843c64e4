"""Derivatives of encoded rows with respect to a raw column: exact, by the rules of calculus.

Room: design/. Differentiates what `functions` evaluates; learns nothing.
Takes: a `Recipe`, a `Scope` that holds rows and learned states, and the name of a column.
Gives: d x / d column, one array (n,) per column of X.
Source: docs/theory.md (23); de Boor (2001), chapter X, for splines.
"""

from __future__ import annotations

import math

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray
from echelon.design.fixed import term_columns
from echelon.design.functions import COMPARISONS, evaluate, number
from echelon.design.recipe import Moments, Part, PolyBasis, Recipe, SplineBasis, TermPlan
from echelon.design.scope import Scope
from echelon.design.values import CategoryValue
from echelon.errors import DesignError, offenders
from echelon.formula.expression import Call, Expression, Operation, deparse, variables

LN2, LN10 = math.log(2.0), math.log(10.0)


def row_derivatives(
    recipe: Recipe, scope: Scope, name: str, *, with_group: bool = False
) -> FloatArray:
    """Differentiate the columns of X with respect to a numeric column. Theory (23).

    A learned constant (the mean of `center`, the knots of a spline) stays; so does a lag. Group
    means stay where one member moves: d cwc(x, g) = dx and d gm(x, g) = 0. They follow where the
    whole group moves: d cwc(x, g) = 0 and d gm(x, g) = dx.

    Parameters
    ----------
    recipe : of the design that was fitted.
    scope : n rows, and the states of the recipe.
    name : of a column of numbers, or the text of a call: 'cwc(x, g)' as a variable of its own.
    with_group : whether all members of a group move together.

    Returns
    -------
    (n, p), in units of each column per unit of `name`; 0 where a column does not depend on it.

    Raises
    ------
    DesignError : the model uses the column as categories.
    """
    rule = _Rule(scope, name, with_group)
    columns = [column for plan in recipe.fixed for column in rule.term(plan)]
    return np.column_stack(columns) if columns else np.empty((scope.frame.n_obs, 0))


class _Rule:
    """The rules of differentiation for one column at some rows; None stands for zero."""

    def __init__(self, scope: Scope, name: str, with_group: bool) -> None:
        self._scope = scope
        self._name = name
        self._with_group = with_group

    def term(self, plan: TermPlan) -> list[FloatArray]:
        """Differentiate the products of a term: each part in turn, the others as they are."""
        total = [np.zeros(self._scope.frame.n_obs) for _ in term_columns(plan, self._scope)]
        for moving in plan.parts:
            if not self._moves(moving.expression):
                continue
            slopes = self._part(moving)
            products = [np.ones(self._scope.frame.n_obs)]
            for part in plan.parts:
                own = slopes if part is moving else self._values(part)
                products = [left * right for right in own for left in products]
            total = [sum_ + product for sum_, product in zip(total, products, strict=True)]
        return total

    def _values(self, part: Part) -> list[FloatArray]:
        return [atom.array for atom in term_columns(TermPlan((part,)), self._scope)]

    def _part(self, part: Part) -> list[FloatArray]:
        """Differentiate the columns of one part."""
        node = part.expression
        value = evaluate(node, self._scope)
        if isinstance(value, CategoryValue):
            raise _of_categories(self._name, node, value.categories.texts)
        if isinstance(node, Call) and node.function in ("poly", "bs", "ns"):
            inner = self._filled(self.number(node.arguments[0]))
            x = number(node.arguments[0], self._scope)
            state = self._scope.states[node]
            if isinstance(state, PolyBasis):
                return [slope * inner for slope in _poly_slopes(state, x)]
            assert isinstance(state, SplineBasis)
            return [slope * inner for slope in _spline_slopes(state, x)]
        return [self._filled(self.number(node))]

    def _moves(self, node: Expression) -> bool:
        """Whether an expression holds the variable, as a column or as a call."""
        if self._name in variables(node) or deparse(node) == self._name:
            return True
        match node:
            case Call(_, children) | Operation(_, children):
                return any(self._moves(child) for child in children)
        return False

    def _filled(self, slope: FloatArray | None) -> FloatArray:
        return np.zeros(self._scope.frame.n_obs) if slope is None else slope

    def number(self, node: Expression) -> FloatArray | None:
        """Differentiate an expression that is one number per row, (n,)."""
        if not self._moves(node):
            return None
        if deparse(node) == self._name:
            return np.ones(self._scope.frame.n_obs)
        match node:
            case Operation():
                return self._operation(node)
            case Call("lag"):
                return None
            case Call("cwc" | "gm" as function, (inner, *_)):
                is_held = self._with_group == (function == "cwc")
                return None if is_held else self.number(inner)
            case Call("scale", (inner, *_)):
                state = self._scope.states[node]
                assert isinstance(state, Moments)
                return _times(self.number(inner), 1.0 / state.scale)
            case Call("I" | "center" | "cgm", (inner, *_)):
                return self.number(inner)
            case Call(function, (inner, *_)):
                x = number(inner, self._scope)
                return _times(self.number(inner), _elementwise(function, x))
        return None

    def _operation(self, node: Operation) -> FloatArray | None:
        if node.operator in COMPARISONS:
            return None  # a step: flat on both sides
        slopes = [self.number(operand) for operand in node.operands]
        if len(slopes) == 1:
            return _times(slopes[0], -1.0)
        (du, dv) = slopes
        if node.operator in "+-":
            return _sum(du, _times(dv, 1.0 if node.operator == "+" else -1.0))
        u, v = (number(operand, self._scope) for operand in node.operands)
        if node.operator == "*":
            return _sum(_times(du, v), _times(dv, u))
        if node.operator == "/":
            return _sum(_times(du, 1.0 / v), _times(dv, -u / v**2))
        with np.errstate(all="ignore"):
            of_base = None if du is None else _times(du, v * u ** (v - 1.0))
            of_power = None if dv is None else _times(dv, u**v * np.log(u))
        return _sum(of_base, of_power)


def _times(slope: FloatArray | None, factor: FloatArray | float) -> FloatArray | None:
    return None if slope is None else slope * factor


def _sum(left: FloatArray | None, right: FloatArray | None) -> FloatArray | None:
    if left is None or right is None:
        return right if left is None else left
    return left + right


def _elementwise(function: str, x: FloatArray) -> FloatArray:
    """Differentiate a function of the closed table at x (n,)."""
    match function:
        case "log":
            return 1.0 / x
        case "log2":
            return 1.0 / (x * LN2)
        case "log10":
            return 1.0 / (x * LN10)
        case "log1p":
            return 1.0 / (1.0 + x)
        case "exp":
            return np.asarray(np.exp(x))
        case "sqrt":
            with np.errstate(divide="ignore"):
                return np.asarray(0.5 / np.sqrt(x))
        case "abs":
            return np.asarray(np.sign(x))
    raise AssertionError(function)  # the table is closed


def _poly_slopes(basis: PolyBasis, x: FloatArray) -> list[FloatArray]:
    """Differentiate the recurrence of `basis.poly_columns` at x (n,)."""
    if basis.is_raw:
        return [(k + 1) * x**k for k in range(basis.degree)]
    slopes = []
    before, current = np.zeros_like(x), np.ones_like(x)
    before_slope, slope = np.zeros_like(x), np.zeros_like(x)
    for k, centre in enumerate(basis.centres):
        ratio = basis.norms[k] / basis.norms[k - 1] if k else 0.0
        before_slope, slope = slope, current + (x - centre) * slope - ratio * before_slope
        before, current = current, (x - centre) * current - ratio * before
        slopes.append(slope / np.sqrt(basis.norms[k + 1]))
    return slopes


def _spline_slopes(basis: SplineBasis, x: FloatArray) -> list[FloatArray]:
    """Differentiate splines at x (n,); natural ones are straight lines beyond their boundary."""
    interpolate = require("scipy.interpolate", purpose="splines in a formula")
    size = len(basis.knots) - basis.degree - 1
    spline = interpolate.BSpline(basis.knots, np.eye(size), basis.degree).derivative()
    if basis.projection is None:
        return list(spline(x).T[1:].copy())
    inside = np.clip(x, basis.knots[0], basis.knots[-1])
    return list((spline(inside) @ basis.projection).T.copy())


def _of_categories(name: str, node: Expression, texts: tuple[str, ...]) -> DesignError:
    return DesignError(
        f"The column '{name}' has no slope: the model uses it as categories.",
        where=f"slope of '{name}', term {deparse(node)}",
        got=f"{len(texts):,} categor{'y' if len(texts) == 1 else 'ies'}: {offenders(texts)}",
        need="a predictor that the model uses as numbers",
        do=f"compare its categories: contrasts('{name}').",
        slug="slope-of-categories",
    )
