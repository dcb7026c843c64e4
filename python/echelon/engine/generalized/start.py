"""Where the search for a generalized model's coefficients begins, and which can be estimated.

Room: engine/generalized/. From moments of the response; the core refines them.
Takes: a `Design` with channels and its observation model.
Gives: first coefficients, and the places of the estimable ones.
Source: docs/theory.md (25).
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Channel, Column, Design
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from echelon.engine.observation.model import Observation, ResponseRows


def first_coefficients(design: Design, observation: Observation) -> FloatArray:
    """Give the coefficients (p + m,) of constant linear predictors that match the response.

    Only coefficients of columns of ones are set, by least squares over the channels they enter;
    the mean of a channel's offset is taken off.
    """
    values = observation.start(ResponseRows(design.y, design.trials, design.weights))
    first = np.zeros(len(design.fixed_names) + len(design.extra_names))
    targets = np.array(values, dtype=float)
    constants: list[list[Column]] = []
    for k, channel in enumerate(design.channels):
        if channel.offset is not None:
            targets[k] -= float(np.mean(channel.offset))
        constants.append([column for column in channel.columns if is_ones(column.values)])
    every = [column for own in constants for column in own]
    if all(len(own) <= 1 for own in constants) and all(c.factor == 1 for c in every):
        for target, own in zip(targets.tolist(), constants, strict=True):
            for column in own:
                first[column.coefficient] = target
        return first
    loadings = np.zeros((len(constants), len(first)))
    for k, own in enumerate(constants):
        for column in own:
            loadings[k, column.coefficient] += column.factor
    used = np.flatnonzero(loadings.any(axis=0))
    first[used] = np.linalg.lstsq(loadings[:, used], targets, rcond=None)[0]
    return first


def is_ones(column: FloatArray) -> bool:
    """Whether a column is constant one."""
    return bool(len(column) and column[0] == 1.0 and (column == 1.0).all())


def estimable(design: Design, workspace: GeneralizedWorkspace) -> tuple[int, ...]:
    """Give the places of coefficients whose columns are not explained by earlier ones.

    A coefficient counts where it is estimable in one of its channels. The location of ordered
    categories has no intercept of its own, but its thresholds are one.
    """
    kept: set[int] = set()
    ones = _ones(design)
    for channel in design.channels:
        # A threshold's columns come with several factors: one array may serve two coefficients.
        arrays = {id(column.values): column.values for column in channel.columns}
        if not arrays:
            continue
        anchor = [ones] if _is_anchored(channel) and ones is not None else []
        columns = [*anchor, *(a for a in arrays.values() if not anchor or a is not ones)]
        if len(columns) == 1 and columns[0] is ones:
            kept |= {part.coefficient for part in channel.columns}
            continue
        found = {id(columns[place]) for place in workspace.estimable(columns, ones)}
        found -= {id(column) for column in anchor}
        kept |= {part.coefficient for part in channel.columns if id(part.values) in found}
    return tuple(sorted(kept))


def _is_anchored(channel: Channel) -> bool:
    return channel.name in ("location", "scale")


def _ones(design: Design) -> FloatArray | None:
    columns = (column.values for channel in design.channels for column in channel.columns)
    return next((column for column in columns if is_ones(column)), None)
