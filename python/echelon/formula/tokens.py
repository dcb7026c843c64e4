"""Cut a formula into tokens.

Room: formula/. Knows text, not data.
Takes: the text of a formula.
Gives: `tokenize`: tokens with their place in the text; brackets checked, bars matched to them.
Source: the lexical rules of R's formula language; names in back-quotes may hold anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from echelon.errors import FormulaError
from echelon.formula.pointing import formula_error

_PATTERN = re.compile(
    r"""(?P<space>\s+)
      | (?P<name>[^\W\d][\w.]*|\.[^\W\d][\w.]*)
      | (?P<operator>%in%|\|\||\*\*|[<>=!]=|[-+*/:^()|~,=<>])
      | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.]))
      | (?P<dot>\.)
      | (?P<quoted>`(?:[^`\\]|\\.)*`)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\([`\\\"'])")
_NUMBER_NAME = re.compile(r"[0-9.][\w.]*")
_HINTS = {
    "$": "name the column alone: 'x', not 'data$x'.",
    "[": "name the column alone; make a column of the rows or values you want first.",
    "&": "inside I() multiply two comparisons: I((x > 1) * (x < 3)).",
    "!": "inside I() write != for 'not equal'.",
    "%": "the only operator in percent signs is %in%.",
    "@": "put a name with other characters in back-quotes, as in `my column`.",
    "#": "leave out the comment: a formula has none.",
    ";": "give one formula only.",
    "\u2212": "write the minus sign as '-'.",
    "\u2013": "write the minus sign as '-'.",
    "\u2014": "write the minus sign as '-'.",
    "\u00d7": "write the crossing operator as '*'.",
    "\u00b7": "write the interaction operator as ':'.",
    "\u201c": 'write quotes as "text".',
    "\u201d": 'write quotes as "text".',
    "\u2018": "write quotes as 'text'.",
    "\u2019": "write quotes as 'text'.",
    "\u223c": "write the tilde as '~'.",
}
_HINT = "put a name with other characters in back-quotes, as in `my column`."


class Token(NamedTuple):
    """A piece of the text. An operator's kind is its own text; `end` closes every list.

    The other kinds are name, number, string and dot; `value` is without quotes.
    """

    kind: str
    value: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Cut a text into tokens; the last one has kind 'end'."""
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        match = _PATTERN.match(text, place)
        if match is None or match.lastgroup is None:
            place = _continue_name(text, place, tokens)
            continue
        if match.lastgroup != "space":
            tokens.append(_token(text, match.lastgroup, match.group(), place, match.end()))
        place = match.end()
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def _token(text: str, kind: str, value: str, start: int, end: int) -> Token:
    if kind == "operator":
        return Token("^" if value == "**" else value, value, start, end)
    if kind == "quoted" or kind == "string":
        inner = _ESCAPE.sub(r"\1", value[1:-1]) if "\\" in value else value[1:-1]
        if kind == "quoted" and not inner:
            raise formula_error(
                "There is no name between the back-quotes.",
                text,
                (start, end),
                got="``",
                need="a column name between two back-quotes",
                do="write the name as in `my column`.",
                slug="formula-quote",
            )
        return Token("name" if kind == "quoted" else "string", inner, start, end)
    return Token(kind, value, start, end)


def _continue_name(text: str, place: int, tokens: list[Token]) -> int:
    """Join combining marks, and the letters after them, to the name before; else complain."""
    if tokens and tokens[-1].kind == "name" and tokens[-1].end == place and _is_mark(text[place]):
        start, end = tokens[-1].start, place
        while end < len(text) and (text[end].isalnum() or text[end] in "._" or _is_mark(text[end])):
            end += 1
        if text[start] != "`":
            tokens[-1] = Token("name", text[start:end], start, end)
            return end
    raise _unreadable(text, place)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _unreadable(text: str, place: int) -> FormulaError:
    character = text[place]
    if character in "`\"'":
        return formula_error(
            f"The quote {character} is opened and not closed.",
            text,
            (place, len(text)),
            got=f"{character} at character {place + 1:,} of {len(text):,}",
            need=f"a second {character} after it",
            do=f"close the quote with {character}.",
            slug="formula-quote",
        )
    number = _NUMBER_NAME.match(text, place)
    if number is not None and character != ".":
        name = number.group()
        return formula_error(
            f"'{name}' is neither a number nor a name.",
            text,
            (place, number.end()),
            got=f"'{name}', which starts with a digit",
            need="a name that starts with a letter, or a name in back-quotes",
            do=f"write the column as `{name}`, in back-quotes.",
            slug="formula-name",
        )
    return formula_error(
        f"The character '{character}' has no meaning in a formula.",
        text,
        (place, place + 1),
        got=f"'{character}' at character {place + 1:,} of {len(text):,}",
        need="names, numbers, quoted text, brackets and the operators + - * / : ^ %in% | || ~",
        do=_HINTS.get(character, _HINT),
        slug="formula-character",
    )


def match_bars(text: str, tokens: Sequence[Token]) -> dict[int, int]:
    """Check the brackets; map each bracket that holds a bar to the place of the bar in `tokens`.

    Keys are indices of '(' tokens; the key -1 stands for a bar outside all brackets.
    """
    bars: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(tokens):
        kind = token.kind
        if kind == "(":
            opened.append(index)
        elif kind == ")":
            if not opened:
                raise _unbalanced(text, token, "This ')' closes no bracket.", "a '(' before it")
            opened.pop()
        elif kind == "|" or kind == "||":
            place = opened[-1] if opened else -1
            if place in bars:
                raise _second_bar(text, token)
            bars[place] = index
    if opened:
        token = tokens[opened[-1]]
        raise _unbalanced(text, token, "This '(' is not closed.", "a ')' after it")
    return bars


def _unbalanced(text: str, token: Token, what: str, need: str) -> FormulaError:
    return formula_error(
        what,
        text,
        (token.start, token.end),
        got=f"{text.count('('):,} '(' and {text.count(')'):,} ')'",
        need=need,
        do="add the missing bracket, or take this one out.",
        slug="formula-brackets",
    )


def _second_bar(text: str, token: Token) -> FormulaError:
    return formula_error(
        "A second bar stands in the same brackets.",
        text,
        (token.start, token.end),
        got=f"two bars, the second at character {token.start + 1:,}",
        need="one bar in each random term: (effects | grouping factor)",
        do="write one bracketed term for each grouping factor: (1 | a) + (1 | b).",
        slug="random-term-bars",
    )
