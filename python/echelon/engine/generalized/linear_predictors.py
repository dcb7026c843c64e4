"""Linear predictors of rows: fixed parts of every channel plus random effects.

Room: engine/generalized/. Adds up columns; knows no family.
Takes: a `Design` (or channels and blocks), coefficients and random effects.
Gives: eta (K, n).
Source: docs/theory.md (24).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Channel, Design, RandomBlock


def linear_predictors(
    design: Design, coefficients: FloatArray, modes: Sequence[FloatArray]
) -> FloatArray:
    """Evaluate the linear predictors of a design's rows.

    Parameters
    ----------
    design : n rows with K channels.
    coefficients : (p + m,), without NaN.
    modes : random effects (J, r), one array per block; none for the fixed parts alone.

    Returns
    -------
    (K, n), link scale.
    """
    eta = fixed_predictors(design.channels, coefficients, design.n_obs)
    for block, b in zip(design.rows.blocks, modes, strict=False):
        add_random(eta, block, b)
    return eta


def fixed_predictors(
    channels: Sequence[Channel], coefficients: FloatArray, n_obs: int
) -> FloatArray:
    """Evaluate the fixed parts, (K, n)."""
    eta = np.zeros((len(channels), n_obs))
    for target, channel in zip(eta, channels, strict=True):
        if channel.offset is not None:
            target += channel.offset
        for column in channel.columns:
            target += column.factor * coefficients[column.coefficient] * column.values
    return eta


def add_random(eta: FloatArray, block: RandomBlock, b: FloatArray) -> None:
    """Add a block's random effects b (J, r) to eta (K, n); groups that are new (-1) add nothing."""
    channels = block.channels or (0,) * block.n_columns
    padded = np.vstack([b, np.zeros((1, b.shape[1]))])
    for member in block.memberships:
        for a, (channel, column) in enumerate(zip(channels, block.columns, strict=True)):
            part = padded[member.codes, a] * column
            eta[channel] += part if member.weights is None else part * member.weights
