"""Parse what stands right of the bar: grouping factors, nesting, multiple membership.

Room: formula/. Knows text, not data.
Takes: a cursor that stands behind the bar.
Gives: `parse_groupings`: for `a/b` the groupings a and a:b, each with those it is nested in.
Source: the grammar of random terms in docs/reference.
"""

from __future__ import annotations

from typing import TypeAlias

from echelon.errors import FormulaError
from echelon.formula.arithmetic import parse_arithmetic, parse_call
from echelon.formula.cursor import Cursor
from echelon.formula.expression import Call, Expression, Name, Sequence, Span
from echelon.formula.terms import Grouping

Chain: TypeAlias = list[Grouping]  # each nested in all before it
_NEED = "the name of a grouping factor"
_WRITE = "write one bracketed term for each grouping factor: (1 | a) + (1 | b)."


def parse_groupings(cursor: Cursor) -> list[tuple[Grouping, tuple[str, ...]]]:
    """Parse the grouping factors of one random term, outermost first."""
    if cursor.token.value == "mm" and cursor.next_kind() == "(":
        return [(_parse_membership(cursor), ())]
    found = _nesting(cursor)
    if cursor.token.kind in ("+", "-", "*", "%in%", "^"):
        raise _operator(cursor)
    labels = tuple(grouping.label for grouping in found)
    return [(grouping, labels[:place]) for place, grouping in enumerate(found)]


def _nesting(cursor: Cursor) -> Chain:
    left = _interaction(cursor)
    while cursor.token.kind == "/":
        cursor.advance()
        right = _interaction(cursor)
        left = left + [_join(cursor, left[-1], inner) for inner in right]
    return left


def _interaction(cursor: Cursor) -> Chain:
    left = _factor(cursor)
    while cursor.token.kind == ":":
        span = cursor.span()
        cursor.advance()
        right = _factor(cursor)
        if len(left) > 1 or len(right) > 1:
            raise cursor.error(
                "A nesting in brackets cannot be part of an interaction.",
                span,
                got="':' beside a bracket with '/'",
                need="names on both sides of ':'",
                do="write the grouping factors of each level out: (1 | a) + (1 | a:b).",
                slug="grouping",
            )
        left = [_join(cursor, left[0], right[0])]
    return left


def _join(cursor: Cursor, left: Grouping, right: Grouping) -> Grouping:
    for factor in right.factors:
        if factor in left.factors:
            name = Grouping((factor,)).label
            raise cursor.error(
                f"'{name}' is in the same grouping factor twice.",
                factor.span,
                got=f"{left.label} with {right.label}",
                need="different columns in a nested or crossed grouping factor",
                do=f"take out one '{name}'.",
                slug="grouping",
            )
    return Grouping(left.factors + right.factors, span=(left.span[0], right.span[1]))


def _factor(cursor: Cursor) -> Chain:
    token = cursor.token
    if token.kind == "(":
        cursor.enter()
        cursor.advance()
        inner = _nesting(cursor)
        if cursor.token.kind in ("+", "-", "*", "%in%", "^"):
            raise _operator(cursor)
        cursor.expect(")", "':', '/' or ')'")
        cursor.leave()
        return inner
    if token.kind != "name":
        raise cursor.unexpected(_NEED, "name the column that says which group a row is in.")
    node: Expression
    if cursor.next_kind() == "(" and cursor.text[token.start] != "`":
        node = parse_call(cursor)
        if node.function != "factor" or node.options:
            raise _not_a_grouping(cursor, node)
    else:
        cursor.advance()
        node = Name(token.value, (token.start, token.end))
    return [Grouping((node,), span=node.span)]


def _operator(cursor: Cursor) -> FormulaError:
    operator = cursor.token.value
    do = _WRITE
    if operator == "*":
        do = "write (1 | a) + (1 | b) + (1 | a:b) for crossed factors and their interaction."
    elif operator == "%in%":
        do = "write (1 | b:a), or (1 | a/b) for both levels."
    return cursor.error(
        f"The operator '{operator}' cannot stand right of a bar.",
        cursor.span(),
        got=f"'{operator}'",
        need="names joined with ':' (combined) or '/' (nested)",
        do=do,
        slug="grouping",
    )


def _not_a_grouping(cursor: Cursor, call: Call) -> FormulaError:
    first = cursor.text[slice(*call.arguments[0].span)]
    return cursor.error(
        "A grouping factor is a column, or factor() of one without options.",
        call.span,
        got=cursor.text[slice(*call.span)],
        need="a name, or factor(name)",
        do=f"write {first} right of the bar, or make the column in the data first.",
        slug="grouping",
    )


def _parse_membership(cursor: Cursor) -> Grouping:
    """Parse `mm(g1, g2, weights=(w1, w2))`."""
    start = cursor.advance().start
    cursor.enter()
    cursor.advance()
    members: list[Name] = []
    weights: tuple[Name, ...] = ()
    while True:
        if cursor.token.value == "weights" and cursor.next_kind() == "=":
            weights = _parse_weights(cursor)
            break
        members.append(_parse_name(cursor, "the name of a membership column, or weights=("))
        if cursor.token.kind != ",":
            break
        cursor.advance()
    cursor.expect(")", "',' or ')'")
    cursor.leave()
    span = (start, cursor.last_end())
    _check_membership(cursor, members, weights, span)
    return Grouping((), tuple(members), weights, span)


def _parse_name(cursor: Cursor, need: str) -> Name:
    token = cursor.expect("name", need)
    return Name(token.value, (token.start, token.end))


def _parse_weights(cursor: Cursor) -> tuple[Name, ...]:
    cursor.advance()
    cursor.advance()
    node = parse_arithmetic(cursor)
    items = node.items if isinstance(node, Sequence) else (node,)
    for item in items:
        if not isinstance(item, Name):
            raise cursor.error(
                "The weights of mm() are columns.",
                item.span,
                got=cursor.text[slice(*item.span)],
                need="names of numeric columns: weights=(w1, w2)",
                do="make a column of weights for each membership column.",
                slug="multiple-membership",
            )
    return tuple(item for item in items if isinstance(item, Name))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _check_membership(
    cursor: Cursor, members: list[Name], weights: tuple[Name, ...], span: Span
) -> None:
    got = f"{_counted(len(members), 'membership column')}, {_counted(len(weights), 'weight')}"
    if len(members) < 2:
        what, need = "mm() needs at least two membership columns.", "two or more columns"
        do = "name all columns that hold a group of the row: mm(g1, g2)."
    elif len(set(members)) < len(members):
        what, need = "A membership column is in mm() twice.", "each column once"
        do = "take out the repeated column."
    elif weights and len(weights) != len(members):
        what, need = "mm() needs one weight for each membership column.", f"{len(members)} weights"
        do = "name a weight column for each membership column, in the same order."
    else:
        return
    raise cursor.error(what, span, got=got, need=need, do=do, slug="multiple-membership")
