"""Whether one model is a special case of another, judged from the encoded designs.

Room: infer/. Compares; fits nothing and tests nothing.
Takes: two `Fit`s of the same rows.
Gives: `Relation`: what the larger has more, term by term, or why there is no such relation.
Source: docs/theory.md (18): the column space of X; random terms by grouping, columns, structure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import BlockTerm
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import free_coefficients, merged_terms
from echelon.infer.zero.comparable import common_grams, is_same_gram
from echelon.infer.zero.nested_predictors import predictors_differ

SPANNED = 1e-8  # share of a column's length that may lie outside a column space

# Which structures are special cases of one, on the same effects in the same order.
INSIDE = {
    "id": {"id"},
    "cs": {"cs", "id"},
    "ar1": {"ar1", "id"},
    "hcs": {"hcs", "cs", "diag", "id"},
    "toep": {"toep", "hcs", "cs", "ar1", "diag", "id"},
}


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A random term of the larger model, and what the smaller one has in its place.

    `covariance` (r, r), relative to sigma^2, is that of the smaller model in the columns of the
    larger; `kept` (r, r_s) spans the effects that vary in the smaller; `n_lost` counts the
    covariance parameters that the larger has more. `sources` are (block, term) of the smaller model
    whose effects the columns of `kept` are, in order.
    """

    block: int
    term: int
    covariance: FloatArray
    kept: FloatArray
    n_lost: int
    sources: tuple[tuple[int, int], ...] = ()

    @property
    def n_removed(self) -> int:
        """Dimensions in which nothing varies in the smaller model."""
        rank = int(np.linalg.matrix_rank(self.kept)) if self.kept.size else 0
        return len(self.kept) - rank


@dataclass(frozen=True, slots=True)
class Relation:
    """How a smaller model lies in a larger one; `reason` says why not, and is empty if it does.

    `n_fixed` counts the fixed effects that the larger has more; `has_same_fixed` says whether X
    is the same, which REML likelihoods need to be compared. One step per random term.
    """

    reason: str
    n_fixed: int = 0
    has_same_fixed: bool = False
    steps: tuple[Step, ...] = ()

    @property
    def n_lost(self) -> int:
        """Parameters that the larger model has more."""
        return self.n_fixed + sum(step.n_lost for step in self.steps)


def relation(smaller: Fit, larger: Fit) -> Relation:
    """Find the smaller model in the larger one.

    Columns of X are known by name and by their sums of products; where the names differ
    (`poly(x, 2)` and `x + I(x^2)`), and both fits have their rows, by their column space.
    """
    if smaller.spec.is_generalized or larger.spec.is_generalized:
        return _of_generalized(smaller, larger)
    n_fixed = larger.estimates.n_estimated - smaller.estimates.n_estimated
    if not _is_fixed_inside(smaller, larger):
        return Relation("the fixed effects of neither model contain those of the other")
    steps = _steps(smaller, larger)
    if isinstance(steps, str):
        return Relation(steps)
    found = Relation("", n_fixed, _has_same_fixed(smaller, larger), steps)
    if found.n_lost == 0 and n_fixed == 0:
        return Relation("the two models are the same")
    return found


def _of_generalized(smaller: Fit, larger: Fit) -> Relation:
    """Find a generalized model in another: linear predictors, then random terms."""
    reason = predictors_differ(smaller, larger)
    if reason:
        return Relation(reason)
    steps = _steps(smaller, larger)
    if isinstance(steps, str):
        return Relation(steps)
    n_fixed = len(free_coefficients(larger)) - len(free_coefficients(smaller))
    found = Relation("", n_fixed, n_fixed == 0, steps)
    return found if found.n_lost or n_fixed else Relation("the two models are the same")


def fixed_weights(smaller: Fit, larger: Fit) -> FloatArray:
    """Write the fixed columns of a smaller model in those of the larger, (p, p_s).

    Columns that the smaller model did not estimate are zero. The relation of the two must hold.
    """
    names, known = larger.design.fixed_names, smaller.estimates.is_estimated
    weights = np.zeros((len(names), len(known)))
    wanted = [i for i in range(len(known)) if known[i]]
    if all(smaller.design.fixed_names[i] in names for i in wanted):
        for i in wanted:
            weights[names.index(smaller.design.fixed_names[i]), i] = 1.0
        return weights
    columns = [smaller.design.rows.fixed_columns[i] for i in wanted]
    found = _combination(columns, larger.design.rows.fixed_columns)
    assert found is not None
    weights[:, wanted] = found
    return weights


def _is_fixed_inside(smaller: Fit, larger: Fit) -> bool:
    names = larger.design.fixed_names
    known = smaller.estimates.is_estimated
    wanted = [n for n, keep in zip(smaller.design.fixed_names, known, strict=True) if keep]
    if set(wanted) <= set(names):
        return is_same_gram(*common_grams(smaller, larger, wanted))
    if not (smaller.has_rows and larger.has_rows):
        return False
    mine = [smaller.design.rows.fixed_columns[smaller.design.fixed_names.index(n)] for n in wanted]
    return _combination(mine, larger.design.rows.fixed_columns) is not None


def _has_same_fixed(smaller: Fit, larger: Fit) -> bool:
    names = [
        {
            n
            for n, keep in zip(fit.design.fixed_names, fit.estimates.is_estimated, strict=True)
            if keep
        }
        for fit in (smaller, larger)
    ]
    return names[0] == names[1]


def _combination(columns: Iterable[FloatArray], of: tuple[FloatArray, ...]) -> FloatArray | None:
    """Write columns (n,) as combinations of others, (len(of), m); None where they are not."""
    Y = np.column_stack(list(columns))
    if not of:
        return None
    X = np.column_stack(of)
    size = np.linalg.norm(X, axis=0)
    scaled = X / np.where(size > 0, size, 1.0)
    weights = np.linalg.lstsq(scaled, Y, rcond=None)[0]
    outside = np.linalg.norm(Y - scaled @ weights, axis=0)
    if (outside > SPANNED * np.linalg.norm(Y, axis=0)).any():
        return None
    combination: FloatArray = weights / np.where(size > 0, size, 1.0)[:, None]
    return combination


def _steps(smaller: Fit, larger: Fit) -> tuple[Step, ...] | str:
    """Find every random term of the smaller model in one of the larger."""
    found: dict[tuple[int, int], list[_Found]] = {}
    places = {key: b for b, key in enumerate(_groupings(larger))}
    for s, (key, block) in enumerate(
        zip(_groupings(smaller), smaller.design.rows.blocks, strict=True)
    ):
        if key not in places:
            return f"only one model has random effects of '{block.grouping}', the smaller one"
        b = places[key]
        for at in range(len(block.terms)):
            own = _find(smaller, s, at, larger, b)
            if own is None:
                return f"the random term {block.terms[at].text} is in no term of the other model"
            found.setdefault((b, own.term), []).append(own)
    return tuple(
        _step(b, t, term, found.get((b, t), []))
        for b, block in enumerate(larger.design.rows.blocks)
        for t, term in enumerate(block.terms)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A term of the smaller model in one of the larger: weights (r, r_s), its parameters."""

    source: tuple[int, int]
    term: int
    weights: FloatArray
    covariance: FloatArray
    n_theta: int


def _groupings(fit: Fit) -> list[object]:
    """Say by what each block groups, and into how many groups."""
    merged = merged_terms(fit)
    return [
        (frozenset(grouping.factors), grouping.members, grouping.weights, block.n_groups)
        for (grouping, _), block in zip(merged, fit.design.rows.blocks, strict=True)
    ]


def _find(smaller: Fit, s: int, at: int, larger: Fit, b: int) -> _Found | None:
    block = smaller.design.rows.blocks[s]
    term = block.terms[at]
    inside = slice(term.start, term.stop)
    names = block.column_names[inside]
    factor = smaller.estimates.Lambdas[s][inside, inside]
    other = larger.design.rows.blocks[b]
    for t, candidate in enumerate(other.terms):
        place = slice(candidate.start, candidate.stop)
        weights = _weights(names, other.column_names[place])
        has_rows = smaller.has_rows and larger.has_rows
        if weights is None and candidate.structure.is_unrestricted and has_rows:
            weights = _combination(block.columns[inside], other.columns[place])
        if weights is not None and _is_inside(term, candidate, weights):
            return _Found((s, at), t, weights, factor @ factor.T, term.structure.n_theta)
    return None


def _weights(names: tuple[str, ...], of: tuple[str, ...]) -> FloatArray | None:
    """Select columns by name, (len(of), len(names)); None where one is not there."""
    if not set(names) <= set(of):
        return None
    return np.eye(len(of))[:, [of.index(name) for name in names]]


def _is_inside(term: BlockTerm, larger: BlockTerm, weights: FloatArray) -> bool:
    """Whether the structure of a term is a special case of that of a larger one."""
    if larger.structure.is_unrestricted or larger.size == 1:
        return True
    name = larger.structure.name
    if name == "diag":
        return term.size == 1 or term.structure.name in ("diag", "id")
    is_whole = weights.shape[0] == weights.shape[1] and bool(
        (weights == np.eye(len(weights))).all()
    )
    return is_whole and term.structure.name in INSIDE[name]


def _step(b: int, t: int, term: BlockTerm, found: list[_Found]) -> Step:
    covariance = np.zeros((term.size, term.size))
    for own in found:
        covariance += own.weights @ own.covariance @ own.weights.T
    kept = np.hstack([np.zeros((term.size, 0)), *(own.weights for own in found)])
    n_lost = term.structure.n_theta - sum(own.n_theta for own in found)
    return Step(b, t, covariance, kept, n_lost, tuple(own.source for own in found))
