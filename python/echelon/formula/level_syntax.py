"""Read level equations: lines to equations, equations to summands.

Room: formula/. Knows text, not data.
Takes: text with lines such as `level 2 (school): b0 = g00 + g01*sector + u0`.
Gives: `read_equations`: one `Equation` per left-hand side, with its level and unit.
Source: the notation of Raudenbush & Bryk (2002), in plain letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from echelon.errors import FormulaError
from echelon.formula.arithmetic import parse_arithmetic
from echelon.formula.cursor import Cursor
from echelon.formula.expression import Call, Expression, Name, Operation, Span, deparse
from echelon.formula.pointing import formula_error
from echelon.formula.response import parse_response

_HEADER = re.compile(r"\s*level[\s-]*([0-9]+)\s*(?:\(([^()]*)\))?\s*:", re.IGNORECASE)
_JOINING = ("+", "-", "*", "/", "=", "(", ",", "^", "~")


@dataclass(frozen=True, slots=True)
class Summand:
    """A product on the right of an equation: a residual, a coefficient, or one times predictors."""

    factors: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation: `left` is the response (level 1) or the name of a coefficient."""

    level: int
    unit: str | None
    left: str
    summands: tuple[Summand, ...]
    text: str

    def error(
        self, what: str, span: Span, *, got: str, need: str, do: str, slug: str
    ) -> FormulaError:
        """Build a FormulaError that points into this equation."""
        return formula_error(what, self.text, span, got=got, need=need, do=do, slug=slug)


@dataclass(slots=True)
class _Piece:
    """An equation's text with its level, before it is parsed."""

    level: int
    unit: str | None
    text: str


def read_equations(text: str) -> tuple[Equation, ...]:
    """Read all equations, in the order in which they are written."""
    pieces: list[_Piece] = []
    level, unit, continues = 0, None, False
    for raw in text.splitlines():
        line = _without_comment(raw)
        header = _HEADER.match(line)
        if header is not None:
            level, unit = int(header[1]), _unit(header[2])
            line, continues = line[header.end() :], False
            _check_level(raw.strip(), level, unit)
        line = line.strip()
        if not line:
            continue
        if level == 0:
            raise _no_level(line)
        if pieces and (continues or line.startswith(_JOINING)) and header is None:
            pieces[-1].text += " " + line
        else:
            pieces.append(_Piece(level, unit, line))
        continues = line.endswith(_JOINING)
    if not pieces:
        raise _no_level("")
    return tuple(_parse_equation(piece) for piece in pieces)


def _without_comment(line: str) -> str:
    """Cut from the first '#' that does not stand in quotes."""
    quote = ""
    for place, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in "`'\"":
            quote = character
        elif character == "#":
            return line[:place]
    return line


def _unit(text: str | None) -> str | None:
    name = (text or "").strip().strip("`")
    return name or None


def _check_level(line: str, level: int, unit: str | None) -> None:
    if level < 1:
        what, need, do = "There is no level 0.", "levels 1, 2, 3, ...", "call it level 1."
    elif level > 1 and unit is None:
        what = f"Level {level} has no unit."
        need = "the grouping factor of the level, in brackets"
        do = f"write level {level} (school): ..., with your grouping factor for 'school'."
    else:
        return
    place = re.search(r"[0-9]+", line)
    at = place.end() if place else 0
    raise formula_error(what, line, (at, at), got=line[:60], need=need, do=do, slug="levels-header")


def _no_level(line: str) -> FormulaError:
    return formula_error(
        "The level equations do not start with a level." if line else "There are no equations.",
        line,
        (0, 0),
        got=line[:60] or "no text",
        need="lines such as: level 1 (student): y = b0 + b1*x + r",
        do="start the first line with 'level 1:'.",
        slug="levels-header",
    )


def _parse_equation(piece: _Piece) -> Equation:
    text = " ".join(piece.text.split())
    cursor = Cursor(text, infers_group=True)
    left = _left_side(cursor, piece.level)
    cursor.expect("=", "'=' after the left-hand side")
    summands = tuple(_summands(cursor, _right_side(cursor)))
    return Equation(piece.level, piece.unit, left, summands, text)


def _left_side(cursor: Cursor, level: int) -> str:
    start = cursor.token.start
    if not any(token.kind in ("=", "~") for token in cursor.tokens):
        raise cursor.error(
            "An equation has no '='.",
            (len(cursor.text), len(cursor.text)),
            got=cursor.text[:60],
            need="a response or a coefficient, '=', and its parts",
            do="write the equation as b0 = g00 + u0.",
            slug="levels-equation",
        )
    if level == 1:
        parse_response(cursor)
        return cursor.text[start : cursor.last_end()]
    token = cursor.expect("name", f"the name of a coefficient left of '=' at level {level}")
    return token.value


def _right_side(cursor: Cursor) -> Expression:
    node = parse_arithmetic(cursor)
    if cursor.token.kind == "=":
        raise cursor.unexpected(
            "one '=' in an equation", "start each equation on a line of its own."
        )
    if cursor.token.kind != "end":
        raise cursor.unexpected(
            "+ or * between the parts of an equation", "write products with '*': b1*x."
        )
    return node


def _summands(cursor: Cursor, node: Expression) -> list[Summand]:
    if isinstance(node, Operation) and node.operator == "+":
        return [part for side in node.operands for part in _summands(cursor, side)]
    if isinstance(node, Operation) and node.operator == "-":
        raise cursor.error(
            "A part of an equation is subtracted.",
            node.operands[-1].span,
            got=f"- {deparse(node.operands[-1])}",
            need="parts joined with '+': a coefficient carries its own sign",
            do="write '+', or the difference of columns inside I(): b1*I(x - 5).",
            slug="levels-equation",
        )
    return [Summand(tuple(_factors(cursor, node)), node.span)]


def _factors(cursor: Cursor, node: Expression) -> list[Expression]:
    match node:
        case Operation("*", (left, right)):
            return _factors(cursor, left) + _factors(cursor, right)
        case Name():
            return [node]
        case Call(function) if function not in ("cbind", "mm"):
            return [node]
        case Operation(operator) if operator in ("^", "+", "-"):
            return [Call("I", (node,), span=node.span)]
    raise cursor.error(
        f"'{deparse(node)}' is neither a coefficient nor a predictor.",
        node.span,
        got=deparse(node),
        need="products of one coefficient and predictors, joined with '+'",
        do="write arithmetic with columns inside I(): b1*I(x / 10).",
        slug="levels-equation",
    )
