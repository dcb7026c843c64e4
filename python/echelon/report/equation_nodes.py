"""The nouns of written mathematics: what an equation is made of, before it is set.

Room: report/. Holds symbols and numbers; decides nothing about type.
Takes: what `equation_model` and its neighbours put in.
Gives: nodes, `Statement` and `Page`, for the writers of text, LaTeX and MathML.
Source: none; besides `Symbol` and `Variable` of the formula room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from echelon.formula.equations import Symbol, Variable


@dataclass(frozen=True, slots=True)
class Number:
    """A number, written already: '-0.50', '3.2e-07'."""

    text: str

    @property
    def is_negative(self) -> bool:
        """Whether it brings a minus sign along."""
        return self.text.startswith("-")


@dataclass(frozen=True, slots=True)
class Words:
    """Upright text, such as 'with probability'."""

    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """Factors side by side."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """A sum; a part that starts with a negative number is subtracted."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing minus another."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Applied:
    """A function or a distribution with what stands in its brackets."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Power:
    """A base with an exponent."""

    base: Node
    exponent: str


@dataclass(frozen=True, slots=True)
class Over:
    """A fraction."""

    top: Node
    bottom: Node


@dataclass(frozen=True, slots=True)
class Vector:
    """A column of effects, written in a line."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix, row by row."""

    rows: tuple[tuple[Node, ...], ...]


Node: TypeAlias = (
    Symbol
    | Variable
    | Number
    | Words
    | Row
    | Total
    | Difference
    | Applied
    | Power
    | Over
    | Vector
    | Matrix
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One line: `left relation right`; `head` stands before it, such as 'Level 2 (school):'."""

    left: Node
    relation: str
    right: Node
    head: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Blocks of statements, each with its lines aligned, and remarks in words."""

    blocks: tuple[tuple[Statement, ...], ...]
    remarks: tuple[str, ...] = ()


def difference(start: Node, parts: tuple[Node, ...]) -> Node:
    """Subtract a sum; nothing is subtracted where it has no parts."""
    if not parts:
        return start
    return Difference(start, parts[0] if len(parts) == 1 else Total(parts))


def in_lines(parts: Sequence[str], letters: Callable[[str], int], longest: int) -> list[list[str]]:
    """Break the parts of a sum into lines, before that which would make a line too long."""
    lines: list[list[str]] = [[]]
    n = 0
    for part in parts:
        own = letters(part)
        if lines[-1] and n + own > longest:
            lines.append([])
            n = 0
        lines[-1].append(part)
        n += own
    return lines


def leading_number(node: Node) -> Number | None:
    """Give the number that a part of a sum starts with."""
    if isinstance(node, Number):
        return node
    return leading_number(node.parts[0]) if isinstance(node, Row) and node.parts else None


def without_sign(node: Node) -> Node:
    """Take the minus off the number that a part starts with."""
    if isinstance(node, Number):
        return Number(node.text.removeprefix("-"))
    assert isinstance(node, Row)
    return Row((without_sign(node.parts[0]), *node.parts[1:]))
