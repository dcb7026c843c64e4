"""Separation: a combination of predictors tells the outcomes apart, and estimates are infinite.

Room: engine/generalized/. Suspects from the estimates, confirms by linear programming.
Takes: a `Design` with channels, a `ModelSpec` and `Estimates`.
Gives: `Separation`, or None.
Source: Albert & Anderson (1984); Konis (2007), Computational algorithms for detecting separation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._optional import require
from echelon._types import FloatArray
from echelon.design.parts import Channel, Design
from echelon.engine.estimates import Estimates
from echelon.engine.generalized.separation_cone import Cone, cone_of, separable_channels
from echelon.spec import ModelSpec

FAR = 3.0  # linear predictor over half a column's range, from where infinity is suspected
UNKNOWN = 25.0  # standard error of the same
MOST_CELLS = 50_000_000  # of the inequalities; larger models are not asked
MOST_ROWS = 1_000  # of the first linear program
JOINING = 200  # rows that join in a round
MOST_NAMED = 20  # columns that are tried one by one; more are all named
MOST_ROUNDS = 40
MOST_STEPS = 100_000
ENOUGH = 1e-4  # that a row is pushed by, along a direction whose entries are at most 1
PULL = 1e-6  # of all rows at once, beside what the rows of the program count
FEASIBLE = 2e-7  # the solver's own tolerance, doubled
MOVED = 1e-6  # of a direction whose largest entry is 1: above the solver's tolerance


@dataclass(frozen=True, slots=True)
class Separation:
    """What separates the outcomes.

    `names` are the coefficients without a finite estimate, `share` the rows that are told apart;
    `channel` names the linear predictor.
    """

    names: tuple[str, ...]
    share: float
    channel: str


def separation(design: Design, spec: ModelSpec, estimates: Estimates) -> Separation | None:
    """Find a combination of the fixed effects that separates the outcomes.

    Only coefficients that look infinite start the linear program: far out, with a standard error
    that says nothing, or with none; or a search that did not converge. Any other fit costs a few
    comparisons.

    Parameters
    ----------
    design : n rows with channels.
    spec : family and link.
    estimates : of a generalized model.

    Returns
    -------
    `Separation`, or None if there is none or the program would be too large to ask.

    Notes
    -----
    Over directions d in which no row's probability falls, |d| <= 1, push as many rows apart as
    possible. The program begins with some of the rows; those that a direction violates join.
    """
    assert estimates.generalized is not None
    values = np.concatenate([estimates.beta, estimates.generalized.extra])
    std_errors = _std_errors(estimates, len(values))
    is_doubtful = ~(std_errors > 0) | (np.abs(values) < std_errors)
    is_doubtful &= np.isfinite(values)
    is_lost = not estimates.verdict.is_converged
    if not is_lost and not is_doubtful.any():
        return None
    for channels in separable_channels(design, spec):
        n_cells = len(channels) ** 2 * design.n_obs * len(values)
        is_suspect = is_lost or _is_suspect(channels, values, std_errors, is_doubtful)
        if is_suspect and n_cells <= MOST_CELLS:
            kept = set(np.flatnonzero(np.isfinite(values)).tolist())
            if not any(c.coefficient in kept for channel in channels for c in channel.columns):
                continue
            cone = cone_of(design, spec, channels, kept)
            found = _confirmed(design, cone, channels)
            if found is not None:
                return found
    return None


def _std_errors(estimates: Estimates, size: int) -> FloatArray:
    """Read the standard errors (p + m,); NaN where the information has no inverse."""
    assert estimates.generalized is not None
    variances = np.diag(estimates.generalized.joint_cov)[:size]
    with np.errstate(invalid="ignore"):
        return np.sqrt(variances)


def _is_suspect(
    channels: Sequence[Channel],
    values: FloatArray,
    std_errors: FloatArray,
    is_doubtful: NDArray[np.bool_],
) -> bool:
    """Whether a doubtful coefficient moves its linear predictor far over its column's range."""
    for channel in channels:
        for column in channel.columns:
            i = column.coefficient
            if is_doubtful[i]:
                reach = 0.5 * float(np.ptp(column.values))
                if abs(values[i]) * reach > 0.5 * FAR and not std_errors[i] * reach < UNKNOWN:
                    return True
                if abs(values[i]) * reach > 10.0 * FAR:
                    return True
    return False


def _confirmed(design: Design, cone: Cone, channels: Sequence[Channel]) -> Separation | None:
    """Search the cone; name the columns without which fewer rows are told apart."""
    search = _Search(cone)
    direction = search.direction(None)
    n_apart = search.n_apart(direction)
    if n_apart == 0:
        return None
    moved = np.flatnonzero(np.abs(direction) > MOVED)
    candidates = [i for i in moved.tolist() if not cone.is_constant[i]] or moved.tolist()
    needed = candidates
    if 1 < len(candidates) <= MOST_NAMED:
        without = [search.n_apart(search.direction(i)) for i in candidates]
        needed = [i for i, n in zip(candidates, without, strict=True) if n < n_apart] or candidates
    names = (*design.fixed_names, *design.extra_names)
    places = [int(cone.coefficients[i]) for i in needed]
    return Separation(
        tuple(names[i] for i in places),
        n_apart / (len(cone.rising) + cone.n_still),
        channels[0].name if len(channels) == 1 else "",
    )


class _Search:
    """Linear programs over some rows of a cone; rows that a direction violates join them."""

    def __init__(self, cone: Cone) -> None:
        self._cone = cone
        sums = cone.rising.sum(axis=0)
        self._pull = PULL * sums / max(float(np.abs(sums).max(initial=0.0)), 1e-300)
        stride = max(len(cone.rising) // MOST_ROWS, 1)
        self._used = np.zeros(len(cone.rising), dtype=bool)
        self._used[::stride] = True

    def direction(self, left_out: int | None) -> FloatArray:
        """Direction (c,), |d| <= 1, that pushes as many rows apart as possible; zeros if none."""
        bound = np.ones(len(self._cone.coefficients))
        if left_out is not None:
            bound[left_out] = 0.0
        for _ in range(MOST_ROUNDS):
            found = self._solve(bound)
            slack = self._cone.rising @ found
            worst = np.argsort(slack)[:JOINING]
            worst = worst[(slack[worst] < -FEASIBLE) & ~self._used[worst]]
            if not len(worst):
                return found
            self._used[worst] = True
        return np.zeros(len(bound))

    def n_apart(self, direction: FloatArray) -> int:
        """Count the rows that a direction pushes to their end."""
        return int((self._cone.rising @ direction > MOVED).sum())

    def _solve(self, bound: FloatArray) -> FloatArray:
        """Maximise over d and t: the pull of all rows, and t <= d'x, t <= ENOUGH of those used."""
        optimize, sparse = require("scipy.optimize"), require("scipy.sparse")
        rows = self._cone.rising[self._used]
        (m, size), n_still = rows.shape, len(self._cone.still)
        still = sparse.hstack([self._cone.still, sparse.csr_array((n_still, m))], format="csr")
        answer = optimize.linprog(
            -np.append(self._pull, np.ones(m)),
            A_ub=sparse.hstack([-rows, sparse.eye_array(m)], format="csr"),
            b_ub=np.zeros(m),
            A_eq=still if n_still else None,
            b_eq=np.zeros(n_still) if n_still else None,
            bounds=np.column_stack(
                [np.append(-bound, np.zeros(m)), np.append(bound, np.full(m, ENOUGH))]
            ),
            method="highs",
            options={"maxiter": MOST_STEPS},
        )
        return np.zeros(size) if answer.x is None else np.asarray(answer.x[:size])
