"""The variance of one linear predictor between groups, with its error: what a median ratio needs.

Room: measure/. Finds and refuses.
Takes: a `Fit` of a generalized model.
Gives: `GroupVariance` for every grouping factor, and for two observations that share no group.
Source: docs/theory.md (30).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import RandomBlock
from echelon.engine.kernel import INTERCEPT
from echelon.engine.theta import theta_map
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.infer.coefficients.exponentiated import Ratio, ratio_of
from echelon.measure.icc_kinds import require_groups

TOGETHER = "all"


@dataclass(frozen=True, slots=True)
class GroupVariance:
    """Variance of the random intercepts of a factor on the scale of the link, and its error.

    `slopes` (P,) are by (beta, extra, theta). `has_slopes`: the factor has random slopes, too, and
    the variance is that where their predictors are zero.
    """

    grouping: str
    variance: float
    std_error: float
    slopes: FloatArray
    has_slopes: bool


def group_variances(fit: Fit, channel: int = 0) -> tuple[GroupVariance, ...]:
    """Give the variance of the intercept of every factor that has one, then all together.

    The last is there with several factors only.
    """
    generalized = fit.estimates.generalized
    assert generalized is not None
    directions = theta_map(fit.design.rows.blocks).directions(fit.estimates.theta)
    n = len(generalized.joint_cov) - len(directions)
    found = []
    for position, block in enumerate(fit.design.rows.blocks):
        at = _intercept(block, channel)
        if at is None:
            continue
        Lambda = fit.estimates.Lambdas[position]
        by_theta = [2 * float(d[at] @ Lambda[at]) if k == position else 0.0 for k, d in directions]
        slopes = np.concatenate([np.zeros(n), by_theta])
        variance = float(Lambda[at] @ Lambda[at])
        error = _error(slopes, generalized.joint_cov)
        found.append(GroupVariance(block.grouping, variance, error, slopes, _is_sloped(block)))
    if len(found) > 1:
        total = np.sum([each.slopes for each in found], axis=0)
        variance = sum(each.variance for each in found)
        error = _error(total, generalized.joint_cov)
        is_sloped = any(each.has_slopes for each in found)
        found.append(GroupVariance(TOGETHER, variance, error, total, is_sloped))
    return tuple(found)


def require_ratio(fit: Fit, purpose: str) -> Ratio:
    """Give what e to a coefficient is; refuse models where it means nothing.

    Raises
    ------
    NotEstimableError : no random effects, or no ratio with this link.
    """
    require_groups(fit, purpose)
    ratio = ratio_of(fit.spec) if fit.spec.is_generalized else None
    if ratio is None:
        raise NotEstimableError(
            "The effects of groups are no ratios in this model.",
            where=f"{purpose}, a fit with family = '{fit.spec.family}', link = '{fit.spec.link}'",
            got=f"the {fit.spec.link} link, with which e to an effect means nothing",
            need="link logit (odds), log (rates, means) or cloglog of a probability (hazards)",
            do="read icc(), or variance_components: standard deviations on the scale of the link.",
            slug="no-median-ratio",
        )
    return ratio


def _intercept(block: RandomBlock, channel: int) -> int | None:
    """Place of the random intercept in a linear predictor, None if there is none."""
    channels = block.channels or (0,) * block.n_columns
    for at, (name, own) in enumerate(zip(block.column_names, channels, strict=True)):
        if own == channel and (name == INTERCEPT or name.endswith(f".{INTERCEPT}")):
            return at
    return None


def _is_sloped(block: RandomBlock) -> bool:
    return any(not name.endswith(INTERCEPT) for name in block.column_names)


def _error(slopes: FloatArray, covariance: FloatArray) -> float:
    used = slopes != 0
    variance = float(slopes[used] @ covariance[np.ix_(used, used)] @ slopes[used])
    return float(np.sqrt(variance)) if variance > 0 else float("nan")
