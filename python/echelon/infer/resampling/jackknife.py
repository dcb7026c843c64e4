"""The statistics without each group of the highest level: the acceleration of BCa intervals.

Room: infer/. Leaves out and reads off.
Takes: a `Fit` with its rows, and optionally a statistic.
Gives: values (J, m) without each group.
Source: Efron (1987); the engine's deletions, theory (21).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.parts import Membership
from echelon.engine.deletion import Deleted, deletions, taken
from echelon.engine.estimate import estimate_products
from echelon.engine.kernel import accumulate
from echelon.engine.theta import ThetaMap, theta_map
from echelon.errors import EngineError
from echelon.fit import Fit, design_with_rows
from echelon.infer.components.redrawn import estimated
from echelon.infer.resampling.parameter_values import named_parameters, statistic_values


def jackknife(
    fit: Fit, statistic: Callable[[Fit], Any] | None, names: tuple[str, ...]
) -> FloatArray:
    """Evaluate parameters, or a statistic, without each group of the factor with fewest groups.

    Returns
    -------
    (J, m); NaN where the rest makes no model. Rows take the place of groups where the model has no
    random effects. Parameters come from the cross-products of what is left; a statistic, and a
    generalized model, are given the whole fit to the rest, which reads the rows once per group.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows.
    """
    design = design_with_rows(fit, "bca intervals")
    blocks = design.rows.blocks
    if blocks:
        block = min(blocks, key=lambda b: b.n_groups)
        memberships, n_groups = block.memberships, block.n_groups
    else:
        n_groups = design.n_obs
        memberships = (Membership(np.arange(n_groups, dtype=np.int32)),)
    if fit.spec.is_generalized:
        return _of_generalized(fit, statistic, names, (memberships, n_groups))
    mapping = theta_map(blocks)
    values = np.full((n_groups, len(names)), np.nan)
    for group, left in enumerate(deletions(fit, memberships, n_groups)):
        if left.is_failed:
            continue
        theta = mapping.canonical(left.theta)
        if statistic is None:
            values[group] = _parameters(fit, mapping, left, theta)[: len(names)]
        else:
            without = _fit_without(fit, memberships, group, theta)
            values[group] = statistic_values(without, statistic, names)[1]
    return values


def _parameters(fit: Fit, mapping: ThetaMap, left: Deleted, theta: FloatArray) -> FloatArray:
    """Read the parameters off, without the rows that are left."""
    estimates = replace(
        fit.estimates, beta=left.beta, theta=theta, sigma=left.sigma, Lambdas=mapping.Lambdas(theta)
    )
    return named_parameters(replace(fit, estimates=estimates))[1]


def _of_generalized(
    fit: Fit,
    statistic: Callable[[Fit], Any] | None,
    names: tuple[str, ...],
    groups: tuple[Sequence[Membership], int],
) -> FloatArray:
    """Estimate a generalized model without each group, warm; parameters need no errors."""
    memberships, n_groups = groups
    values = np.full((n_groups, len(names)), np.nan)
    for group in range(n_groups):
        design = taken(fit.design, np.flatnonzero(~_is_in(fit, memberships, group)))
        try:
            without = estimated(fit, design, needs_errors=statistic is not None)
        except EngineError:
            continue
        if statistic is None:
            values[group] = named_parameters(without)[1][: len(names)]
        else:
            values[group] = statistic_values(without, statistic, names)[1]
    return values


def _is_in(fit: Fit, memberships: Sequence[Membership], group: int) -> NDArray[np.bool_]:
    """Say which rows (n,) a group has part in."""
    is_in = np.zeros(fit.design.n_obs, dtype=bool)
    for member in memberships:
        has_part = True if member.weights is None else member.weights != 0
        is_in |= (member.codes == group) & has_part
    return is_in


def _fit_without(fit: Fit, memberships: Sequence[Membership], group: int, theta: FloatArray) -> Fit:
    """Make the whole fit to the rest: a statistic may ask it anything."""
    design = taken(fit.design, np.flatnonzero(~_is_in(fit, memberships, group)))
    products = accumulate(design, threads=fit.spec.control.threads)
    spec = replace(fit.spec, start=theta)
    estimates = estimate_products(products, design, spec)
    return replace(fit, design=design, products=products, estimates=estimates, frame=None)
