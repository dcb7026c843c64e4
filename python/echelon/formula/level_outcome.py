"""Read the left side of a level-1 equation: a response, or the link of its mean.

Room: formula/. Knows text, not data.
Takes: the level-1 equations, and the distributions stated beside them.
Gives: `read_outcome`: the equation with its parts, and the response it is about.
Source: Raudenbush & Bryk (2002), chapter 10; the output of HLM 7 for binary outcomes and counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from echelon.errors import FormulaError
from echelon.formula.level_notation import Units, plain, without_units
from echelon.formula.level_text import Piece
from echelon.formula.pointing import formula_error

_LINKS = "logit|probit|cloglog|loglog|cauchit|log|ln|identity"
_SYMBOLS = ("p", "P", "π", "pi", "mu", "μ", "lambda", "λ", "phi", "φ", "ϕ", "eta", "η")
_OF_COUNTS = ("mu", "μ", "lambda", "λ")
_LINKED = re.compile(rf"(?P<link>{_LINKS})\s*[(\[](?P<inside>.*)[)\]]\s*")
_ODDS = re.compile(r"(?P<p>[^\s/]+)\s*/\s*[(\[]\s*1\s*-\s*(?P=p)\s*[)\]]")
_MEAN = re.compile(
    r"(?:E|mean|mu|μ)\s*[(\[]\s*(?P<mean>[^|]+?)\s*(?:\|.*)?[)\]]"
    r"|(?:Prob|Pr|P)\s*[(\[]\s*(?P<event>[^|=]+?)\s*(?:=\s*(?P<value>[^|)\]]+?)\s*)?(?:\|.*)?[)\]]"
)
_BARE = re.compile(r"[^\W\d]\w*")


def read_outcome(
    pieces: Sequence[Piece], stated: Mapping[str, str], units: Units
) -> tuple[list[Piece], str | None, int]:
    """Find what the level-1 equation is about.

    Parameters
    ----------
    pieces : all equations.
    stated : responses by the symbol of their mean, from lines such as y ~ Poisson(mu).
    units : letters of the units.

    Returns
    -------
    The equations without those that only define a symbol; the response, None where the left side
    is the response itself; and where the '=' of that equation stands.
    """
    means = {_clean(symbol, units): _clean(left, units) for symbol, left in stated.items()}
    kept: list[Piece] = []
    for piece in pieces:
        if piece.level > 1 or not _defines(piece.text, means, units):
            kept.append(piece)
    first = next((piece for piece in kept if piece.level <= 1), None)
    if first is None:
        return kept, None, 0
    left, at = left_side(first.text)
    return kept, _response(first.text, _clean(left, units), means), at


def left_side(text: str) -> tuple[str, int]:
    """Cut an equation at its first '=' outside brackets: what is left of it, and its place."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == "=" and depth <= 0:
            return text[:place], place
    return text, len(text)


def _clean(text: str, units: Units) -> str:
    return without_units(plain(text), units).strip().replace("  ", " ")


def _defines(text: str, means: dict[str, str], units: Units) -> bool:
    """Take in a line that only names a mean: Prob(y = 1) = p, or log[p/(1 - p)] = eta."""
    left, at = left_side(text)
    right = _clean(text[at + 1 :], units)
    if right not in _SYMBOLS:
        return False
    left = _clean(left, units)
    linked = _LINKED.fullmatch(left)
    inside = left if linked is None else _odds(linked["inside"].strip())
    if inside in means:
        means[right] = means[inside]
        return True
    mean = _MEAN.fullmatch(inside)
    if mean is None:
        return False
    means[right] = (mean["mean"] or mean["event"]).strip()
    return True


def _odds(inside: str) -> str:
    odds = _ODDS.fullmatch(inside)
    return odds["p"] if odds else inside


def _response(text: str, left: str, means: Mapping[str, str]) -> str | None:
    """Give the response that a linked mean belongs to; None: the left side is the response."""
    if left in means:
        return means[left]
    linked = _LINKED.fullmatch(left)
    if linked is None:
        mean = _MEAN.fullmatch(left)
        return None if mean is None else (mean["mean"] or mean["event"]).strip()
    inside = _odds(linked["inside"].strip())
    mean = _MEAN.fullmatch(inside)
    if inside in means:
        return means[inside]
    if mean is not None:
        return (mean["mean"] or mean["event"]).strip()
    is_plain_log = linked["link"] == "log" and inside == linked["inside"].strip()
    if inside in _SYMBOLS and (not is_plain_log or inside in _OF_COUNTS):
        raise _unnamed(text, linked["link"], inside)
    return None if is_plain_log or not _BARE.fullmatch(inside) else inside


def _unnamed(text: str, link: str, symbol: str) -> FormulaError:
    family = "Poisson" if symbol in _OF_COUNTS else "Bernoulli"
    at = text.find(symbol, text.find("(") if "(" in text else 0)
    return formula_error(
        f"'{symbol}' is the mean of a response without a name.",
        text,
        (max(at, 0), max(at, 0) + len(symbol)),
        got=f"{link}({symbol}) left of '='",
        need="the name of the column of the response",
        do=f"add a line such as: y ~ {family}({symbol}), with your response for 'y'.",
        slug="levels-response",
    )
