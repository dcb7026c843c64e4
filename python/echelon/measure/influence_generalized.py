"""Estimates of a generalized model without each group: by refits, or one step by its score.

Room: measure/. Leaves out; compares nothing.
Takes: a `Fit` of a generalized model with its rows.
Gives: `Deleted` for every group, in order; `beta` holds all coefficients (p + m,).
Source: docs/theory.md (30); Efron (1982), The jackknife, chapter 6 (the infinitesimal jackknife).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from echelon.design.parts import Design, Membership
from echelon.engine.deletion import AT_ONCE, Deleted, taken
from echelon.engine.generalized.fitted import generalized_at
from echelon.engine.kernel import thread_count
from echelon.engine.theta import theta_map
from echelon.errors import EngineError, SpecError
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import (
    coefficient_covariance,
    coefficient_values,
    known_coefficients,
)
from echelon.infer.components.redrawn import estimated


def deletions_refitted(
    fit: Fit, memberships: Sequence[Membership], n_groups: int
) -> Iterator[Deleted]:
    """Leave out the rows of each group in turn, and estimate all parameters again.

    Yields
    ------
    Deleted, group after group; `sigma` is 1.

    Notes
    -----
    Each refit reads the rows that are left, with the standard errors.
    """

    def one(group: int) -> Deleted:
        is_out = _is_in(fit, memberships, group)
        return _without(fit, is_out)

    with ThreadPoolExecutor(thread_count(fit.spec.control.threads)) as pool:
        for start in range(0, n_groups, AT_ONCE):  # so that Ctrl-C is heard
            yield from pool.map(one, range(start, min(start + AT_ONCE, n_groups)))


def deletions_by_score(fit: Fit, grouping: str) -> tuple[Deleted, ...]:
    """Approximate the estimates without each group: psi + J / (J - 1) cov(psi) s_g / 2.

    s_g is the derivative of the group's part of -2 log likelihood by psi = (beta, extra, theta),
    which sum to zero over groups; cov(psi) is twice the inverse of the criterion's Hessian, which
    is taken to lose one part in J without a group. `vcov` is that of the whole fit.

    Raises
    ------
    SpecError : the model has other grouping factors than this, whose groups do not add up.
    """
    blocks = fit.design.rows.blocks
    if len(blocks) != 1 or blocks[0].grouping != grouping or len(blocks[0].memberships) > 1:
        raise _needs_refit(grouping)
    generalized = fit.estimates.generalized
    assert generalized is not None
    workspace, coefficients = generalized_at(fit)
    Lambda = fit.estimates.Lambdas[0]
    slopes = workspace.scores(coefficients, Lambda)
    n = len(coefficients)
    directions = theta_map(blocks).directions(fit.estimates.theta)
    by_theta = [slopes[:, n:] @ direction.ravel() for _, direction in directions]
    scores = np.column_stack([slopes[:, :n], *by_theta])
    covariance = np.nan_to_num(generalized.joint_cov)
    n_groups = blocks[0].n_groups
    moved = scores @ covariance / 2 * n_groups / max(n_groups - 1, 1)
    values, vcov = coefficient_values(fit), coefficient_covariance(fit)
    sizes = np.bincount(blocks[0].memberships[0].codes, minlength=n_groups).tolist()
    theta = fit.estimates.theta
    return tuple(
        Deleted(size, values + step[:n], vcov, theta + step[n:], 1.0, np.nan, False)
        for size, step in zip(sizes, moved, strict=True)
    )


def _is_in(fit: Fit, memberships: Sequence[Membership], group: int) -> NDArray[np.bool_]:
    """Say which rows (n,) a group has part in."""
    is_in = np.zeros(fit.design.n_obs, dtype=bool)
    for member in memberships:
        has_part = True if member.weights is None else member.weights != 0
        is_in |= (member.codes == group) & has_part
    return is_in


def _without(fit: Fit, is_out: NDArray[np.bool_]) -> Deleted:
    n_rows = int(is_out.sum())
    if n_rows == 0:
        estimates, values = fit.estimates, coefficient_values(fit)
        vcov = coefficient_covariance(fit)
        return Deleted(0, values, vcov, estimates.theta, 1.0, estimates.objective, False)
    design = taken(fit.design, np.flatnonzero(~is_out))
    if _has_one_group(design):
        return _failed(fit, n_rows)
    try:
        left = estimated(fit, design, needs_errors=True)
    except EngineError:  # what is left does not make a model: that is a finding, not a failure
        return _failed(fit, n_rows)
    values, vcov = coefficient_values(left), coefficient_covariance(left)
    theta, objective = left.estimates.theta, left.estimates.objective
    return Deleted(n_rows, values, vcov, theta, 1.0, objective, False)


def _has_one_group(design: Design) -> bool:
    """Whether a factor has fewer than two groups left: a fit refuses it, too."""
    return any(
        len(np.unique(np.concatenate([m.codes for m in block.memberships]))) < 2
        for block in design.rows.blocks
    )


def _failed(fit: Fit, n_rows: int) -> Deleted:
    n, k, nan = len(known_coefficients(fit)), len(fit.estimates.theta), np.nan
    return Deleted(n_rows, np.full(n, nan), np.full((n, n), nan), np.full(k, nan), nan, nan, True)


def _needs_refit(grouping: str) -> SpecError:
    return SpecError(
        f"Without a refit '{grouping}' cannot be left out of this generalized model.",
        where="influence(), arguments grouping and refit",
        got=f"'{grouping}', which is not the model's only grouping factor",
        need="a model with one grouping factor: there each group has a score of its own",
        do=f"write influence({grouping!r}, refit=True).",
        slug="influence-needs-refit",
    )
