"""The null model of a generalized model: intercepts alone in the place of its predictors.

Room: measure/. Takes columns away, and estimates by the engine.
Takes: a `Fit` of a generalized model with its rows.
Gives: a `Fit` with a random intercept for each grouping factor.
Source: Nakagawa, Johnson & Schielzeth (2017), section 3; docs/theory.md (30).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echelon import engine
from echelon._types import FloatArray
from echelon.design.covariance import structure
from echelon.design.parts import BlockTerm, Channel, Column, Design, RandomBlock
from echelon.engine.kernel import INTERCEPT
from echelon.families import family_of
from echelon.fit import Fit, design_with_rows


def generalized_null(fit: Fit, purpose: str) -> Fit:
    """Fit the intercept in the place of the fixed effects of the mean, random intercepts only.

    Offsets stay, and so do thresholds, dispersion and the part for zeros, with their predictors.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows.
    """
    design = design_with_rows(fit, purpose)
    if _is_null(fit, design):
        return fit
    null = null_design(fit, design)
    spec = replace(fit.spec, start=None)
    estimates = engine.estimate_family(null, spec)
    return replace(fit, spec=spec, design=null, estimates=estimates)


def null_design(fit: Fit, design: Design) -> Design:
    """Reduce a design: an intercept per linear predictor of the mean, and the others as they are.

    Ordered categories have their thresholds for an intercept.
    """
    ones = _ones(design)
    response = family_of(fit.spec.family).response
    n_main = len(design.channels) if response == "nominal" else 1
    labels = tuple(_intercept_name(channel, response) for channel in design.channels[:n_main])
    names = () if response == "ordered" else labels
    p = len(design.fixed_names)
    main = [
        replace(channel, columns=(Column(i, ones),) if names else ())
        for i, channel in enumerate(design.channels[:n_main])
    ]
    others = [_moved(channel, len(names) - p) for channel in design.channels[n_main:]]
    blocks = tuple(_intercepts(block, ones, labels) for block in design.rows.blocks)
    rows = replace(design.rows, fixed_columns=(ones,) * len(names), blocks=blocks)
    return replace(design, rows=rows, fixed_names=names, channels=(*main, *others))


def _is_null(fit: Fit, design: Design) -> bool:
    plain = all(
        name == INTERCEPT or name.endswith(f".{INTERCEPT}")
        for name in (*design.fixed_names, *(c for b in design.rows.blocks for c in b.column_names))
    )
    has_one = family_of(fit.spec.family).response == "ordered" or bool(design.fixed_names)
    return plain and has_one


def _ones(design: Design) -> FloatArray:
    """Find the array of ones of a design, or make one."""
    for channel in design.channels:
        for column in channel.columns:
            if (column.values == 1.0).all():
                return column.values
    return np.ones(design.n_obs)


def _intercept_name(channel: Channel, response: str) -> str:
    return f"{channel.name}.{INTERCEPT}" if response == "nominal" else INTERCEPT


def _moved(channel: Channel, shift: int) -> Channel:
    """Renumber the coefficients of a linear predictor that stays."""
    columns = tuple(replace(own, coefficient=own.coefficient + shift) for own in channel.columns)
    return replace(channel, columns=columns)


def _intercepts(block: RandomBlock, ones: FloatArray, labels: tuple[str, ...]) -> RandomBlock:
    """Give a block an intercept in each linear predictor of the mean; those of zeros stay."""
    channels = block.channels or (0,) * block.n_columns
    entered = sorted({channel for channel in channels if channel < len(labels)})
    zeros = [i for i, channel in enumerate(channels) if channel >= len(labels)]
    terms = [_term(block, 0, len(entered))] if entered else []
    if zeros:
        terms.append(_term(block, len(entered), len(entered) + len(zeros)))
    return replace(
        block,
        columns=(*[ones] * len(entered), *[block.columns[i] for i in zeros]),
        column_names=(*[labels[i] for i in entered], *[block.column_names[i] for i in zeros]),
        terms=tuple(terms),
        channels=(*entered, *[channels[i] for i in zeros]),
    )


def _term(block: RandomBlock, start: int, stop: int) -> BlockTerm:
    return BlockTerm(start, stop, structure("us", stop - start), f"(1 | {block.grouping})")
