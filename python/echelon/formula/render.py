"""Write a formula as text, and a model as textbook equations.

Room: formula/. Knows text, not data.
Takes: a Formula; for equations also the level at which each variable varies.
Gives: `render`: canonical text that parses back to an equal Formula.
Source: the formula section of docs/reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from echelon.formula.expression import Expression, deparse, quote_name
from echelon.formula.terms import Formula, Grouping, RandomTerm, Response, Term


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
    pieces += [term_text(term) for term in formula.fixed]
    if formula.intercept and not formula.fixed:
        pieces = ["1"]
    pieces += [f"offset({deparse(offset, quoted=True)})" for offset in formula.offsets]
    pieces += [random_text(chain) for chain in chains(formula.random)]
    return f"{left}~ {' + '.join(pieces)}"


def term_text(term: Term) -> str:
    """Write a term so that it can be parsed again."""
    return ":".join(_factor_text(factor) for factor in term.factors)


def _factor_text(factor: Expression) -> str:
    return deparse(factor, quoted=True)


def _response_text(response: Response) -> str:
    parts = [deparse(part, quoted=True) for part in response.expressions]
    if response.kind == "pair":
        return f"cbind({', '.join(parts)})"
    return " / ".join(parts)


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
    effects = ["1" if first.intercept else "0", *(term_text(term) for term in first.terms)]
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
