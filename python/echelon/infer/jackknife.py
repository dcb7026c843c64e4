"""The statistics without each group of the highest level: the acceleration of BCa intervals.

Room: infer/. Leaves out and reads off.
Takes: a `Fit` with its rows, and optionally a statistic.
Gives: values (J, m) without each group.
Source: Efron (1987); the engine's deletions, theory (21).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Membership
from echelon.engine.deletion import deletions
from echelon.engine.theta import theta_map
from echelon.fit import Fit, design_with_rows
from echelon.infer.parameter_values import named_parameters, statistic_values


def jackknife(
    fit: Fit, statistic: Callable[[Fit], Any] | None, names: tuple[str, ...]
) -> FloatArray:
    """Evaluate parameters, or a statistic, without each group of the factor with fewest groups.

    Returns
    -------
    (J, m); NaN where the rest makes no model. Rows take the place of groups where the model has no
    random effects.

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
    mapping = theta_map(blocks)
    values = np.full((n_groups, len(names)), np.nan)
    for i, left in enumerate(deletions(fit, memberships, n_groups)):
        if left.is_failed:
            continue
        theta = mapping.canonical(left.theta)
        estimates = replace(
            fit.estimates, beta=left.beta, vcov=left.vcov, theta=theta, sigma=left.sigma,
            Lambdas=mapping.Lambdas(theta), objective=left.objective,
            log_likelihood=-0.5 * left.objective,
        )  # fmt: skip
        without = replace(fit, estimates=estimates)
        if statistic is None:
            values[i] = named_parameters(without)[1][: len(names)]
        else:
            values[i] = statistic_values(without, statistic, names)[1]
    return values
