"""Write a formula as text, and a model as textbook equations.

Room: formula/. Knows text, not data.
Takes: a Formula; for equations also the level at which each variable varies.
Gives: `render`: canonical text that parses back to an equal Formula; `level_equations` and
    `latex_equations`, from `equation_text`.
Source: the formula section of docs/reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from echelon.formula.equation_text import latex_equations, level_equations
from echelon.formula.expression import Expression, Operation, deparse, quote_name
from echelon.formula.terms import Formula, Grouping, RandomTerm, Response, Term

__all__ = ["latex_equations", "level_equations", "render"]


def render(formula: Formula) -> str:
    """Write the canonical text of a formula.

    Parameters
    ----------
    formula : a parsed formula.

    Returns
    -------
    Text that `parse_formula` reads back as an equal formula.

    Examples
    --------
    >>> from echelon.formula.parse import parse_formula
    >>> render(parse_formula("y~a*b+(x||g/h)-1"))
    'y ~ 0 + a + b + a:b + (1 + x || g/h)'
    """
    left = "" if formula.response is None else _response_text(formula.response) + " "
    if formula.has_dot:
        return f"{left}~ {formula.dot_text}"
    pieces = [] if formula.intercept else ["0"]
    if formula.intercept and not formula.fixed:
        pieces = ["1"]
    pieces += sum_pieces(formula.fixed)
    pieces += [f"offset({deparse(offset, quoted=True)})" for offset in formula.offsets]
    pieces += [random_text(chain) for chain in chains(formula.random)]
    return f"{left}~ {' + '.join(pieces)}"


def term_text(term: Term) -> str:
    """Write a term so that it can be parsed again."""
    return ":".join(_factor_text(factor) for factor in term.factors)


def _factor_text(factor: Expression) -> str:
    return deparse(factor, quoted=True)


def sum_pieces(terms: Sequence[Term]) -> list[str]:
    """Write terms in an order that numbers their variables as before.

    Variables are numbered as they appear, and that orders the names within an interaction:
    `b:a + a` is not `a + b:a`. The order of terms of one order of interaction is kept.
    """
    for candidate in (terms, sorted(terms, key=lambda term: -len(term.factors))):
        if _keeps_numbers(candidate):
            return [term_text(term) for term in candidate]
    names = [_factor_text(factor) for factor in _in_common_order(terms)]
    removed = " - ".join(["", *names])
    return [*names[:-1], names[-1] + removed, *(term_text(term) for term in terms)]


def _keeps_numbers(terms: Sequence[Term]) -> bool:
    numbers: dict[Expression, int] = {}
    for term in terms:
        found = [numbers.setdefault(factor, len(numbers)) for factor in term.factors]
        if found != sorted(found):
            return False
    return True


def _in_common_order(terms: Sequence[Term]) -> list[Expression]:
    """Order all variables so that each term has its own in that order."""
    waiting = dict.fromkeys(factor for term in terms for factor in term.factors)
    ordered: list[Expression] = []
    while waiting:
        chains_left = [[f for f in term.factors if f in waiting] for term in terms]
        later = {factor for chain in chains_left for factor in chain[1:]}
        chosen = next((factor for factor in waiting if factor not in later), next(iter(waiting)))
        ordered.append(chosen)
        del waiting[chosen]
    return ordered


def _response_text(response: Response) -> str:
    parts = [deparse(part, quoted=True) for part in response.expressions]
    if response.kind == "pair":
        return f"cbind({', '.join(parts)})"
    if response.kind == "proportion":
        return deparse(Operation("/", response.expressions), quoted=True)
    return parts[0]


def chains(random: Sequence[RandomTerm]) -> list[list[RandomTerm]]:
    """Put the random terms that came from one bracket with '/' together again."""
    found: list[list[RandomTerm]] = []
    for term in random:
        if found and _continues(found[-1], term):
            found[-1].append(term)
        else:
            found.append([term])
    return found


def _continues(chain: list[RandomTerm], term: RandomTerm) -> bool:
    last = chain[-1]
    inner = term.grouping.factors
    return (
        bool(term.nested_in)
        and term.nested_in == tuple(outer.grouping.label for outer in chain)
        and inner[: len(last.grouping.factors)] == last.grouping.factors
        and len(inner) > len(last.grouping.factors)
        and (term.intercept, term.terms, term.structure)
        == (last.intercept, last.terms, last.structure)
    )


def random_text(chain: Sequence[RandomTerm]) -> str:
    """Write one bracket: a random term, with those nested in it."""
    first = chain[0]
    effects = ["1" if first.intercept else "0", *sum_pieces(first.terms)]
    bar = "||" if first.structure == "diag" else "|"
    inner = f"({' + '.join(effects)} {bar} {_chain_text(chain)})"
    return inner if first.structure in ("us", "diag") else first.structure + inner


def _chain_text(chain: Sequence[RandomTerm]) -> str:
    steps = [grouping_text(chain[0].grouping)]
    for outer, inner in pairwise(chain):
        added = inner.grouping.factors[len(outer.grouping.factors) :]
        steps.append(grouping_text(Grouping(added)))
    return "/".join(steps)


def grouping_text(grouping: Grouping) -> str:
    """Write what stands right of the bar so that it can be parsed again."""
    if not grouping.members:
        return ":".join(_factor_text(factor) for factor in grouping.factors)
    members = [quote_name(member.name) for member in grouping.members]
    if grouping.weights:
        names = ", ".join(quote_name(weight.name) for weight in grouping.weights)
        members.append(f"weights = ({names})")
    return f"mm({', '.join(members)})"
