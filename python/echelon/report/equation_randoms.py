"""How the random terms of a fit are distributed, as statements.

Room: report/. Takes covariances as they were estimated; computes nothing else.
Takes: a `Fit`, and the symbols of its random effects.
Gives: `random_statements`: one per random term, by its structure.
Source: docs/theory.md (2), (4); Raudenbush & Bryk (2002), chapter 3, for tau.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from echelon._types import FloatArray
from echelon.design.parts import BlockTerm, RandomBlock
from echelon.fit import Fit
from echelon.formula.equations import Symbol
from echelon.report.equation_nodes import (
    Applied,
    Matrix,
    Node,
    Number,
    Power,
    Row,
    Statement,
    Vector,
)

LARGEST = 4  # effects per group whose covariances are written out
ZERO = Number("0")
STRUCTURES = {
    "us": "unrestricted",
    "diag": "diagonal",
    "id": "one variance, no covariances",
    "cs": "one variance, one correlation",
    "hcs": "one correlation, a variance for each effect",
    "ar1": "one variance, a correlation that is raised to the power of the distance",
    "toep": "a variance for each effect, a correlation for each distance",
}
Write = Callable[[float], Number]


def random_statements(
    fit: Fit, effects: Mapping[tuple[str, str], Symbol], write: Write | None
) -> Iterator[Statement]:
    """State the distribution of the effects of every random term.

    Parameters
    ----------
    fit : a fitted model.
    effects : symbol of each random effect, by grouping factor and column name.
    write : how numbers are written; None leaves the parameters as symbols.

    Yields
    ------
    Statements such as (u0_j, u1_j)' ~ N(0, [[tau00, tau01], [tau01, tau11]]).
    """
    blocks = fit.design.rows.blocks
    for block, factor in zip(blocks, fit.estimates.Lambdas, strict=True):
        covariance = fit.estimates.sigma**2 * (factor @ factor.T)
        group = block.grouping if len(blocks) > 1 else ""
        for term in block.terms:
            symbols = [
                effects.get((block.grouping, name), Symbol("u", name, group=block.grouping))
                for name in block.column_names[term.start : term.stop]
            ]
            own = covariance[term.start : term.stop, term.start : term.stop]
            spread = _spread(_Places(block, term, group), own, write)
            left: Node = symbols[0] if term.size == 1 else Vector(tuple(symbols))
            yield Statement(left, "~", Applied("N", (ZERO, spread)))


def structure_remarks(fit: Fit, has_estimates: bool) -> Iterator[str]:
    """Say in words what a covariance matrix is restricted to, and where a large one is."""
    blocks = fit.design.rows.blocks
    for block in blocks:
        for term in block.terms:
            name = term.structure.name
            if term.size > LARGEST:
                group = f"[{block.grouping}]" if len(blocks) > 1 else ""
                where = "; variance_components has it" if has_estimates else ""
                yield f"T{group} is {term.size} by {term.size}: {STRUCTURES[name]}{where}."
            elif term.size > 1 and name not in ("us", "diag"):
                yield f"Random effects of {block.grouping}: {STRUCTURES[name]}."


class _Places:
    """The symbols of a term's variances and correlations."""

    def __init__(self, block: RandomBlock, term: BlockTerm, group: str) -> None:
        self.term = term
        self.group = group
        self.first = 0 if block.column_names[0].endswith("(Intercept)") else 1
        self.is_long = block.n_columns > 9

    def tau(self, a: int, b: int) -> Symbol:
        """Name the covariance of effects a and b of the term."""
        low, high = sorted((a, b))
        places = [self.term.start + self.first + k for k in (low, high)]
        return Symbol("tau", ("," if self.is_long else "").join(map(str, places)), group=self.group)

    def shared(self, letter: str, index: str = "") -> Symbol:
        """Name a parameter that all effects of the term share."""
        return Symbol(letter, index, group=self.group)


def _spread(places: _Places, covariance: FloatArray, write: Write | None) -> Node:
    """Write the covariance matrix of a term, or its variance."""
    size, name = places.term.size, places.term.structure.name
    if size == 1:
        return places.tau(0, 0) if write is None else write(float(covariance[0, 0]))
    if size > LARGEST:
        return places.shared("T")
    return Matrix(
        tuple(
            tuple(_entry(places, name, covariance, a, b, write) for b in range(size))
            for a in range(size)
        )
    )


def _entry(
    places: _Places, name: str, covariance: FloatArray, a: int, b: int, write: Write | None
) -> Node:
    if a != b and name in ("diag", "id"):
        return ZERO
    if write is not None:
        return write(float(covariance[a, b]))
    tau = places.shared("tau")
    if name in ("id", "cs", "ar1"):
        distance = abs(a - b)
        rho: Node = places.shared("rho")
        if name == "ar1" and distance > 1:
            rho = Power(rho, str(distance))
        return Row((tau, rho)) if distance else tau
    if name in ("hcs", "toep") and a != b:
        rho = places.shared("rho", str(abs(a - b)) if name == "toep" else "")
        low, high = sorted((a, b))
        product = Row((places.tau(low, low), places.tau(high, high)))
        return Row((rho, Applied("sqrt", (product,))))
    return places.tau(a, b)
