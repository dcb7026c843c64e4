"""Join the factors of a product that a textbook writes side by side: b1 x, g01(SECTOR).

Room: formula/. Knows text, not data.
Takes: the tokens of an equation.
Gives: `join_products`: the tokens with a '*' where a coefficient and its predictors meet.
Source: the notation of Raudenbush & Bryk (2002), and of the HLM program.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from echelon.formula.functions import FUNCTIONS, STRUCTURES
from echelon.formula.level_notation import is_coefficient
from echelon.formula.tokens import Token


def join_products(tokens: Sequence[Token], known: Collection[str]) -> list[Token]:
    """Put '*' between factors that stand side by side.

    Parameters
    ----------
    tokens : of one equation.
    known : names that stand left of an '=': coefficients, whatever they are called.

    Returns
    -------
    The tokens. Only a product that starts with a coefficient is joined, and two coefficients
    never are: these stay errors.
    """
    joined: list[Token] = []
    depth, opens, is_right = 0, False, False
    for place, token in enumerate(tokens):
        if joined and is_right and depth == 0 and opens and _meet(joined[-1], token, known):
            joined.append(Token("*", "*", token.start, token.start))
        if (depth == 0 and token.kind in ("+", "-", "=")) or not joined:
            is_right = is_right or token.kind == "="
            opens = place + 1 < len(tokens) and _is_known(tokens[place + 1], known)
        depth += (token.kind == "(") - (token.kind == ")")
        joined.append(token)
    return joined


def _is_known(token: Token, known: Collection[str]) -> bool:
    return token.kind == "name" and (token.value in known or is_coefficient(token.value))


def _meet(left: Token, right: Token, known: Collection[str]) -> bool:
    """Whether two tokens are factors side by side."""
    if right.kind == "name":
        return left.kind in ("name", ")") and not _is_known(right, known)
    if right.kind == "(":
        is_call = left.kind == "name" and (left.value in FUNCTIONS or left.value in STRUCTURES)
        return left.kind == ")" or (not is_call and _is_known(left, known))
    return False
