"""What a likelihood ratio follows when the smaller model lies on the edge of the larger.

Room: infer/. Finds the mixture of chi-squares; fits nothing.
Takes: a `Relation` and the two fits.
Gives: `Mixture`.
Source: docs/theory.md (18); Self & Liang (1987), Stram & Lee (1994), Silvapulle & Sen (2005).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import BlockTerm
from echelon.engine.moments import Moments, moments
from echelon.errors import EngineError
from echelon.fit import Fit
from echelon.infer.zero.mixture import (
    MOST_ORTHANT,
    Mixture,
    binomial_weights,
    half_half,
    least_favourable,
    mixed,
    orthant_weights,
    plain,
    psd_weights,
)
from echelon.infer.zero.nested import Relation, Step

SINGULAR = 1e-8  # smallest eigenvalue of an information matrix on the correlation scale


class Edge(NamedTuple):
    """The edge that a step lies on: a cone of dimension `size`, and `free` parameters beside it.

    `kind` is 'none' (nothing at zero), 'orthant' (variances), 'psd' (a covariance matrix) or
    'unknown' (a structure whose correlations mean nothing once the variance is zero).
    """

    kind: str
    size: int
    free: int


def reference_mixture(relation: Relation, smaller: Fit, larger: Fit) -> Mixture:
    """Find the distribution of the likelihood ratio under the smaller model.

    One variance at zero needs no more than a count. Several use the information matrix of the
    larger model at the estimates of the smaller: exact weights for variances (any number up to
    eight) and for one 2 x 2 covariance matrix; otherwise an upper bound that is never too small.
    """
    terms = _terms(larger)
    edges = [
        (step, edge_of(step, terms[step.block, step.term]))
        for step in relation.steps
        if step.n_lost
    ]
    edges = [(step, edge) for step, edge in edges if edge.kind != "none"]
    size, df = sum(edge.size for _, edge in edges), relation.n_lost
    if not edges:
        return plain(df)
    if any(edge.kind == "unknown" for _, edge in edges):
        return plain(df, "the distribution at zero is not known for this structure")
    if size == 1:
        return half_half(df)
    cone = [step for step, _ in edges]
    if all(edge.kind == "orthant" for _, edge in edges) and size <= MOST_ORTHANT:
        return _of_variances(relation, cone, size, smaller, larger)
    if len(edges) == 1 and edges[0][1].size == 3:
        covariance = cone_covariance(relation, cone, smaller, larger)
        if covariance is not None:
            definition = "2 variances and their covariance at zero: weights from the information"
            return mixed(psd_weights(covariance), df - 3, definition)
    return least_favourable(df)


def edge_of(step: Step, term: BlockTerm) -> Edge:
    """Say which edge of a random term a step lies on."""
    s, name = step.n_removed, term.structure.name
    if s == 0:
        return Edge("none", 0, step.n_lost)
    if term.size == 1 or name == "id":
        return Edge("orthant", 1, 0)
    if name == "diag":
        return Edge("orthant", s, step.n_lost - s)
    if name == "us":
        size = s * (s + 1) // 2
        return Edge("orthant" if s == 1 else "psd", size, step.n_lost - size)
    return Edge("unknown", s, step.n_lost - s)


def cone_covariance(
    relation: Relation, cone: list[Step], smaller: Fit, larger: Fit
) -> FloatArray | None:
    """Covariance of the estimates of what is at zero, all other variances estimated too.

    The expected information of the larger model, at the estimates of the smaller, in directions of
    Sigma; None where it is singular, the design crosses with too many groups, or the model is
    generalized, which has no expected information in closed form.
    """
    if larger.spec.is_generalized:
        return None
    try:
        found = moments(_at_smaller(relation, smaller, larger))
    except EngineError:
        return None
    tested, others = [], [np.eye(found.n_parameters)[-1]]  # sigma^2 is always estimated
    terms = _terms(larger)
    for step in relation.steps:
        term = terms[step.block, step.term]
        own = _own_slopes(step.block, term, found)
        if term.structure.name in ("us", "diag", "id") or term.size == 1:
            at_zero, beside = _directions(step, term, step in cone)
            tested += [_in_parameters(D, own, found.n_parameters) for D in at_zero]
            others += [_in_parameters(D, own, found.n_parameters) for D in beside]
        else:
            others += [np.eye(found.n_parameters)[i] for i in own]
    C = np.array([*tested, *others])
    information = C @ expected_information(found, smaller.spec.method) @ C.T
    return _inverse_of_part(information, len(tested))


def expected_information(found: Moments, method: str) -> FloatArray:
    """Compute the expected information (m, m) of the variance parameters, by ML or REML."""
    information: FloatArray = 0.5 * found.K
    if method == "REML" and found.information.size:
        Phi = np.linalg.inv(found.information)
        PhiP = Phi @ found.P
        information = information - np.einsum("ab,ibja->ij", Phi, found.Q, optimize=True)
        information += 0.5 * np.einsum("iab,jba->ij", PhiP, PhiP)
    return information


def _of_variances(
    relation: Relation, cone: list[Step], size: int, smaller: Fit, larger: Fit
) -> Mixture:
    covariance = cone_covariance(relation, cone, smaller, larger)
    free = relation.n_lost - size
    if covariance is None:
        definition = f"{size} variances at zero, their estimates taken as uncorrelated"
        return mixed(binomial_weights(size), free, definition)
    definition = f"{size} variances at zero: weights from the information"
    return mixed(orthant_weights(covariance), free, definition)


def _terms(fit: Fit) -> dict[tuple[int, int], BlockTerm]:
    return {
        (b, t): term
        for b, block in enumerate(fit.design.rows.blocks)
        for t, term in enumerate(block.terms)
    }


def _at_smaller(relation: Relation, smaller: Fit, larger: Fit) -> Fit:
    """Put the larger model at the estimates of the smaller."""
    blocks = larger.design.rows.blocks
    Sigmas = [np.zeros((block.n_columns, block.n_columns)) for block in blocks]
    for step in relation.steps:
        term = blocks[step.block].terms[step.term]
        inside = slice(term.start, term.stop)
        Sigmas[step.block][inside, inside] = step.covariance
    factors = []
    for Sigma in Sigmas:
        values, vectors = np.linalg.eigh(Sigma)
        factors.append(vectors * np.sqrt(np.maximum(values, 0.0)))
    estimates = replace(larger.estimates, Lambdas=tuple(factors), sigma=smaller.estimates.sigma)
    return replace(larger, estimates=estimates)


def _directions(
    step: Step, term: BlockTerm, is_tested: bool
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Directions of Sigma (r, r): those that are at zero, and the free ones beside them."""
    r, name = term.size, term.structure.name
    if name == "id":
        whole = [np.eye(r)]
        return (whole, []) if is_tested else ([], whole)
    if name == "diag" or r == 1:
        axes = [np.outer(e, e) for e in np.eye(r)]
        varies = np.abs(step.kept).sum(axis=1) > 0
        at_zero = [a for a, v in zip(axes, varies, strict=True) if is_tested and not v]
        return at_zero, [a for a, v in zip(axes, varies, strict=True) if v or not is_tested]
    left = np.linalg.svd(step.kept)[0] if step.kept.size else np.eye(r)
    rank = r - step.n_removed
    kept, removed = left[:, :rank], left[:, rank:]
    if not is_tested:
        kept, removed = np.eye(r), np.zeros((r, 0))
    beside = _symmetric(kept) + [_pair(a, b) for a in kept.T for b in removed.T]
    return _symmetric(removed), beside


def _symmetric(basis: FloatArray) -> list[FloatArray]:
    """Symmetric matrices over a basis (r, m): (1, 1), (2, 1), (2, 2), ..."""
    columns = list(basis.T)
    return [_pair(a, b) for i, a in enumerate(columns) for b in columns[: i + 1]]


def _pair(a: FloatArray, b: FloatArray) -> FloatArray:
    product = np.outer(a, b)
    return product if a is b else product + product.T


def _own_slopes(block: int, term: BlockTerm, found: Moments) -> dict[int, FloatArray]:
    """Parameters of the moments that belong to a term: dSigma (r, r) by place."""
    inside = slice(term.start, term.stop)
    return {
        i: slope[inside, inside]
        for i, (b, slope) in enumerate(found.slopes)
        if b == block and slope[inside, inside].any()
    }


def _in_parameters(D: FloatArray, own: dict[int, FloatArray], count: int) -> FloatArray:
    """Write a direction of a term's Sigma (r, r) in the parameters of the moments, (count,)."""
    A = np.column_stack([slope.ravel() for slope in own.values()])
    weights = np.zeros(count)
    weights[list(own)] = np.linalg.lstsq(A, D.ravel(), rcond=None)[0]
    return weights


def _inverse_of_part(information: FloatArray, count: int) -> FloatArray | None:
    """Covariance (count, count) of the first parameters, the others estimated too."""
    first, rest = slice(0, count), slice(count, None)
    scale = np.sqrt(np.abs(np.diagonal(information)))
    scale = np.where(scale > 0, scale, 1.0)
    scaled = information / np.outer(scale, scale)
    across = scaled[first, rest]
    own = scaled[first, first] - across @ np.linalg.pinv(scaled[rest, rest]) @ across.T
    if np.linalg.eigvalsh(own)[0] <= SINGULAR:
        return None
    covariance: FloatArray = np.linalg.inv(own) / np.outer(scale[first], scale[first])
    return covariance
