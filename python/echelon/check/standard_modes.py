"""Conditional modes with the same spread in every group, if the model holds.

Room: check/. What the checks of random effects look at.
Takes: a `Fit` and the place of one of its grouping factors.
Gives: `StandardModes`.
Source: Lange & Ryan (1989), Annals of Statistics 17, 624-642: modes are N(0, Sigma - C_j);
    Snijders & Bosker (2012), section 10.5 (diagnostic variance).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.check.evidence import Evidence
from echelon.design.parts import RandomBlock
from echelon.engine.generalized.fitted import generalized_at
from echelon.engine.workspace import conditional_covariances
from echelon.fit import Fit, design_with_rows

KNOWN = 1e-6  # share of a variance that the modes must show: less is a variance of zero
DEGENERATE = 1e-8  # smallest eigenvalue on the correlation scale that counts


@dataclass(frozen=True, slots=True, eq=False)
class StandardModes:
    """Modes of one factor, J groups and r effects.

    `single` (J, r): each mode over its diagnostic standard deviation; NaN where that is zero.
    `distance` (J,): squared distance of all effects of a group together, chi-square with `rank`
    degrees of freedom if the model holds, its mean made rank (J - 1) / J; `whitened` (J, rank)
    are the independent directions that it adds up.
    `reliability` (r,): mean share of the variance of an effect that its mode shows.
    """

    block: RandomBlock
    single: FloatArray
    distance: FloatArray
    whitened: FloatArray
    rank: int
    reliability: FloatArray


def all_modes(evidence: Evidence) -> tuple[StandardModes, ...]:
    """Standardize the modes of every grouping factor, once for all checks."""
    return evidence.once("modes", _all_modes)


def _all_modes(evidence: Evidence) -> tuple[StandardModes, ...]:
    return tuple(standard_modes(evidence.fit, i) for i in range(len(evidence.blocks)))


def standard_modes(fit: Fit, position: int) -> StandardModes:
    """Standardize the modes of a factor by what the model says of their spread.

    The modes b of group j have the covariance Sigma - C_j over samples, C_j their conditional
    covariance; without it the modes of small groups look too small.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows, and is generalized.
    """
    block = fit.design.rows.blocks[position]
    template = fit.estimates.Lambdas[position]
    sigma = 1.0 if fit.spec.is_generalized else fit.estimates.sigma
    covariance = sigma**2 * template @ template.T
    shown = covariance - _conditional(fit, position)
    modes = fit.estimates.modes[position]
    size = np.diagonal(shown, axis1=1, axis2=2)
    total = np.diagonal(covariance)
    is_known = size > KNOWN * np.where(total > 0, total, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        single = np.where(is_known, modes / np.sqrt(size), np.nan)
        reliability = np.where(total > 0, np.mean(size, axis=0) / total, 0.0)
    whitened, rank = _whiten(modes, shown, covariance)
    distance = (whitened**2).sum(axis=1)
    if rank and distance.sum() > 0:
        factor = rank * (block.n_groups - 1) / float(distance.sum())
        distance, whitened = distance * factor, whitened * np.sqrt(factor)
    return StandardModes(block, single, distance, whitened, rank, reliability)


def _conditional(fit: Fit, position: int) -> FloatArray:
    """Conditional covariances (J, r, r) of the modes."""
    if not fit.spec.is_generalized:
        return conditional_covariances(fit, fit.design.rows.blocks[position].grouping)
    design_with_rows(fit, "check()")
    workspace, coefficients = generalized_at(fit)
    found: FloatArray = workspace.conditional(coefficients, fit.estimates.Lambdas)[position][0]
    return found


def _whiten(modes: FloatArray, shown: FloatArray, covariance: FloatArray) -> tuple[FloatArray, int]:
    """Turn modes (J, r) into independent ones (J, rank) along the directions in which they vary."""
    scale = np.sqrt(np.diagonal(covariance))
    kept = scale > 0
    if not kept.any():
        return np.empty((len(modes), 0)), 0
    scale = scale[kept]
    values, vectors = np.linalg.eigh(covariance[np.ix_(kept, kept)] / np.outer(scale, scale))
    turn = (vectors[:, values > DEGENERATE] / scale[:, None]).T
    turned = modes[:, kept] @ turn.T
    spread = turn @ shown[:, kept][:, :, kept] @ turn.T
    spread = (spread + spread.transpose(0, 2, 1)) / 2
    sizes, axes = np.linalg.eigh(spread)
    floor = KNOWN * np.maximum(sizes[:, -1:], 1e-300)
    along = np.einsum("jab,ja->jb", axes, turned) / np.sqrt(np.maximum(sizes, floor))
    whitened: FloatArray = np.einsum("jab,jb->ja", axes, along)
    return whitened, turn.shape[0]
