"""The subset: a condition as text, parsed by hand and never evaluated as code, or truth values.

Room: frame/. Knows values, not models.
Takes: text such as "sector == 'Catholic' and ses > 0", or truth values (n,).
Gives: `Condition`, and the mask of the rows asked for.
Source: docs/reference, subset.

Grammar, weakest first: `or |`, `and &`, `not ! ~`, then a comparison (== != < <= > >=, which may
be chained), `x in [..]`, `x not in [..]`, or a column of truth values. Operands are columns
(back-quoted if they are no plain names), numbers, quoted texts, True and False.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from echelon.errors import FrameError

MAX_DEPTH = 50  # brackets within brackets


@dataclass(frozen=True, slots=True)
class ColumnName:
    """An operand that names a column."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """An operand that is a value."""

    value: float | str | bool


Operand: TypeAlias = ColumnName | Literal


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and one of == != < <= > >=."""

    left: Operand
    operator: str
    right: Operand


@dataclass(frozen=True, slots=True)
class Membership:
    """A column and the values that it may have."""

    column: ColumnName
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The rows for which the part is known to be false."""

    part: Node


@dataclass(frozen=True, slots=True)
class Combination:
    """Two parts joined by 'and' or 'or'."""

    operator: str
    left: Node
    right: Node


Node: TypeAlias = Comparison | Membership | Negation | Combination | ColumnName


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed subset; `names` are the columns it uses, in order."""

    text: str
    root: Node
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<quoted>`[^`]+`)
    | (?P<operator>==|!=|<=|>=|&&|\|\||[<>&|!~()\[\],=-])
    | (?P<name>[^\W\d][\w.]*)
    )""",
    re.VERBOSE,
)
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_WORDS = {"and": "&", "or": "|", "not": "!", "in": "in"}
_SAME = {"&&": "&", "||": "|", "~": "!"}


def parse_subset(text: str) -> Condition:
    """Parse a condition.

    Raises
    ------
    FrameError : the text is no condition; the message marks the place.
    """
    parser = _Parser(text)
    root = parser.disjunction()
    parser.finish()
    return Condition(text, root, tuple(dict.fromkeys(_names(root))))


def _names(node: Node | Operand) -> Iterator[str]:
    match node:
        case ColumnName(name):
            yield name
        case Comparison(left, _, right) | Combination(_, left, right):
            yield from _names(left)
            yield from _names(right)
        case Membership(column, _):
            yield column.name
        case Negation(part):
            yield from _names(part)
        case Literal():
            return


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._tokenize()
        self._place = 0
        self._depth = 0

    def disjunction(self) -> Node:
        node = self._conjunction()
        while self._accept("|"):
            node = Combination("or", node, self._conjunction())
        return node

    def finish(self) -> None:
        if self._peek().kind != "end":
            raise self._unexpected("'and', 'or', or the end of the condition")

    def _conjunction(self) -> Node:
        node = self._unit()
        while self._accept("&"):
            node = Combination("and", node, self._unit())
        return node

    def _unit(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._unexpected(f"at most {MAX_DEPTH} brackets or negations within each other")
        if self._accept("!"):
            node: Node = Negation(self._unit())
        elif self._accept("("):
            node = self.disjunction()
            self._expect(")")
        else:
            node = self._comparison()
        self._depth -= 1
        return node

    def _comparison(self) -> Node:
        left = self._operand()
        if self._peek().text == "!" and self._peek(1).text == "in":
            self._place += 2
            return Negation(self._membership(left))
        if self._accept("in"):
            return self._membership(left)
        links: list[Node] = []
        while self._peek().kind == "operator" and self._peek().text in _COMPARISONS:
            operator = self._next().text
            right = self._operand()
            links.append(Comparison(left, operator, right))
            left = right
        if not links:
            return self._lone(left)
        node = links[0]
        for link in links[1:]:
            node = Combination("and", node, link)
        return node

    def _lone(self, operand: Operand) -> Node:
        """Read a column on its own: it asks for the rows where it is True."""
        if not isinstance(operand, ColumnName) or self._peek().text == "=":
            raise self._unexpected("a comparison: ==, !=, <, <=, >, >= or in [...]")
        return operand

    def _membership(self, left: Operand) -> Membership:
        if not isinstance(left, ColumnName):
            raise self._unexpected("a column before 'in'")
        opening = self._next().text
        if opening not in ("[", "("):
            self._place -= 1
            raise self._unexpected("a list in brackets, such as ['a', 'b']")
        values = [self._literal()]
        while self._accept(","):
            values.append(self._literal())
        self._expect("]" if opening == "[" else ")")
        return Membership(left, tuple(values))

    def _literal(self) -> Literal:
        operand = self._operand()
        if not isinstance(operand, Literal):
            self._place -= 1
            raise self._unexpected("a number or a quoted text")
        return operand

    def _operand(self) -> Operand:
        is_negative = self._accept("-")
        token = self._next()
        if token.kind == "number":
            return Literal(-float(token.text) if is_negative else float(token.text))
        if not is_negative:
            if token.kind == "text":
                return Literal(re.sub(r"\\(.)", r"\1", token.text[1:-1]))
            if token.kind == "name" and token.text in ("True", "False"):
                return Literal(token.text == "True")
            if token.kind in ("name", "quoted"):
                return ColumnName(token.text.strip("`"))
        self._place -= 1
        raise self._unexpected("a number" if is_negative else "a column, a number or a quoted text")

    def _tokenize(self) -> list[_Token]:
        tokens, place = [], 0
        text = self._text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                place += len(text[place:]) - len(text[place:].lstrip())
                raise _syntax_error(self._text, place, "a column, a value or an operator")
            kind = str(found.lastgroup)
            word = found.group(kind)
            if kind == "name" and word in _WORDS:
                kind, word = "operator", _WORDS[word]
            tokens.append(_Token(kind, _SAME.get(word, word), found.start(str(found.lastgroup))))
            place = found.end()
        return [*tokens, _Token("end", "", len(text)), _Token("end", "", len(text))]

    def _peek(self, ahead: int = 0) -> _Token:
        return self._tokens[min(self._place + ahead, len(self._tokens) - 1)]

    def _next(self) -> _Token:
        token = self._peek()
        self._place += 1
        return token

    def _accept(self, operator: str) -> bool:
        token = self._peek()
        is_there = token.kind == "operator" and token.text == operator
        self._place += is_there
        return is_there

    def _expect(self, operator: str) -> None:
        if not self._accept(operator):
            raise self._unexpected(f"'{operator}'")

    def _unexpected(self, expected: str) -> FrameError:
        return _syntax_error(self._text, self._peek().start, expected)


def _syntax_error(text: str, place: int, expected: str) -> FrameError:
    is_single_equals = text[place : place + 1] == "=" and text[place : place + 2] != "=="
    found = f"'{text[place]}'" if place < len(text) else "the end of the text"
    do = (
        "write == to compare."
        if is_single_equals
        else "write it like \"sector == 'Catholic' and ses > 0\"."
    )
    shown = re.sub(r"\s", " ", text)
    return FrameError(
        "The subset cannot be read.",
        where=f"{shown}\n{' ' * place}^",
        got=f"{found} at character {place + 1}",
        need=expected,
        do=do,
        slug="subset-syntax",
    )
