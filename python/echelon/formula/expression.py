"""The syntax tree of what stands between the operators of a formula.

Room: formula/. Knows text, not data.
Takes: nothing; the parser builds these nodes.
Gives: immutable nodes, `deparse` (canonical text) and `variables` (column names used).
Source: the formula section of docs/reference; the grammar follows R's formula language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]  # start and end character in the formula text
NO_SPAN: Span = (0, 0)


@dataclass(frozen=True, slots=True)
class Name:
    """A column, by name."""

    name: str
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A number, as written in `text`."""

    value: float
    text: str
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class String:
    """A quoted string: the value without its quotes."""

    value: str
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the closed table, with positional arguments and named options."""

    function: str
    arguments: tuple[Expression, ...]
    options: tuple[tuple[str, Expression], ...] = ()
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """Arithmetic inside a call: one operand (`-x`) or two (`x ^ 2`).

    Operators: + - * / ^ and, inside I(), comparison < <= > >= == !=.
    """

    operator: str
    operands: tuple[Expression, ...]
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A bracketed list of expressions, as in `weights=(w1, w2)`."""

    items: tuple[Expression, ...]
    span: Span = field(default=NO_SPAN, compare=False)


Expression: TypeAlias = Name | Number | String | Call | Operation | Sequence

_PRECEDENCE = {"<": 1, "<=": 1, ">": 1, ">=": 1, "==": 1, "!=": 1}
_PRECEDENCE |= {"+": 2, "-": 2, "*": 3, "/": 3, "^": 5}
_UNARY = 4
_PLAIN = re.compile(r"[^\W\d][\w.]*|\.[^\W\d][\w.]*")


def deparse(node: Expression, *, quoted: bool = False) -> str:
    """Write an expression as canonical text; the same tree always gives the same text.

    Names are written bare, as a label; with `quoted` a name that is not plain stands in
    back-quotes, so that the text can be parsed again.
    """
    match node:
        case Name(name):
            return quote_name(name) if quoted else name
        case Number(_, text):
            return text
        case String(value):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case Call(function, arguments, options):
            inner = [deparse(a, quoted=quoted) for a in arguments]
            inner += [f"{name} = {deparse(value, quoted=quoted)}" for name, value in options]
            return f"{function}({', '.join(inner)})"
        case Sequence(items):
            return f"({', '.join(deparse(item, quoted=quoted) for item in items)})"
        case Operation(operator, (only,)):
            return operator + _bracketed(only, _UNARY, quoted)
        case Operation("^", (left, right)):
            return f"{_bracketed(left, 6, quoted)}^{_bracketed(right, 5, quoted)}"
        case Operation(operator, (left, right)):
            rank = _PRECEDENCE[operator]
            before = _bracketed(left, max(rank, 2), quoted)  # brackets round a comparison
            after = _bracketed(right, rank + 1, quoted)
            return f"{before} {operator} {after}"
    raise AssertionError(node)


def _bracketed(node: Expression, rank: int, quoted: bool) -> str:
    text = deparse(node, quoted=quoted)
    if isinstance(node, Operation):
        own = _UNARY if len(node.operands) == 1 else _PRECEDENCE[node.operator]
        return text if own >= rank else f"({text})"
    return text


def quote_name(name: str) -> str:
    """Put a name in back-quotes if it holds anything but letters, digits, '.' and '_'."""
    if _PLAIN.fullmatch(name):
        return name
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def variables(node: Expression) -> tuple[str, ...]:
    """Name the columns an expression reads, in order of first appearance.

    Options of a call are constants, never columns.
    """
    match node:
        case Name(name):
            return (name,)
        case Number() | String():
            return ()
        case Call(_, children):
            pass
        case Sequence(children):
            pass
        case Operation(_, children):
            pass
    return tuple(dict.fromkeys(name for child in children for name in variables(child)))
