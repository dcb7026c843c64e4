"""Directions of the coefficients in which no row's probability falls: what separation is made of.

Room: engine/generalized/. Builds inequalities; solves nothing.
Takes: a `Design` with channels and a `ModelSpec`.
Gives: `Cone`, one per set of linear predictors that can separate the outcomes.
Source: docs/theory.md (24); Albert & Anderson (1984); Konis (2007), chapter 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.parts import Channel, Design
from echelon.families import family_of
from echelon.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Cone:
    """Directions d (c,) with rising d >= 0 and still d = 0, in units of each column's half range.

    `coefficients` (c,) are their places among all; `is_constant` (c,) marks columns that do not
    vary (intercepts, thresholds); `half_ranges` (c,), response of the column per unit of d.
    `still` has the null space of `n_still` rows.
    """

    coefficients: NDArray[np.int64]
    is_constant: NDArray[np.bool_]
    half_ranges: FloatArray
    rising: FloatArray
    still: FloatArray
    n_still: int


@dataclass(frozen=True, slots=True)
class _Forms:
    """Linear predictors (K, n, c) of standardized columns, with what was standardized."""

    values: FloatArray
    coefficients: NDArray[np.int64]
    is_constant: NDArray[np.bool_]
    half_ranges: FloatArray

    def cone(self, rising: FloatArray, still: FloatArray | None = None) -> Cone:
        """Make a cone of rows (m, c); rows that do not depend on d are left out."""
        size = len(self.coefficients)
        fixed, n_still = np.empty((0, size)), 0 if still is None else len(still)
        if still is not None and n_still:
            # A square root of still'still has the same null space.
            fixed = np.linalg.qr(still, mode="r") / np.sqrt(n_still)
        moving = rising[(rising != 0).any(axis=1)]
        return Cone(self.coefficients, self.is_constant, self.half_ranges, moving, fixed, n_still)


def separable_channels(design: Design, spec: ModelSpec) -> list[list[Channel]]:
    """List the sets of linear predictors whose estimates can be infinite.

    Parameters
    ----------
    design : with channels.
    spec : family, link.

    Returns
    -------
    One list of channels per cone.
    """
    response = family_of(spec.family).response
    found: list[list[Channel]] = []
    if response in ("ordered", "nominal"):
        found.append([channel for channel in design.channels if channel.name != "scale"])
    elif response == "binary" or (
        response in ("count", "nonnegative") and spec.link == "log" and (design.y == 0).any()
    ):
        found.append([design.channels[0]])
    found += [[channel] for channel in design.channels if channel.name in ("zero", "hurdle")]
    return found


def cone_of(design: Design, spec: ModelSpec, channels: Sequence[Channel], kept: set[int]) -> Cone:
    """Build the inequalities of one set of channels.

    Parameters
    ----------
    design : n rows.
    spec : its family says which outcomes a linear predictor pushes apart.
    channels : one entry of `separable_channels`.
    kept : places of the coefficients that are estimated.
    """
    used = slice(None) if design.weights is None else design.weights > 0
    y = design.y[used]
    forms = _forms(channels, kept, used, len(y))
    name = channels[0].name
    if name in ("zero", "hurdle"):
        return forms.cone(np.where((y == 0)[:, None], forms.values[0], -forms.values[0]))
    match family_of(spec.family).response:
        case "ordered":
            return forms.cone(_ordered(forms, channels, y, spec.family))
        case "nominal":
            return forms.cone(_nominal(forms, channels, y, design.categories))
        case "binary":
            trials = np.ones_like(y) if design.trials is None else design.trials[used]
            return _two_ends(forms, y == 0, y == trials)
    if spec.hurdle is not None:
        positive = y > 0
        return _two_ends(_rows(forms, positive), y[positive] == 1, np.zeros(positive.sum(), bool))
    return _two_ends(forms, y == 0, np.zeros(len(y), dtype=bool))


def _forms(
    channels: Sequence[Channel], kept: set[int], used: slice | NDArray[np.bool_], n: int
) -> _Forms:
    """Collect the channels' columns (n,), each centred and scaled to reach from -1 to 1.

    Centring takes nothing away: every such channel has an intercept or thresholds, or, where it
    has none, is left uncentred.
    """
    columns = [c for channel in channels for c in channel.columns if c.coefficient in kept]
    places = sorted({c.coefficient for c in columns})
    at = {coefficient: i for i, coefficient in enumerate(places)}
    values = np.zeros((len(channels), n, len(places)))
    is_constant, half_ranges = np.ones(len(places), dtype=bool), np.ones(len(places))
    for k, channel in enumerate(channels):
        mine = [c for c in channel.columns if c.coefficient in kept]
        has_level = channel.name == "location" or any(
            np.ptp(c.values[used]) == 0 and c.values[used][0] != 0 for c in mine
        )
        for column in mine:
            entries, i = column.values[used], at[column.coefficient]
            low, high = float(entries.min()), float(entries.max())
            if high > low:
                is_constant[i] = False
                middle = 0.5 * (low + high) if has_level else 0.0
                half_ranges[i] = max(high - middle, middle - low)
                entries = (entries - middle) / half_ranges[i]
            values[k, :, i] += column.factor * entries
    return _Forms(values, np.array(places, dtype=np.int64), is_constant, half_ranges)


def _rows(forms: _Forms, chosen: NDArray[np.bool_]) -> _Forms:
    return _Forms(forms.values[:, chosen], forms.coefficients, forms.is_constant, forms.half_ranges)


def _two_ends(forms: _Forms, is_low: NDArray[np.bool_], is_high: NDArray[np.bool_]) -> Cone:
    """Rows at the lower or upper end of the response; all others hold the predictor still."""
    form = forms.values[0]
    is_end = is_low | is_high
    rising = np.where(is_high[:, None], form, -form)[is_end]
    return forms.cone(rising, form[~is_end])


def _ordered(forms: _Forms, channels: Sequence[Channel], y: FloatArray, family: str) -> FloatArray:
    """Rows (m, c) of thresholds minus location that must not fall, category by category."""
    names = [channel.name for channel in channels]
    location = forms.values[names.index("location")]
    thresholds = [i for i, name in enumerate(names) if name.startswith("threshold")]
    above = np.array([forms.values[i] - location for i in thresholds])  # (J - 1, n, c)
    parts = []
    for j in range(len(thresholds) + 1):
        inside = above[:, y == j]
        if family == "adjacent":
            steps = np.concatenate([np.zeros((1, *inside.shape[1:])), -np.cumsum(inside, axis=0)])
            parts += [steps[j] - steps[k] for k in range(len(steps)) if k != j]
            continue
        if j < len(thresholds):
            parts.append(inside[j])
        below = range(j) if family == "continuation" else range(max(j - 1, 0), j)
        parts += [-inside[k] for k in below]
    return np.concatenate(parts)


def _nominal(
    forms: _Forms, channels: Sequence[Channel], y: FloatArray, categories: Sequence[str]
) -> FloatArray:
    """Rows (m, c): the linear predictor of the outcome minus that of every other category."""
    names = [channel.name for channel in channels]
    zero = np.zeros_like(forms.values[0])
    predictors = [forms.values[names.index(c)] if c in names else zero for c in categories]
    return np.concatenate(
        [
            (predictors[j] - predictors[k])[y == j]
            for j in range(len(categories))
            for k in range(len(categories))
            if k != j
        ]
    )
