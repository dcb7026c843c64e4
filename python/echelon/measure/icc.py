"""Intraclass correlation: the share of each random term in the variance of the response.

Room: measure/. One question per file: how alike are observations of the same group?
Takes: a `Fit`.
Gives: a Table (grouping, term, variance, icc), the residual last.
Source: Johnson (2014), Methods in Ecology and Evolution 5, 944-946, for random slopes.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import BlockTerm, RandomBlock
from echelon.fit import Fit, design_with_rows
from echelon.table import Table


def icc(fit: Fit) -> Table:
    """Share the variance left by the fixed effects among the random terms and the residual.

    The variance of a term is the mean over rows of z' Sigma z, with z the row's values of the
    term's columns: for a random intercept that is its variance, and the share is the classical
    intraclass correlation. With random slopes it is the average over the rows of the data, and
    depends on how the predictors are distributed, not on where they are centred.

    Parameters
    ----------
    fit : a fitted Gaussian model.

    Returns
    -------
    Table with columns grouping, term (as written in the formula), variance (response unit^2)
    and icc (shares, which sum to one); the residual is the last row.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows.

    Notes
    -----
    Costs n r^2 operations per term. The residual variance of weighted rows is averaged too.

    Source
    ------
    Johnson (2014), equation 10; Nakagawa, Johnson & Schielzeth (2017).
    """
    groupings, texts, values = [], [], []
    blocks = design_with_rows(fit, "icc()").rows.blocks
    for block, factor in zip(blocks, fit.estimates.Lambdas, strict=True):
        with np.errstate(over="ignore"):  # a slope per 1e-160 units has an infinite variance
            covariance = fit.estimates.sigma**2 * (factor @ factor.T)
        for term in block.terms:
            groupings.append(block.grouping)
            texts.append(term.text)
            values.append(_mean_variance(block, term, covariance))
    groupings.append("residual")
    texts.append("")
    values.append(_residual_variance(fit))
    variances = np.array(values)
    total = float(variances.sum())
    return Table(
        {
            "grouping": np.array(groupings, dtype=object),
            "term": np.array(texts, dtype=object),
            "variance": variances,
            "icc": variances / total if total > 0 else np.full(len(texts), np.nan),
        },
        scales={"variance": "response squared"},
        title="Shares of variance",
    )


def _mean_variance(block: RandomBlock, term: BlockTerm, covariance: FloatArray) -> float:
    weight = _membership_weight(block)
    columns = block.columns[term.start : term.stop]
    total = 0.0
    for a, left in enumerate(columns):
        scaled = left if weight is None else left * weight
        for b, right in enumerate(columns[: a + 1]):
            moment = float(scaled @ right) / len(left)
            share = covariance[term.start + a, term.start + b] * moment
            total += share if a == b else 2 * share
    return total


def _membership_weight(block: RandomBlock) -> FloatArray | None:
    """Sum of squares of a row's weights, group by group; None where it is one, (n,)."""
    members = block.memberships
    if len(members) == 1 and members[0].weights is None:
        return None
    weights = [np.ones(len(m.codes)) if m.weights is None else m.weights for m in members]
    total = np.zeros(len(members[0].codes))
    for a, left in enumerate(members):
        for b, right in enumerate(members):
            total += np.where(left.codes == right.codes, weights[a] * weights[b], 0.0)
    return total


def _residual_variance(fit: Fit) -> float:
    weights = fit.design.weights
    mean_inverse = 1.0 if weights is None else float(np.mean(1.0 / weights))
    return fit.estimates.sigma**2 * mean_inverse
