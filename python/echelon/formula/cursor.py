"""Walk along the tokens of one formula.

Room: formula/. Knows text, not data.
Takes: the text of a formula.
Gives: `Cursor`: the current token, steps, limits, and the errors every grammar rule needs.
Source: none; plumbing of a recursive-descent parser.
"""

from __future__ import annotations

from collections.abc import Sequence

from echelon.errors import FormulaError
from echelon.formula.expression import Span
from echelon.formula.pointing import formula_error
from echelon.formula.tokens import Token, match_bars, tokenize

MAX_DEPTH = 50  # brackets within brackets
MAX_OPERATIONS = 100  # arithmetic operators within one call


class Cursor:
    """A place in the tokens of a text.

    `bars` maps the index of a '(' to that of the bar inside it; `dot_names` are the columns
    that `.` stands for (None: not known yet); `infers_group` allows cwc(x) without its group.
    """

    __slots__ = (
        "bars",
        "comparisons",
        "depth",
        "dot_names",
        "index",
        "infers_group",
        "operations",
        "saw_dot",
        "text",
        "token",
        "tokens",
    )

    def __init__(
        self, text: str, dot_names: Sequence[str] | None = None, *, infers_group: bool = False
    ) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.bars = match_bars(text, self.tokens)
        self.index = 0
        self.token = self.tokens[0]
        self.depth = 0
        self.operations = 0
        self.comparisons = False
        self.dot_names = dot_names
        self.saw_dot = False
        self.infers_group = infers_group

    def advance(self) -> Token:
        """Step over the current token and return it."""
        token = self.token
        if token.kind != "end":
            self.index += 1
            self.token = self.tokens[self.index]
        return token

    def next_kind(self) -> str:
        """Look at the kind of the token after the current one."""
        return self.tokens[min(self.index + 1, len(self.tokens) - 1)].kind

    def last_end(self) -> int:
        """Give the place where the token before the current one ended."""
        return self.tokens[self.index - 1].end if self.index else 0

    def expect(self, kind: str, need: str) -> Token:
        """Step over a token of this kind; raise FormulaError if another stands there."""
        if self.token.kind != kind:
            raise self.unexpected(need)
        return self.advance()

    def enter(self) -> None:
        """Go one bracket deeper; raise FormulaError beyond MAX_DEPTH."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(
                f"Brackets are nested more than {MAX_DEPTH} deep.",
                self.span(),
                got=f"bracket number {self.depth} inside others",
                need=f"at most {MAX_DEPTH} brackets within brackets",
                do="take out brackets that do not change the meaning.",
                slug="formula-depth",
            )

    def leave(self) -> None:
        """Come back from a bracket."""
        self.depth -= 1

    def count_operation(self) -> None:
        """Count an arithmetic operator; raise FormulaError beyond MAX_OPERATIONS in one call."""
        self.operations += 1
        if self.operations > MAX_OPERATIONS:
            raise self.error(
                f"One call holds more than {MAX_OPERATIONS} arithmetic operators.",
                self.span(),
                got=f"operator number {self.operations} inside a call",
                need=f"at most {MAX_OPERATIONS} operators in the arithmetic of one call",
                do="make the column in the data first, and name it in the formula.",
                slug="formula-depth",
            )

    def span(self) -> Span:
        """Give the span of the current token."""
        return (self.token.start, self.token.end)

    def error(
        self, what: str, span: Span, *, got: str, need: str, do: str, slug: str
    ) -> FormulaError:
        """Build a FormulaError that points into this text."""
        return formula_error(what, self.text, span, got=got, need=need, do=do, slug=slug)

    def unexpected(self, need: str, do: str | None = None) -> FormulaError:
        """Build the error for a token that cannot stand where it stands."""
        described = describe(self.token)
        if self.token.kind == "end":
            what = "The formula ends too early."
            hint = "complete the formula."
        else:
            what = f"{described[0].upper()}{described[1:]} cannot stand here."
            hint = "put what is needed before this place, or take it out."
        return self.error(
            what, self.span(), got=described, need=need, do=do or hint, slug="formula-syntax"
        )


def describe(token: Token) -> str:
    """Word a token for a message."""
    if token.kind == "end":
        return "the end of the formula"
    if token.kind == "dot":
        return "'.'"
    if token.kind in ("name", "number"):
        return f"the {token.kind} '{token.value}'"
    return f'the text "{token.value}"' if token.kind == "string" else f"'{token.value}'"
