"""A regression of its own for every group of a generalized model, on the scale of its link.

Room: measure/. What the data of a group alone say of its coefficients.
Takes: a `Fit` of a generalized model with its rows.
Gives: deviations of the groups' own estimates (J, r); coefficients with all groups pooled (p,).
Source: McCullagh & Nelder (1989), section 2.5 (Newton's method); Albert & Anderson (1984),
    Biometrika 71, 1-10, on estimates that are not finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon import engine
from echelon._types import CodeArray, FloatArray
from echelon.engine.generalized.linear_predictors import add_random, fixed_predictors
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.errors import NotEstimableError
from echelon.fit import Fit, design_with_rows

STEPS = 40  # of Newton's method; an infinite estimate moves by one or so in each
LONGEST = 4.0  # step of a linear predictor
CLOSE = 1e-6  # step of a linear predictor at which a group is done
FLAT = 1e-8  # smallest eigenvalue of a group's information, relative, that counts as full
WIDTH = 1e-2  # of the differences that stand for derivatives


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """Rows of groups: predictors eta (K, n) without their own columns z (r, n) in one channel."""

    observation: Observation
    rows: ResponseRows
    eta: FloatArray
    channel: int
    columns: FloatArray
    codes: CodeArray


def own_deviations(fit: Fit, position: int, purpose: str) -> FloatArray:
    """Maximise the likelihood of each group by its random effects, the rest held as estimated.

    Returns
    -------
    (J, r), link scale per unit; NaN where the estimate is not finite (all responses alike) or the
    rows do not tell the effects apart.

    Raises
    ------
    NotEstimableError : the random effects are in several linear predictors.
    """
    design = design_with_rows(fit, purpose)
    block, generalized = design.rows.blocks[position], fit.estimates.generalized
    assert generalized is not None
    channels = set(block.channels or (0,))
    if len(channels) > 1:
        raise _several_channels(block.grouping, purpose)
    eta = generalized.eta.copy()
    add_random(eta, block, -fit.estimates.modes[position])
    problem = _Problem(
        engine.observation_of(design, fit.spec),
        ResponseRows(design.y, design.trials, design.weights),
        eta,
        channels.pop(),
        np.stack(block.columns),
        block.memberships[0].codes,
    )
    return _maximise(problem, fit.estimates.modes[position])


def pooled_beta(fit: Fit) -> FloatArray:
    """Maximise the likelihood by the fixed effects, groups ignored, (p,); NaN if not finite.

    Dispersion and the other linear predictors are held as estimated.
    """
    design, generalized, known = fit.design, fit.estimates.generalized, fit.estimates.is_estimated
    assert generalized is not None
    start = np.nan_to_num(fit.estimates.beta)
    extra = np.nan_to_num(generalized.extra)
    rest = fixed_predictors(
        design.channels, np.concatenate([np.zeros_like(start), extra]), design.n_obs
    )
    problem = _Problem(
        engine.observation_of(design, fit.spec),
        ResponseRows(design.y, design.trials, design.weights),
        rest,
        0,
        np.stack([design.rows.fixed_columns[i] for i in np.flatnonzero(known)]),
        np.zeros(design.n_obs, dtype=np.int32),
    )
    beta = np.full(len(known), np.nan)
    beta[known] = _maximise(problem, start[known][None, :])[0]
    return beta


def _maximise(problem: _Problem, start: FloatArray) -> FloatArray:
    """Take Newton steps in all groups at once, in fewer and fewer of them."""
    b, found = start.copy(), np.full_like(start, np.nan)
    is_open = np.ones(len(start), dtype=np.bool_)
    for _ in range(STEPS):
        rows = np.flatnonzero(is_open[problem.codes])
        if not len(rows):
            break
        step, is_full = _step(problem, b, rows)
        moved = np.zeros(len(b))
        own = problem.codes[rows]
        change = np.abs(np.einsum("rn,nr->n", problem.columns[:, rows], step[own]))
        np.maximum.at(moved, own, change)
        b += step * np.minimum(1.0, LONGEST / np.maximum(moved, LONGEST))[:, None]
        is_done = is_open & is_full & (moved < CLOSE)
        found[is_done] = b[is_done]
        is_open &= is_full & ~is_done
    return found


def _step(
    problem: _Problem, b: FloatArray, rows: NDArray[np.intp]
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Solve for the step (J, r) of each group, and say which have information on all effects."""
    J, r = b.shape
    z, own = problem.columns[:, rows], problem.codes[rows]
    slope, curve = _derivatives(problem, rows, np.einsum("rn,nr->n", z, b[own]))
    gradient = np.stack([np.bincount(own, slope * z[a], J) for a in range(r)], axis=1)
    information = np.empty((J, r, r))
    for a in range(r):
        for c in range(a + 1):
            information[:, a, c] = np.bincount(own, curve * z[a] * z[c], J)
            information[:, c, a] = information[:, a, c]
    size = np.sqrt(np.maximum(np.diagonal(information, axis1=1, axis2=2), 0.0))
    is_full = np.isfinite(gradient).all(axis=1) & np.isfinite(size).all(axis=1)
    is_full &= (size > 0).all(axis=1)
    scaled = np.broadcast_to(np.eye(r), information.shape).copy()
    outer = size[is_full, :, None] * size[is_full, None, :]
    scaled[is_full] = information[is_full] / outer
    is_full &= np.linalg.eigvalsh(scaled)[:, 0] > FLAT
    step = np.zeros((J, r))
    if is_full.any():
        right = (gradient[is_full] / size[is_full])[..., None]
        step[is_full] = np.linalg.solve(scaled[is_full], right)[..., 0] / size[is_full]
    return step, is_full


def _derivatives(
    problem: _Problem, rows: NDArray[np.intp], added: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """First and minus second derivative of the log density by the linear predictor, (rows,)."""
    given = problem.rows
    part = ResponseRows(
        given.y[rows],
        None if given.trials is None else given.trials[rows],
        None if given.weights is None else given.weights[rows],
    )
    values = []
    for k in (-2, -1, 0, 1, 2):
        eta = problem.eta[:, rows].copy()
        eta[problem.channel] += added + k * WIDTH
        values.append(problem.observation.log_density(part, eta))
    a, b, c, d, e = values
    with np.errstate(invalid="ignore"):
        slope = (a - 8 * b + 8 * d - e) / (12 * WIDTH)
        curve = (a - 16 * b + 30 * c - 16 * d + e) / (12 * WIDTH**2)
    return slope, np.maximum(curve, 0.0)


def _several_channels(grouping: str, purpose: str) -> NotEstimableError:
    return NotEstimableError(
        f"The groups of '{grouping}' have random effects in several linear predictors.",
        where=purpose,
        got="one random effect for each contrast of categories, or for each part of the model",
        need="random effects in one linear predictor",
        do="draw caterpillar(): the conditional modes with their intervals.",
        slug="several-predictors",
    )
