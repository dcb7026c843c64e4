"""Whether the linear predictors of one generalized model can be those of another.

Room: infer/. Compares columns; fits nothing.
Takes: two `Fit`s of the same rows.
Gives: why not, or nothing.
Source: docs/theory.md (18) and (24): the column space of all channels together.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Channel
from echelon.engine.families import observation_of
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import free_coefficients

SPANNED = 1e-8  # share of a column's length that may lie outside a column space


def predictors_differ(smaller: Fit, larger: Fit) -> str:
    """Say why the smaller model's predictors are no special case of the larger's; empty if so.

    Models of different families or links are not nested (nor is one without zeros in one with
    them: its probability of a zero lies at an end that no coefficient reaches), and likelihoods
    that are approximated in different ways do not differ by the models alone. Columns are compared
    over all channels together, so that equidistant thresholds lie in flexible ones.
    """
    names = [_density(fit) for fit in (smaller, larger)]
    if names[0] != names[1]:
        return f"the families differ ({names[0]}; {names[1]}): compare them by AIC"
    ways = [_approximation(fit) for fit in (smaller, larger)]
    if len({way for way in ways if way != "exact"}) > 1:
        return f"the likelihoods are approximated differently ({ways[0]}; {ways[1]})"
    if not (smaller.has_rows and larger.has_rows):
        known = [_named(fit) for fit in (smaller, larger)]
        return "" if known[0] <= known[1] else "the coefficients are not among the other model's"
    if _is_inside(smaller, larger):
        return ""
    return "the fixed effects of neither model contain those of the other"


def _density(fit: Fit) -> str:
    """Name what the rows' density is, given the linear predictors."""
    if not fit.spec.is_generalized:
        return "gaussian, identity"
    observation = observation_of(fit.design, fit.spec)
    # A scale that is not there is one that is zero: 'cumulative' lies in 'cumulative:scale'.
    return f"{observation.core_name.removesuffix(':scale')}, {observation.link}"


def _approximation(fit: Fit) -> str:
    found = fit.estimates.generalized
    if found is None or not fit.design.rows.blocks:
        return "exact"
    points = found.approximation.n_points
    return found.approximation.name if points == 1 else f"{points} points"


def _named(fit: Fit) -> set[str]:
    names = (*fit.design.fixed_names, *fit.design.extra_names)
    return {names[i] for i in free_coefficients(fit)}


def _is_inside(smaller: Fit, larger: Fit) -> bool:
    """Whether the columns of all channels (K n, p_s) are combinations of the larger's (K n, p)."""
    channels = (*larger.design.channels, *smaller.design.channels)
    names = list(dict.fromkeys(channel.name for channel in channels))
    mine, yours = (_stacked(fit, names) for fit in (smaller, larger))
    left, right = (_offsets(fit, names) for fit in (smaller, larger))
    if not np.array_equal(left, right):
        return False
    size = np.linalg.norm(yours, axis=0)
    scaled = yours / np.where(size > 0, size, 1.0)
    weights = np.linalg.lstsq(scaled, mine, rcond=None)[0]
    outside = np.linalg.norm(mine - scaled @ weights, axis=0)
    return bool((outside <= SPANNED * np.linalg.norm(mine, axis=0)).all())


def _stacked(fit: Fit, names: list[str]) -> FloatArray:
    """Form the columns of the coefficients that were estimated, channel below channel."""
    design, free = fit.design, free_coefficients(fit)
    at = {coefficient: place for place, coefficient in enumerate(free)}
    found = np.zeros((len(names), design.n_obs, len(free)))
    for channel in design.channels:
        for column in channel.columns:
            if column.coefficient in at:
                own = found[names.index(channel.name)]
                own[:, at[column.coefficient]] += column.factor * column.values
    return _of_ordered(found, names).reshape(-1, len(free))


def _of_ordered(found: FloatArray, names: list[str]) -> FloatArray:
    """Take the location of ordered categories from every threshold: nothing else counts."""
    if "location" not in names:
        return found
    location = found[names.index("location")].copy()
    for own, name in zip(found, names, strict=True):
        if name == "location" or name.startswith("threshold "):
            own -= location
    return found


def _offsets(fit: Fit, names: list[str]) -> FloatArray:
    known: dict[str, Channel] = {channel.name: channel for channel in fit.design.channels}
    found = np.zeros((len(names), fit.design.n_obs))
    for own, name in zip(found, names, strict=True):
        channel = known.get(name)
        if channel is not None and channel.offset is not None:
            own += channel.offset
    return _of_ordered(found, names)
