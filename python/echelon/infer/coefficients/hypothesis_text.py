"""Read hypotheses about coefficients: 'ses = 0, ses:sector[Catholic] = sector[Catholic] / 2'.

Room: infer/. Knows text and names; tests nothing.
Takes: text, and the names of the coefficients.
Gives: `Hypothesis`: weights of the coefficients, and the value that they should sum to.
Source: docs/how-to, test hypotheses. A recursive descent over four rules; nothing is evaluated.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.errors import SpecError, near_matches, offenders
from echelon.formula.pointing import pointed

MAX_DEPTH = 50  # brackets within brackets
SMALLEST, LARGEST = 1e-100, 1e100  # weights of a coefficient that can be squared
MAX_PERMUTED = 4  # factors of an interaction whose order may be another
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])")
_WORD = re.compile(r"[\w.:]+(?:\[[^\]]*\]|\([^)]*\)|[\w.:])*")
_BRACKETS = re.compile(r"\[([^\]]*)\]")
ENDS = ("", ",", ";", "\n")
_NEED = "an equation of coefficients and numbers, such as ses = 0"


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """`weights` (p,) times the coefficients is `value`, as written in `text`."""

    text: str
    weights: FloatArray
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """A linear form: `weights` (p,) times the coefficients plus `constant`."""

    weights: FloatArray
    constant: float

    @property
    def is_number(self) -> bool:
        return not self.weights.any()

    def plus(self, other: _Side, sign: int) -> _Side:
        return _Side(self.weights + sign * other.weights, self.constant + sign * other.constant)

    def times(self, factor: float) -> _Side:
        with np.errstate(all="ignore"):  # what overflows is refused when the equation is whole
            return self._scaled(factor)

    def _scaled(self, factor: float) -> _Side:
        return _Side(self.weights * factor, self.constant * factor)


def read_hypotheses(text: str, names: Sequence[str]) -> tuple[Hypothesis, ...]:
    """Read equations that are linear in the coefficients, separated by commas or line breaks.

    Parameters
    ----------
    text : one or more equations; `a = b = c` are two of them. Operators + - * / and brackets.
        Names as printed, or as in R (without square brackets), or in back-quotes; the factors of
        an interaction in any order.
    names : of the coefficients, (p,).

    Raises
    ------
    SpecError : a name is no coefficient, or the text is not such an equation; the message points
        at the character.
    """
    return _Reader(text, names).hypotheses()


class _Reader:
    """A place in the text, and the rules that move it on."""

    def __init__(self, text: str, names: Sequence[str]) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.names = names
        self.spellings = _spellings(names)
        self.zero = np.zeros(len(names))

    def hypotheses(self) -> tuple[Hypothesis, ...]:
        found: list[Hypothesis] = []
        while self.peek(skip_lines=True):
            found += self._chain()
            if self.peek() not in ENDS:
                raise self.unexpected(is_operand=False)
            self.at += 1
        if not found:
            raise self.error(
                "There is no hypothesis to test.", 0, "no text", "write fit.test('ses = 0')."
            )
        return tuple(found)

    def _chain(self) -> list[Hypothesis]:
        """Read a = b = c as a = b and b = c."""
        start = self.at
        sides, texts = [self.sum()], [self.text[start : self.at].strip()]
        while self.peek() == "=":
            self.at += 2 if self.text.startswith("==", self.at) else 1
            start = self.at
            sides.append(self.sum())
            texts.append(self.text[start : self.at].strip())
        if len(sides) == 1:
            if self.peek() not in ENDS:
                raise self.unexpected(is_operand=False)
            raise self.error(
                "A hypothesis has no '='.", self.at, f"'{texts[0]}'", f"write {texts[0]} = 0."
            )
        pairs = zip(itertools.pairwise(sides), itertools.pairwise(texts), strict=True)
        return [self._hypothesis(left, right, " = ".join(pair)) for (left, right), pair in pairs]

    def _hypothesis(self, left: _Side, right: _Side, text: str) -> Hypothesis:
        whole = left.plus(right, -1)
        if whole.is_number:
            raise self.error(
                "A hypothesis says nothing about any coefficient.",
                max(self.at - 1, 0),
                f"'{text}', in which no coefficient is left",
                "name a coefficient on one side.",
            )
        if not SMALLEST < np.abs(whole.weights).max() < LARGEST > abs(whole.constant):
            raise self.error(
                "A hypothesis holds a number that is too large or too small.",
                max(self.at - 1, 0),
                f"'{text:.60}'",
                "write the hypothesis with numbers nearer to one.",
            )
        return Hypothesis(" ".join(text.split()), whole.weights, -whole.constant)

    def sum(self) -> _Side:
        side = self.product()
        while self.peek() in ("+", "-"):
            sign = 1 if self.step() == "+" else -1
            side = side.plus(self.product(), sign)
        return side

    def product(self) -> _Side:
        side = self.signed()
        while self.peek() in ("*", "/"):
            place, operator = self.at, self.step()
            other = self.signed()
            if operator == "/":
                side = self._divided(side, other, place)
            elif other.is_number or side.is_number:
                number, form = (other, side) if other.is_number else (side, other)
                side = form.times(number.constant)
            else:
                raise self._not_linear("Two coefficients are multiplied.", place)
        return side

    def _divided(self, side: _Side, other: _Side, place: int) -> _Side:
        if not other.is_number:
            raise self._not_linear("A coefficient stands below the line.", place)
        if other.constant == 0:
            raise self.error(
                "A hypothesis divides by zero.", place, "a divisor of 0", "correct the divisor."
            )
        return side.times(1 / other.constant)

    def signed(self) -> _Side:
        sign = 1
        while self.peek() in ("+", "-"):
            sign *= 1 if self.step() == "+" else -1
        return self.atom().times(sign)

    def atom(self) -> _Side:
        self.peek()
        place = self._coefficient()
        if place is not None:
            weights = self.zero.copy()
            weights[place] = 1.0
            return _Side(weights, 0.0)
        number = _NUMBER.match(self.text, self.at)
        if number is not None:
            self.at = number.end()
            return _Side(self.zero, float(number.group()))
        if self.peek() == "(":
            return self._bracket()
        raise self.unexpected()

    def _bracket(self) -> _Side:
        opened = self.at
        self.depth += 1
        self.step()
        if self.depth > MAX_DEPTH:
            raise self.error(
                f"Brackets are nested more than {MAX_DEPTH} deep.",
                opened,
                f"bracket number {self.depth} inside others",
                "take out brackets that do not change the meaning.",
            )
        side = self.sum()
        if self.peek() != ")":
            if self.peek():
                raise self.unexpected(is_operand=False)
            raise self.error("This '(' is not closed.", opened, "no ')' after it", "add a ')'.")
        self.step()
        self.depth -= 1
        return side

    def _coefficient(self) -> int | None:
        """Step over the longest name that stands here, in back-quotes or without."""
        if self.text.startswith("`", self.at):
            end = self.text.find("`", self.at + 1)
            inner = self.text[self.at + 1 : end] if end > 0 else ""
            if inner in self.spellings:
                self.at = end + 1
                return self.spellings[inner]
        best = ""
        for spelling in self.spellings:
            if len(spelling) > len(best) and self.text.startswith(spelling, self.at):
                after = self.text[self.at + len(spelling) :][:1]
                if not (spelling[-1].isalnum() and (after.isalnum() or after in ("_", ".", "["))):
                    best = spelling
        self.at += len(best)
        return self.spellings[best] if best else None

    def peek(self, skip_lines: bool = False) -> str:
        """Step over blanks; give the character that follows, '' at the end."""
        while self.at < len(self.text):
            character = self.text[self.at]
            is_blank = character.isspace() and (character != "\n" or self.depth > 0)
            is_empty = skip_lines and character in "\n,;"
            if not (is_blank or is_empty):
                return character
            self.at += 1
        return ""

    def step(self) -> str:
        """Step over an operator."""
        self.at += 1
        return self.text[self.at - 1]

    def unexpected(self, is_operand: bool = True) -> SpecError:
        character = self.peek()
        word = _WORD.match(self.text, self.at)
        if is_operand and word is not None and not _NUMBER.match(self.text, self.at):
            return self._unknown(word.group())
        if is_operand and character == "`":
            return self._unknown(self.text[self.at :].split("`")[1])
        if not character or character == "\n":
            return self.error(
                "A hypothesis ends too early.",
                self.at,
                "nothing after the last operator",
                "complete the equation.",
            )
        do = "use + - * / and brackets; separate hypotheses by commas."
        if character in "<>!":
            do = "test an equation, and read the side from the sign of the estimate."
        shown = repr(word.group() if word is not None else character)
        return self.error(f"{shown} cannot stand here.", self.at, shown, do)

    def _unknown(self, word: str) -> SpecError:
        hint = near_matches(word, self.names)
        if not hint.startswith("did you mean"):
            plain = {_BRACKETS.sub(r"\1", name): name for name in self.names}
            hint = near_matches(word, tuple(plain))
            for bare, name in plain.items():
                hint = hint.replace(f"'{bare}'", f"'{name}'")
        if not hint.startswith("did you mean"):
            hint = f"write one of {offenders(list(self.names))}."
        return SpecError(
            f"There is no coefficient '{word}'.",
            where=pointed(self.text, self.at),
            got=f"'{word}'",
            need="a fixed-effect coefficient, named as in the summary",
            do=hint,
            slug="unknown-coefficient",
        )

    def _not_linear(self, what: str, at: int) -> SpecError:
        return SpecError(
            what,
            where=pointed(self.text, at),
            got="an equation that is not linear in the coefficients",
            need="coefficients times numbers, added up",
            do="test it by the bootstrap: fit.bootstrap() takes any function of a fit.",
            slug="hypothesis-not-linear",
        )

    def error(self, what: str, at: int, got: str, do: str) -> SpecError:
        where = pointed(self.text, at)
        return SpecError(what, where=where, got=got, need=_NEED, do=do, slug="hypothesis-syntax")


def _spellings(names: Sequence[str]) -> dict[str, int]:
    """Find every way to write a coefficient; a printed name wins over another's alias."""
    found: dict[str, int] = {}
    for place, name in enumerate(names):
        factors = _factors(name)
        orders = [tuple(factors)]
        if 1 < len(factors) <= MAX_PERMUTED:
            orders = list(itertools.permutations(factors))
        for order in orders:
            written = ":".join(order)
            for spelling in (written, _BRACKETS.sub(r"\1", written)):
                found.setdefault(spelling, place)
                found.setdefault(spelling.replace(", ", ","), place)
    found |= {name: place for place, name in enumerate(names)}
    if "(Intercept)" in found:
        found.setdefault("Intercept", found["(Intercept)"])
    return found


def _factors(name: str) -> list[str]:
    """Split an interaction at the colons outside brackets."""
    factors, depth = [""], 0
    for character in name:
        depth += (character in "([") - (character in ")]")
        if character == ":" and depth == 0:
            factors.append("")
        else:
            factors[-1] += character
    return factors
