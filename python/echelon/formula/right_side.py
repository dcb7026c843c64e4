"""Parse the right-hand side of a formula: terms, random terms, offsets.

Room: formula/. Knows text, not data.
Takes: a cursor that stands behind the tilde.
Gives: `RightSide`: the fixed terms, the random terms and the offsets, as written.
Source: R's precedence: ^, then ':', then %in%, then * and /, then + and -, then bars.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from echelon._types import Structure
from echelon.formula import refusals
from echelon.formula.algebra import (
    Side,
    TermSet,
    cross,
    interact,
    nest,
    order,
    power,
    power_size,
    size,
    within,
)
from echelon.formula.arithmetic import parse_call
from echelon.formula.cursor import Cursor
from echelon.formula.expression import Expression, Name
from echelon.formula.functions import STRUCTURES
from echelon.formula.grouping import parse_groupings
from echelon.formula.terms import RandomTerm

MAX_TERMS = 10_000  # that an operator may expand to; a plain sum has no limit
MAX_ORDER = 40  # variables in one interaction
_RANKS = {"*": 2, "/": 2, "%in%": 3, ":": 4, "^": 5}
_OPERATORS = {"*": cross, "/": nest, "%in%": within, ":": interact}


@dataclass(slots=True)
class RightSide:
    """What the right-hand side holds so far; `side` and `found` are the fixed terms."""

    side: Side
    found: TermSet = field(default_factory=dict)
    random: list[RandomTerm] = field(default_factory=list)
    offsets: list[Expression] = field(default_factory=list)


def parse_right_side(cursor: Cursor) -> RightSide:
    """Parse to the end of the text."""
    right = RightSide(Side(is_random=False))
    if -1 in cursor.bars:
        _bare_bar(cursor, right)
    else:
        right.found = _sum(cursor, right, right.side)
    if cursor.token.kind != "end":
        raise refusals.no_operator(cursor)
    return right


def _bare_bar(cursor: Cursor, right: RightSide) -> None:
    """Accept `y ~ x | g`, where nothing but one effect can belong to the bar."""
    bar = cursor.tokens[cursor.bars[-1]]
    start = cursor.token.start
    side = Side(is_random=True)
    found = _product(cursor, right, side, 2)
    if cursor.token != bar:
        raise refusals.bare_bar(cursor, bar)
    _finish_random(cursor, right, side, found, None, start)


def _sum(cursor: Cursor, right: RightSide, side: Side) -> TermSet:
    found: TermSet = {}
    while True:
        start = cursor.token
        subtracts = False
        while cursor.token.kind in ("+", "-"):
            subtracts ^= cursor.advance().kind == "-"
        if subtracts:
            _subtract(cursor, right, side, found, start.start)
        else:
            for key, span in _product(cursor, right, side, 2).items():
                found.setdefault(key, span)
        if cursor.token.kind not in ("+", "-"):
            return found


def _subtract(cursor: Cursor, right: RightSide, side: Side, found: TermSet, start: int) -> None:
    extras = len(right.random) + len(right.offsets)
    side.sign = -side.sign
    removed = _product(cursor, right, side, 2)
    side.sign = -side.sign
    if len(right.random) + len(right.offsets) > extras:
        raise refusals.extra_removed(cursor, (start, cursor.last_end()))
    for key, span in removed.items():
        if found.pop(key, None) is None and not cursor.saw_dot:
            raise refusals.nothing_to_remove(cursor, side.label(key).label, span, side.terms(found))


def _product(cursor: Cursor, right: RightSide, side: Side, rank: int) -> TermSet:
    """Parse operands joined by operators that bind at least as tightly as `rank`."""
    extras = len(right.random) + len(right.offsets)
    start = cursor.token.start
    left = _operand(cursor, right, side)
    while True:
        operator = cursor.token
        own = _RANKS.get(operator.kind, 0)
        if own < rank:
            return left
        if not left or len(right.random) + len(right.offsets) > extras:
            raise refusals.no_terms(cursor, operator)
        cursor.advance()
        if operator.kind == "^":
            left = _power(cursor, left, start)
            continue
        other = _product(cursor, right, side, own + 1)
        if not other or len(right.random) + len(right.offsets) > extras:
            raise refusals.no_terms(cursor, operator)
        count = size(operator.kind, left, other)
        if count > MAX_TERMS:
            raise refusals.too_many(cursor, operator, count, MAX_TERMS)
        if order(left, other) > MAX_ORDER and operator.kind != "^":
            raise refusals.too_wide(cursor, operator, MAX_ORDER)
        left = _OPERATORS[operator.kind](left, other)


def _power(cursor: Cursor, base: TermSet, start: int) -> TermSet:
    operator = cursor.tokens[cursor.index - 1]
    exponent = cursor.token
    if exponent.kind != "number" or not exponent.value.isdigit() or not int(exponent.value[:9]):
        raise refusals.bad_exponent(cursor)
    cursor.advance()
    degree = int(exponent.value[:9])
    written = cursor.text[start : operator.start]
    if not cursor.saw_dot and _is_one_variable(written, cursor.text, base):
        raise refusals.power_of_one(cursor, operator, degree, next(iter(base.values())))
    count = power_size(base, degree)
    if count > MAX_TERMS:
        raise refusals.too_many(cursor, operator, count, MAX_TERMS)
    return power(base, degree)


def _is_one_variable(written: str, text: str, base: TermSet) -> bool:
    """Tell `x^2` and `(x)^2`, which mean arithmetic, from a sum that comes to one term."""
    if len(base) > 1:
        return False
    (span,) = base.values()
    return written.strip("() \t\n") == text[slice(*span)].strip("() \t\n")


def _operand(cursor: Cursor, right: RightSide, side: Side) -> TermSet:
    token = cursor.token
    match token.kind:
        case "name":
            if cursor.next_kind() == "(" and cursor.text[token.start] != "`":
                return _call(cursor, right, side)
            cursor.advance()
            return side.single(Name(token.value, (token.start, token.end)))
        case "(":
            return _bracket(cursor, right, side)
        case "number":
            return _intercept(cursor, side)
        case "dot":
            return _dot(cursor, side)
        case "string":
            raise refusals.text_as_term(cursor)
    raise cursor.unexpected("a variable, a function, 0, 1, '.' or '('")


def _intercept(cursor: Cursor, side: Side) -> TermSet:
    token = cursor.token
    if token.value not in ("0", "1"):
        raise refusals.number_as_term(cursor)
    cursor.advance()
    side.intercept = (token.value == "1") == (side.sign > 0)
    return {}


def _dot(cursor: Cursor, side: Side) -> TermSet:
    if side.is_random:
        raise refusals.dot_in_random(cursor)
    token = cursor.advance()
    cursor.saw_dot = True
    span = (token.start, token.end)
    if cursor.dot_names is None:
        return side.single(Name(".", span))
    found: TermSet = {}
    for name in cursor.dot_names:
        found.update(side.single(Name(name, span)))
    return found


def _bracket(cursor: Cursor, right: RightSide, side: Side) -> TermSet:
    if cursor.index in cursor.bars:
        return _random(cursor, right, side, None, cursor.token.start)
    cursor.enter()
    cursor.advance()
    found = _sum(cursor, right, side)
    if cursor.token.kind != ")":
        raise refusals.no_operator(cursor)
    cursor.advance()
    cursor.leave()
    return found


def _call(cursor: Cursor, right: RightSide, side: Side) -> TermSet:
    name = cursor.token.value
    start = cursor.token.start
    if name in STRUCTURES:
        cursor.advance()
        if cursor.index not in cursor.bars:
            raise refusals.structure_without_bar(cursor, name, start)
        structure = cast(Structure, name)
        return _random(cursor, right, side, structure, start)
    if name in ("mm", "cbind"):
        raise refusals.misplaced(cursor, name)
    if name == "offset" and side.is_random:
        raise refusals.offset_in_random(cursor)
    cursor.operations = 0
    call = parse_call(cursor)
    if name == "offset":
        right.offsets.append(call.arguments[0])
        return {}
    return side.single(call)


def _random(
    cursor: Cursor, right: RightSide, side: Side, structure: Structure | None, start: int
) -> TermSet:
    """Parse `(effects | grouping)`; the cursor stands on its '('."""
    if side.is_random:
        raise refusals.random_in_random(cursor)
    cursor.enter()
    cursor.advance()
    inner = Side(is_random=True)
    if cursor.token.kind in ("|", "||"):
        raise refusals.empty_effects(cursor)
    found = _sum(cursor, right, inner)
    if cursor.token.kind not in ("|", "||"):
        raise refusals.no_operator(cursor)
    _finish_random(cursor, right, inner, found, structure, start)
    cursor.leave()
    return {}


def _finish_random(
    cursor: Cursor,
    right: RightSide,
    side: Side,
    found: TermSet,
    structure: Structure | None,
    start: int,
) -> None:
    bar = cursor.advance()
    if bar.kind == "||" and structure not in (None, "diag"):
        raise refusals.double_bar(cursor, structure, bar)
    groupings = parse_groupings(cursor)
    if cursor.token.kind != "end":
        if cursor.token.kind != ")":
            raise refusals.after_grouping(cursor)
        cursor.advance()
    if not found and not side.intercept:
        raise refusals.no_effects(cursor, (start, cursor.last_end()))
    chosen: Structure = structure or ("diag" if bar.kind == "||" else "us")
    span = (start, cursor.last_end())
    text = cursor.text[start : span[1]]
    terms = side.terms(found)
    right.random.extend(
        RandomTerm(side.intercept, terms, grouping, chosen, text, span, nested)
        for grouping, nested in groupings
    )
