"""Parse the response: what stands left of the tilde.

Room: formula/. Knows text, not data.
Takes: a cursor at the start of the formula.
Gives: `parse_response`: one expression, `successes / trials`, or `cbind(successes, failures)`.
Source: the formula section of docs/reference.
"""

from __future__ import annotations

from typing import Literal

from echelon.errors import FormulaError
from echelon.formula.arithmetic import parse_arithmetic
from echelon.formula.cursor import Cursor
from echelon.formula.expression import (
    Call,
    Expression,
    Name,
    Number,
    Operation,
    Span,
    deparse,
)
from echelon.formula.terms import Response

_NOT_A_RESPONSE = ("poly", "bs", "ns", "offset", "mm", "cwc", "gm", "lag")
_NEED = "a column, a function of one, successes / trials, or cbind(successes, failures)"


def parse_response(cursor: Cursor) -> Response:
    """Parse the response; the cursor is left on the tilde."""
    start = cursor.token.start
    node = parse_arithmetic(cursor)
    span = (start, cursor.last_end())
    kind: Literal["single", "proportion", "pair"] = "single"
    parts: tuple[Expression, ...] = (node,)
    match node:
        case Operation("/", (left, right)):
            kind, parts = "proportion", (left, right)
        case Call("cbind", arguments):
            kind, parts = "pair", arguments
    for part in parts:
        is_trials = kind == "proportion" and part is parts[-1]
        if not (isinstance(part, Operation) and (is_trials or kind == "pair")):
            _check_part(cursor, part, span, is_trials=is_trials)
    return Response(kind, parts, deparse(node))


def _check_part(cursor: Cursor, part: Expression, span: Span, *, is_trials: bool) -> None:
    match part:
        case Name():
            return
        case Number() if is_trials:
            return
        case Call(function) if function not in (*_NOT_A_RESPONSE, "cbind"):
            return
        case Operation():
            raise _arithmetic(cursor, part, span)
    raise cursor.error(
        f"'{deparse(part)}' cannot be the response.",
        part.span,
        got=deparse(part),
        need=_NEED,
        do="name the column of the outcome left of '~'.",
        slug="response",
    )


def _arithmetic(cursor: Cursor, part: Operation, span: Span) -> FormulaError:
    return cursor.error(
        "The response is arithmetic outside I().",
        part.span if part.span[1] else span,
        got=deparse(part),
        need=_NEED,
        do=f"write I({deparse(part)}).",
        slug="response",
    )
