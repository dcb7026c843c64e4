"""The partition of the variance of a response into its sources, within and between groups.

Room: measure/. One school per file: Rights & Sterba.
Takes: a `Fit`.
Gives: rows of the table of variance explained, and why some of them are not there.
Source: Rights & Sterba (2019), Psychological Methods 24, 309-338, equations 9 to 15 and appendix
    A (r2mlm); docs/theory.md (22).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.kernel import INTERCEPT
from echelon.fit import Fit
from echelon.measure.moments import (
    GroupSums,
    fixed_covariance,
    group_sums,
    is_single,
    mean_inverse_weight,
    mean_squares,
    random_means,
    squared_memberships,
)
from echelon.measure.r_squared_row import Explained, share

MEASURE = "Rights & Sterba"
CENTRED = 1e-6  # share of a column's variance between (or within) groups that counts as none

ROUNDING = 1e-13  # share of a sum that its rounding can leave

SOURCES = {
    "f1": "level-1 predictors by fixed slopes",
    "f2": "level-2 predictors by fixed slopes",
    "f": "predictors by fixed slopes",
    "v": "random variation of slopes",
    "m": "random intercepts, the variation of group means",
    "f1v": "level-1 predictors by fixed and random slopes",
    "fv": "predictors by fixed and random slopes",
    "fvm": "predictors and groups together",
}


@dataclass(frozen=True, slots=True)
class Partition:
    """Variances in response units^2, by source; `f1` and `f2` are NaN where not separable."""

    f: float
    f1: float
    f2: float
    v: float
    m: float
    residual: float


def rights_sterba(fit: Fit, purpose: str) -> tuple[list[Explained], str]:
    """Set each source of variance against the total, and the variance within and between groups.

    f1 and f2 are the level-1 and level-2 predictors by their fixed slopes, v the random slopes, m
    the random intercepts. f1 and f2, and the measures within and between groups, exist with one
    grouping factor and every level-1 predictor centred on its group means.

    Returns
    -------
    The rows, and a sentence on why there are no level-specific measures ('' if there are).
    """
    if not fit.design.rows.blocks:
        return [], ""
    at, why = partition(fit, purpose)
    total = at.f + at.v + at.m + at.residual
    sums = {"v": at.v, "m": at.m, "f": at.f, "fv": at.f + at.v, "fvm": at.f + at.v + at.m}
    if why:
        rows = [_row("total", source, sums[source], total) for source in ("f", "v", "m")]
        rows += [_row("total", source, sums[source], total) for source in ("fv", "fvm")]
        return rows, f"{MEASURE}: no measures within and between groups, because {why}."
    sums |= {"f1": at.f1, "f2": at.f2, "f1v": at.f1 + at.v}
    within, between = at.f1 + at.v + at.residual, at.f2 + at.m
    places = (
        ("total", total, ("f1", "f2", "v", "m", "f", "fv", "fvm")),
        ("within", within, ("f1", "v", "f1v")),
        ("between", between, ("f2", "m")),
    )
    return [
        _row(place, source, sums[source], size) for place, size, own in places for source in own
    ], ""


def partition(fit: Fit, purpose: str) -> tuple[Partition, str]:
    """Split the model-implied variance of a response into its sources.

    Returns
    -------
    The partition, and why f1 and f2 are not separable ('' if they are).
    """
    beta = np.nan_to_num(fit.estimates.beta)
    covariance = fixed_covariance(fit, purpose)
    fixed = max(float(beta @ covariance @ beta), 0.0)
    slopes, means = _random(fit, purpose)
    between, why = _between(fit, covariance, purpose)
    f2 = np.nan if between is None else _clean(float(beta @ between @ beta), fixed)
    residual = fit.estimates.sigma**2 * mean_inverse_weight(fit, purpose)
    f1 = np.nan if between is None else _clean(fixed - f2, fixed)
    return Partition(fixed, f1, f2, slopes, means, residual), why


def _random(fit: Fit, purpose: str) -> tuple[float, float]:
    """Compute v = tr(Sigma cov(z)), divisor n - 1 as for X, and m = mean(z)'Sigma mean(z)."""
    n, sigma = fit.design.n_obs, fit.estimates.sigma
    slopes = means = 0.0
    for k, (moments, factor) in enumerate(
        zip(mean_squares(fit, purpose), fit.estimates.Lambdas, strict=True)
    ):
        Sigma = sigma**2 * (factor @ factor.T)
        centre = random_means(fit, k, purpose)
        by_means = squared_memberships(fit, k, purpose) / n * np.outer(centre, centre)
        means += float(np.vdot(Sigma, by_means))
        slopes += float(np.vdot(Sigma, moments - by_means)) * n / max(n - 1, 1)
    return _clean(slopes, slopes + means), means


def _clean(part: float, whole: float) -> float:
    """Take for zero what is left of a zero by rounding."""
    return part if part > ROUNDING * whole else 0.0


def _between(fit: Fit, covariance: FloatArray, purpose: str) -> tuple[FloatArray | None, str]:
    """Covariance (p, p) of the group means of X over rows, if all columns lie on one level."""
    blocks = fit.design.rows.blocks
    if len(blocks) > 1:
        return None, "there are several grouping factors"
    if not is_single(blocks[0]):
        return None, "a row belongs to several groups"
    sums = group_sums(fit, 0, purpose)
    between = _of_means(sums.fixed, sums, fit.design.n_obs)
    is_constant = np.array(fit.design.fixed_names) == INTERCEPT
    between[is_constant] = between[:, is_constant] = 0.0  # rounding, times the mean squared
    mixed = [
        name
        for name, total, part, is_estimated in zip(
            fit.design.fixed_names, np.diagonal(covariance), np.diagonal(between),
            fit.estimates.is_estimated, strict=True,
        )
        if is_estimated and name != INTERCEPT and _is_mixed(part, max(total, part))
    ]  # fmt: skip
    mixed += [name for name in _slopes_not_centred(fit, sums, purpose) if name not in mixed]
    if mixed:
        grouping = blocks[0].grouping
        return None, f"'{mixed[0]}' varies within and between groups: centre it, cwc(., {grouping})"
    return between, ""


def _is_mixed(part: float, whole: float) -> bool:
    """Whether a column varies both between and within groups; a constant does neither."""
    return CENTRED * whole < part < (1 - CENTRED) * whole


def _slopes_not_centred(fit: Fit, sums: GroupSums, purpose: str) -> list[str]:
    """Name the random columns, but the intercept, whose group means are not all the same."""
    n, block = fit.design.n_obs, fit.design.rows.blocks[0]
    squares = np.diagonal(mean_squares(fit, purpose)[0])
    total = (squares - random_means(fit, 0, purpose) ** 2) * n / max(n - 1, 1)
    between = np.diagonal(_of_means(sums.random, sums, n))
    return [
        name
        for name, part, whole in zip(block.column_names, between, total, strict=True)
        if name != INTERCEPT and part > CENTRED * whole
    ]


def _of_means(by_group: FloatArray, sums: GroupSums, n: int) -> FloatArray:
    """Covariance over rows of the group means of columns, given their sums (J, p)."""
    total = by_group.sum(axis=0)
    scaled = by_group / np.sqrt(sums.sizes)[:, None]
    result: FloatArray = (scaled.T @ scaled - np.outer(total, total) / n) / max(n - 1, 1)
    return result


def _row(place: str, source: str, value: float, size: float) -> Explained:
    of = "variance" if place == "total" else f"variance {place} groups"
    meaning = f"Share of the {of} due to {SOURCES[source]}."
    return Explained(MEASURE, f"{place} {source}", share(value, size), meaning)
