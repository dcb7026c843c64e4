"""Read level equations: lines to equations, equations to summands.

Room: formula/. Knows text, not data.
Takes: text with lines such as `level 2 (school): b0 = g00 + g01*sector + u0`.
Gives: `read_equations`: one `Equation` per left-hand side, with its level and unit.
Source: the notation of Raudenbush & Bryk (2002), in plain letters.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from echelon.errors import FormulaError
from echelon.formula.arithmetic import parse_arithmetic
from echelon.formula.cursor import Cursor
from echelon.formula.expression import Call, Expression, Name, Operation, deparse
from echelon.formula.level_centring import centred_differences
from echelon.formula.level_equation import Equation, Summand
from echelon.formula.level_indices import number_levels, without_constant
from echelon.formula.level_notation import Units, plain, units_of, without_units
from echelon.formula.level_outcome import left_side, read_outcome
from echelon.formula.level_products import join_products
from echelon.formula.level_text import Piece, read_pieces
from echelon.formula.pointing import formula_error, pointed
from echelon.formula.response import parse_response

_MEAN = re.compile(r"([^\W\d]\w*?)[\u0304\u0305]_?\.?[ijklmt]*")


@dataclass(slots=True)
class _Reading:
    """What all equations of a text share; `response` stands for a left side like logit(p)."""

    units: Units
    known: Collection[str]
    centred: Mapping[str, str]
    response: str | None
    equals_at: int
    started: bool = False


def read_equations(text: str, groupings: Sequence[str] = ()) -> tuple[Equation, ...]:
    """Read all equations, in the order in which they are written.

    `groupings` name the units from level 2 up, for text that does not name them.
    """
    pieces = read_pieces(text, groupings)
    units = _units(pieces.equations)
    kept, response, at = read_outcome(pieces.equations, pieces.means, units)
    known = {_name_left(piece.text, units) for piece in kept if piece.level != 1}
    reading = _Reading(units, known, pieces.centred, response, at)
    return number_levels([_parse_equation(piece, reading) for piece in kept], units, groupings)


def _units(pieces: Sequence[Piece]) -> Units:
    """Find the letters of the units on the left of the level-1 equations."""
    first = [piece.text for piece in pieces if piece.level <= 1]
    has_none = any(piece.level == 0 for piece in pieces)
    right = " ".join(plain(text[left_side(text)[1] :]) for text in first)
    for text in first:
        left = plain(left_side(text)[0])
        for name in (re.sub(r"[)\]\s]+$", "", left), *re.findall(r"[^\W\d]\w*", left)):
            units = units_of(name, right)
            if units.letters:
                return replace(units, keeps_residuals=has_none)
    return Units()


def _name_left(text: str, units: Units) -> str:
    """Name what an equation is of: 'INTRCPT1, B0 = ...' is the equation of B0."""
    left, _ = left_side(text)
    return without_units(plain(left), units).rpartition(",")[2].strip()


def _parse_equation(piece: Piece, reading: _Reading) -> Equation:
    shown = " ".join(piece.text.split())
    text = without_units(plain(shown), reading.units)
    text = centred_differences(shown, text, reading.units)
    is_first = piece.level == 1 or (piece.level == 0 and not reading.started)
    reading.started = True
    response = reading.response if is_first else None
    if response is not None:
        at = left_side(shown)[1]
        text = "y".ljust(at) + text[at:]
    elif not is_first:
        text = _without_label(text)
    cursor = _cursor(shown, text, reading.known)
    left = _left_side(cursor, 1 if is_first else max(piece.level, 2))
    if response is not None:
        left = response
    elif is_first:
        left = text[: cursor.last_end()].strip()
    cursor.expect("=", "'=' after the left-hand side")
    summands = tuple(_summands(cursor, _right_side(cursor), reading.centred))
    return Equation(piece.level, piece.unit, left, summands, shown)


def _without_label(text: str) -> str:
    """Blank the label that the HLM program puts before a coefficient: 'INTRCPT1, B0 = ...'."""
    left, at = left_side(text)
    label = re.match(r"[\w. -]+,", left)
    return text if label is None or at == len(text) else " " * label.end() + text[label.end() :]


def _cursor(shown: str, text: str, known: Collection[str]) -> Cursor:
    """Make a cursor that reads the plain text, and points into the text as it was written."""
    try:
        cursor = Cursor(text, infers_group=True)
    except FormulaError as error:
        raise _repointed(error, shown, text) from None
    cursor.tokens = join_products(cursor.tokens, known)
    cursor.token = cursor.tokens[0]
    cursor.text = shown
    return cursor


def _repointed(error: FormulaError, shown: str, text: str) -> FormulaError:
    """Let an error show the text as it was written; places are the same."""
    places = (at for at in range(len(text) + 1) if pointed(text, at) == error.where)
    at = next(places, None)
    if at is not None and shown != text:
        error = formula_error(
            error.what,
            shown,
            (at, at),
            got=error.got,
            need=error.need,
            do=error.do,
            slug=error.slug,
        )
    return error


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


def _summands(cursor: Cursor, node: Expression, centred: Mapping[str, str]) -> list[Summand]:
    if isinstance(node, Operation) and node.operator == "+":
        return [part for side in node.operands for part in _summands(cursor, side, centred)]
    if isinstance(node, Operation) and node.operator == "-":
        raise cursor.error(
            "A part of an equation is subtracted.",
            node.operands[-1].span,
            got=f"- {deparse(node.operands[-1])}",
            need="parts joined with '+': a coefficient carries its own sign",
            do="write '+', or the difference of columns inside I(): b1*I(x - 5).",
            slug="levels-equation",
        )
    factors = _factors(cursor, node)
    factors = [_centred(factor, centred) for factor in without_constant(factors)]
    return [Summand(tuple(factors), node.span)]


def _centred(node: Expression, centred: Mapping[str, str]) -> Expression:
    """Centre a predictor as a line of the HLM program says; read a barred name as its mean."""
    if isinstance(node, Name) and node.name in centred:
        return Call(centred[node.name], (node,), span=node.span)
    mean = _MEAN.fullmatch(node.name) if isinstance(node, Name) else None
    return node if mean is None else Call("gm", (Name(mean[1], node.span),), span=node.span)


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
