"""Second moments: how the information on beta, and on the variances, moves with the variances.

Room: engine/. Sums over groups; n x n matrices are in the equations only.
Takes: a fitted model; its cross-products, never its rows.
Gives: `Moments`: X'V^-1X, P_i, Q_ij and K_ij, all that Kenward & Roger need.
Source: docs/theory.md (15); Kenward & Roger (1997), Biometrics 53, 983-997, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.engine.directions import directions
from echelon.engine.moments_crossed import crossed_moments, leaf_of
from echelon.engine.moments_nested import chain_of, nested_moments
from echelon.engine.sums import Sums, sums_of
from echelon.engine.workspace import Fitted
from echelon.errors import EngineError

LARGEST = 4_000  # random effects besides the largest factor: a dense matrix of that order


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments by phi = (elements of the Sigma_k..., sigma^2), m parameters; V in response units.

    `information` X'V^-1X (p, p); `P` (m, p, p), P_i = X'V^-1 V_i V^-1 X; `Q` (m, p, m, p),
    Q_ij = X'V^-1 V_i V^-1 V_j V^-1 X; `K` (m, m), tr(V^-1 V_i V^-1 V_j); V_i = dV / dphi_i.
    X are the estimated columns, centred: their coefficients are those of the model times
    `basis` (n_fixed, p), beta = basis beta_centred. `slopes[i]` is (block, dSigma (r, r)) in the
    model's own columns, for every parameter but the last, sigma^2.
    """

    information: FloatArray
    P: FloatArray
    Q: FloatArray
    K: FloatArray
    basis: FloatArray
    slopes: tuple[tuple[int, FloatArray], ...]

    @property
    def n_parameters(self) -> int:
        """Number of variance parameters (m), sigma^2 included."""
        return len(self.K)


def moments(fit: Fitted) -> Moments:
    """Compute the second moments of a fitted Gaussian model at its estimates.

    Exact at a boundary, where a variance is zero or a correlation one: only Sigma is used.

    Parameters
    ----------
    fit : a fitted model, by ML or REML.

    Returns
    -------
    `Moments`.

    Raises
    ------
    EngineError : grouping factors cross, and those besides the largest have more than 4,000
        random effects.

    Notes
    -----
    Nested factors: linear in the number of groups, in memory that does not grow with them. Crossed
    factors and multiple memberships: the largest factor likewise, a dense matrix for the others.

    Source
    ------
    Kenward & Roger (1997); checked against pbkrtest 0.5.2 and the n x n matrices.
    """
    along = directions(fit)
    state = along.products.to_state()
    keep = np.flatnonzero(fit.estimates.is_estimated)
    sums = sums_of(state, keep, fit.estimates.sigma**2)
    order = chain_of(sums)
    if order is None:
        _check_size(fit, sums)
        found = crossed_moments(sums, along)
    else:
        found = nested_moments(sums, along, order)
    return Moments(
        *found,
        basis=_basis(state, keep),
        slopes=tuple(
            (block, slope) for (block, _), slope in zip(along.changes, along.slopes, strict=True)
        ),
    )


def _basis(state: dict[str, Any], keep: IndexArray) -> FloatArray:
    """Coefficients of raw columns from those of centred ones, (n_fixed, p)."""
    basis = np.eye(state["p"])
    if state["intercept"] is not None:
        basis[state["intercept"]] -= np.asarray(state["centre"])[:-1]
    kept: FloatArray = basis[:, keep]
    return kept


def _check_size(fit: Fitted, sums: Sums) -> None:
    leaf = leaf_of(sums)
    inner = 0 if leaf is None else sums.zz[leaf].shape[0] * sums.zz[leaf].shape[1]
    if sums.n_random - inner <= LARGEST:
        return
    names = [f"'{block.grouping}'" for block in fit.design.rows.blocks]
    besides = "" if leaf is None else f" besides those of {names[leaf]}"
    raise EngineError(
        "The grouping factors cross, and have too many groups for second moments of V.",
        where=f"Kenward-Roger or expected information; grouping factors {', '.join(names)}",
        got=f"{sums.n_random - inner:,} random effects{besides}",
        need=f"at most {LARGEST:,} besides the largest factor; nested factors have no limit",
        do="use df_method='satterthwaite', which scales; the two agree with so many groups.",
        slug="too-many-crossed-groups",
    )
