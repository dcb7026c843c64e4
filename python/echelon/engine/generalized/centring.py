"""Columns far from zero: coordinates in which a generalized model is easy to minimise.

Room: engine/generalized/. Estimates do not depend on them.
Takes: a `Design` with channels; estimates in the coordinates of a centred one.
Gives: `shifts` (fixed columns, for the core), `centred` and `uncentred` (random slopes).
Source: docs/theory.md (11) and (25).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Channel, Design, RandomBlock
from echelon.engine.coordinates import FAR, recentring
from echelon.engine.estimates import Estimates
from echelon.engine.theta import theta_map

Shift = tuple[int, list[tuple[int, float]]]
Maps = list[list[float] | None]
STEP = 1e-6  # of the differences that carry the covariance of theta to another basis


def shifts(design: Design) -> list[Shift]:
    """Say which coefficients' columns are to be centred, and which constants take that up.

    Returns
    -------
    (coefficient, [(constant, factor)]): with the column less its mean, the constant is larger by
    factor times the coefficient.
    """
    found: list[Shift] = []
    thresholds = [c for c in design.channels if c.name.startswith("threshold ")]
    for channel in design.channels:
        if channel.name == "location":
            targets, sign = _common_constants(thresholds), -1.0
        else:
            targets, sign = _common_constants([channel]), 1.0
        if not targets:
            continue
        for column in channel.columns:
            if column.factor == 1.0 and column.coefficient not in targets:
                n = len(column.values)
                mean = float(np.add.reduce(column.values)) / n
                variance = _product(column.values, column.values) / n - mean * mean
                if mean * mean > FAR * variance > 0.0:
                    found.append((column.coefficient, [(i, sign * mean) for i in targets]))
    return found


def _common_constants(channels: list[Channel]) -> list[int]:
    """Give the coefficients of columns of ones that, together, move all channels by one."""
    targets: list[int] = []
    for channel in channels:
        ones = [
            part.coefficient
            for part in channel.columns
            if part.factor == 1.0 and part.values[0] == 1.0 and (part.values == 1.0).all()
        ]
        if len(ones) != 1:
            return []
        targets += [i for i in ones if i not in targets]
    return targets


def centred(design: Design) -> tuple[Design, Maps | None]:
    """Centre random slopes far from zero, where the structure allows it: (design, maps)."""
    grams = [_gram(block) if block.n_columns > 1 else [0.0] for block in design.rows.blocks]
    maps = recentring(design.rows.blocks, grams)
    if maps is None:
        return design, None
    blocks = tuple(
        [
            block if flat is None else _rebased(block, flat)
            for block, flat in zip(design.rows.blocks, maps, strict=True)
        ]
    )
    return replace(design, rows=replace(design.rows, blocks=blocks)), maps


def _gram(block: RandomBlock) -> list[float]:
    return [_product(a, b) for a in block.columns for b in block.columns]


def _product(a: FloatArray, b: FloatArray) -> float:
    """Inner product without BLAS, whose idle threads would compete with those of the core."""
    return float(np.einsum("i,i->", a, b))


def _rebased(block: RandomBlock, flat: list[float]) -> RandomBlock:
    r = block.n_columns
    M = np.reshape(flat, (r, r))
    columns = [
        column
        if np.array_equal(M[:, j], np.eye(r)[j])
        else np.sum([M[i, j] * block.columns[i] for i in np.flatnonzero(M[:, j])], axis=0)
        for j, column in enumerate(block.columns)
    ]
    return replace(block, columns=tuple(columns))


def uncentred(estimates: Estimates, design: Design, maps: Maps | None) -> Estimates:
    """Return estimates of a centred design in the coordinates of `design`."""
    generalized = estimates.generalized
    if maps is None or generalized is None:
        return estimates
    mapping = theta_map(design.rows.blocks)

    def back(theta: FloatArray) -> FloatArray:
        return mapping.canonical(mapping.rebased(theta, maps, back=True))

    theta = back(estimates.theta)
    Lambdas = mapping.Lambdas(theta)
    modes = tuple(
        [
            b if flat is None else b @ np.reshape(flat, (b.shape[1], b.shape[1])).T
            for b, flat in zip(estimates.modes, maps, strict=True)
        ]
    )
    k = len(theta)
    slopes = np.eye(len(generalized.joint_cov))
    for i in range(k):
        step = STEP * max(abs(float(estimates.theta[i])), STEP)
        move = np.zeros(k)
        move[i] = step
        up, down = back(estimates.theta + move), back(estimates.theta - move)
        slopes[-k:, len(slopes) - k + i] = (up - down) / (2.0 * step)
    known = ~np.isnan(np.diag(generalized.joint_cov))
    joint = np.full_like(generalized.joint_cov, np.nan)
    if known[-k:].all():
        inside = np.ix_(known, known)
        joint[inside] = slopes[inside] @ generalized.joint_cov[inside] @ slopes[inside].T
    else:  # on a boundary theta has no covariance, in any basis
        fixed = np.flatnonzero(known[:-k])
        joint[np.ix_(fixed, fixed)] = generalized.joint_cov[np.ix_(fixed, fixed)]
    generalized = replace(generalized, joint_cov=joint)
    return replace(estimates, theta=theta, Lambdas=Lambdas, modes=modes, generalized=generalized)
