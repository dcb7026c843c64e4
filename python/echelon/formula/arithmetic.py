"""Parse what stands inside the brackets of a call: arithmetic, options, nested calls.

Room: formula/. Knows text, not data.
Takes: a cursor that stands on an operand or on the name of a function.
Gives: `parse_call` and `parse_arithmetic`: expression trees.
Source: R's precedence: ^ (from the right), unary minus, * and /, + and -, comparisons.
"""

from __future__ import annotations

from echelon.errors import FormulaError
from echelon.formula.cursor import Cursor
from echelon.formula.expression import (
    Call,
    Expression,
    Name,
    Number,
    Operation,
    Sequence,
    String,
)
from echelon.formula.functions import FUNCTIONS, STRUCTURES, check_call, unknown_function

_RANKS = {"+": 2, "-": 2, "*": 3, "/": 3, "^": 5}
_UNARY = 4
_COMPARISONS = frozenset(("<", "<=", ">", ">=", "==", "!="))
_OPERAND = "a column, a number, a function or '('"


def parse_call(cursor: Cursor) -> Call:
    """Parse `f(argument, option=value)`; the cursor stands on the name."""
    name = cursor.advance()
    if name.value not in FUNCTIONS:
        if name.value in STRUCTURES:
            raise _no_structure(cursor, name.value, (name.start, name.end))
        raise unknown_function(cursor, name.value, (name.start, name.end))
    outer, cursor.comparisons = cursor.comparisons, name.value == "I" or cursor.comparisons
    cursor.enter()
    cursor.advance()
    arguments, options = _parse_arguments(cursor, name.value)
    cursor.expect(")", "',' or ')'")
    cursor.leave()
    cursor.comparisons = outer
    span = (name.start, cursor.last_end())
    return check_call(cursor, Call(name.value, arguments, options, span))


def _parse_arguments(
    cursor: Cursor, function: str
) -> tuple[tuple[Expression, ...], tuple[tuple[str, Expression], ...]]:
    arguments: list[Expression] = []
    options: list[tuple[str, Expression]] = []
    while cursor.token.kind != ")" or arguments or options:
        if cursor.token.kind == "name" and cursor.next_kind() == "=":
            option = cursor.advance().value
            cursor.advance()
            options.append((option, parse_arithmetic(cursor)))
        elif options:
            raise _position_after_option(cursor)
        else:
            arguments.append(parse_arithmetic(cursor))
            if function in ("cwc", "gm") and len(arguments) > 1:
                arguments.extend(_more_groups(cursor))
        if cursor.token.kind != ",":
            break
        cursor.advance()
    return tuple(arguments), tuple(options)


def _more_groups(cursor: Cursor) -> list[Expression]:
    """Parse the rest of `school:class` in cwc(x, school:class)."""
    groups: list[Expression] = []
    while cursor.token.kind == ":":
        cursor.advance()
        groups.append(parse_arithmetic(cursor))
    return groups


def parse_arithmetic(cursor: Cursor) -> Expression:
    """Parse an expression up to what cannot belong to it."""
    left = _binary(cursor, 2)
    if cursor.token.kind not in _COMPARISONS:
        return left
    if not cursor.comparisons:
        raise _no_comparison(cursor)
    operator = cursor.advance().kind
    cursor.count_operation()
    right = _binary(cursor, 2)
    if cursor.token.kind in _COMPARISONS:
        raise _chained(cursor)
    return _operation(cursor, operator, left, right)


def _binary(cursor: Cursor, rank: int) -> Expression:
    left = _operand(cursor)
    while True:
        operator = cursor.token.kind
        own = _RANKS.get(operator, 0)
        if own < rank:
            return left
        cursor.advance()
        cursor.count_operation()
        right = _binary(cursor, own if operator == "^" else own + 1)
        left = _operation(cursor, operator, left, right)


def _operation(cursor: Cursor, operator: str, left: Expression, right: Expression) -> Operation:
    for side in (left, right):
        if isinstance(side, Sequence) or (
            isinstance(side, String) and operator not in ("==", "!=")
        ):
            raise cursor.error(
                f"The operator '{operator}' works on numbers.",
                side.span,
                got=cursor.text[slice(*side.span)],
                need="a column, a number or arithmetic on both sides",
                do="compare text with == or != inside I(), or take it out.",
                slug="formula-arithmetic",
            )
    return Operation(operator, (left, right), (left.span[0], right.span[1]))


def _operand(cursor: Cursor) -> Expression:
    token = cursor.token
    kind = token.kind
    if kind == "name":
        if cursor.next_kind() == "(" and cursor.text[token.start] != "`":
            return _call_or_list(cursor)
        cursor.advance()
        return Name(token.value, (token.start, token.end))
    if kind == "number":
        cursor.advance()
        return Number(float(token.value), token.value, (token.start, token.end))
    if kind == "string":
        cursor.advance()
        return String(token.value, (token.start, token.end))
    if kind == "(":
        return _bracket(cursor)
    if kind == "-" or kind == "+":
        cursor.advance()
        cursor.count_operation()
        operand = _binary(cursor, _UNARY)
        if kind == "+":
            return operand
        return Operation("-", (operand,), (token.start, operand.span[1]))
    if kind == "dot":
        raise _no_dot(cursor)
    raise cursor.unexpected(_OPERAND)


def _call_or_list(cursor: Cursor) -> Expression:
    """Parse a call; R's c(1, 2) is a list in brackets."""
    if cursor.token.value != "c":
        return parse_call(cursor)
    start = cursor.advance().start
    inner = _bracket(cursor)
    items = inner.items if isinstance(inner, Sequence) else (inner,)
    return Sequence(items, (start, cursor.last_end()))


def _bracket(cursor: Cursor) -> Expression:
    """Parse `( ... )`; with commas inside it is a list."""
    start = cursor.advance().start
    cursor.enter()
    items = [parse_arithmetic(cursor)]
    while cursor.token.kind == ",":
        cursor.advance()
        items.append(parse_arithmetic(cursor))
    cursor.expect(")", "an operator, ',' or ')'" if len(items) > 1 else "an operator or ')'")
    cursor.leave()
    return items[0] if len(items) == 1 else Sequence(tuple(items), (start, cursor.last_end()))


def _no_structure(cursor: Cursor, name: str, span: tuple[int, int]) -> FormulaError:
    return cursor.error(
        f"The structure {name}() cannot stand inside a call.",
        span,
        got=f"{name}(",
        need="structures around a random term of its own",
        do=f"write it as a term: {name}(1 + x | group).",
        slug="random-term-place",
    )


def _position_after_option(cursor: Cursor) -> FormulaError:
    return cursor.error(
        "An argument without a name stands after an option.",
        cursor.span(),
        got=f"'{cursor.token.value}'",
        need="arguments first, then the options with their names",
        do="give this argument its name, or put it first.",
        slug="function-arguments",
    )


def _no_comparison(cursor: Cursor) -> FormulaError:
    return cursor.error(
        f"The comparison '{cursor.token.value}' stands outside I().",
        cursor.span(),
        got=f"'{cursor.token.value}'",
        need="comparisons inside I()",
        do="write I(x > 3), which is 1 where it holds and 0 elsewhere.",
        slug="formula-comparison",
    )


def _chained(cursor: Cursor) -> FormulaError:
    return cursor.error(
        "Two comparisons follow each other.",
        cursor.span(),
        got=f"'{cursor.token.value}' after a comparison",
        need="one comparison, or several joined with '*'",
        do="write I((1 < x) * (x < 3)) for 'both hold'.",
        slug="formula-comparison",
    )


def _no_dot(cursor: Cursor) -> FormulaError:
    return cursor.error(
        "The '.' stands inside a call.",
        cursor.span(),
        got="'.'",
        need="'.' only as a term of the fixed effects",
        do="name the column.",
        slug="formula-dot",
    )
