"""Variance components: variances, covariances and correlations of the random effects.

Room: infer/. From theta and sigma to the units of the response.
Takes: a `Fit`.
Gives: the table of variance components.
Source: docs/theory.md (4): Sigma = sigma^2 Lambda Lambda'; (24): Lambda Lambda' on the link scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from echelon._types import FloatArray
from echelon.design.covariance import CovarianceStructure
from echelon.design.parts import BlockTerm
from echelon.fit import Fit
from echelon.table import Table

RESIDUAL = "residual"


_TYPES = {"grouping": object, "term_1": object, "term_2": object}
_SCALES = {"variance": "response squared", "std_dev": "response"}
_LINK_SCALES = {"variance": "link squared", "std_dev": "link"}


class Component(NamedTuple):
    """One row of the table: a variance, or a covariance with its correlation."""

    grouping: str
    term_1: str
    term_2: str
    variance: float
    std_dev: float
    correlation: float


def variance_components(fit: Fit) -> Table:
    """Report the covariance of the random effects, and the residual variance.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    Table with columns grouping, term_1, term_2, variance, std_dev, correlation. First the
    variances of a random term (term_2 is empty, correlation NaN), in response units^2 per unit
    of the predictor^2; then its covariances (in the column variance; std_dev is NaN), except
    where the structure fixes them at zero. A correlation with an effect of zero variance is NaN.
    The residual is the last row. In a generalized model the variances are on the scale of the
    link and there is no residual row; what the family has instead is in `component_effects`.
    """
    rows = list(_components(fit))
    return Table(
        {
            name: np.array([getattr(row, name) for row in rows], dtype=_TYPES.get(name, np.float64))
            for name in Component._fields
        },
        scales=_LINK_SCALES if fit.spec.is_generalized else _SCALES,
        title="Variance components",
    )


def _components(fit: Fit) -> Iterator[Component]:
    sigma = fit.estimates.sigma
    for block, factor in zip(fit.design.rows.blocks, fit.estimates.Lambdas, strict=True):
        with np.errstate(over="ignore"):  # a slope per 1e-160 units has an infinite variance
            covariance = sigma**2 * (factor @ factor.T)
        for term in block.terms:
            inside = slice(term.start, term.stop)
            names = block.column_names[inside]
            yield from _of_term(block.grouping, names, covariance[inside, inside], term)
    if not fit.spec.is_generalized:
        yield Component(RESIDUAL, "", "", sigma**2, sigma, math.nan)


def _of_term(
    grouping: str, names: tuple[str, ...], covariance: FloatArray, term: BlockTerm
) -> Iterator[Component]:
    variances = [float(v) for v in np.diagonal(covariance)]
    std_devs = [math.sqrt(v) for v in variances]
    for name, variance, std_dev in zip(names, variances, std_devs, strict=True):
        yield Component(grouping, name, "", variance, std_dev, math.nan)
    if not has_covariances(term.structure):
        return
    for a in range(1, term.size):
        for b in range(a):
            joint, scale = float(covariance[a, b]), std_devs[a] * std_devs[b]
            correlation = min(max(joint / scale, -1.0), 1.0) if scale > 0 else math.nan
            yield Component(grouping, names[a], names[b], joint, math.nan, correlation)


def has_covariances(structure: CovarianceStructure) -> bool:
    """Whether the structure lets two random effects of a group be correlated."""
    if structure.size < 2:
        return False
    index = structure.index
    return index is None or bool((index[np.tril_indices(structure.size, -1)] >= 0).any())
