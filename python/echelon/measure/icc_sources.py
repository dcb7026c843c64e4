"""What an ICC shares out: the parts of a variance with their slopes, Gaussian or through a link.

Room: measure/. Collects; divides nothing.
Takes: a `Fit`, and the form of the variance of a response.
Gives: `Sources`: one, or one per contrast of a multinomial model.
Source: docs/theory.md (22) and (30).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.families import family_of
from echelon.fit import Fit
from echelon.measure.moments import fixed_spread, is_single
from echelon.measure.observation_variance import observation_variance
from echelon.measure.variance_parts import (
    PartSlopes,
    VarianceParts,
    fixed_variance,
    known_where,
    part_slopes,
    variance_parts,
)

LINK = "link squared"


@dataclass(frozen=True, slots=True)
class Sources:
    """Parts of one variance. `name` is the category of a contrast, or empty.

    `fixed` is the variance of X beta, its slopes by psi (0: none) and what is uncertain of it
    besides. `is_overdispersion` (m,) marks terms with a group for every row, which belong to the
    variance of a response rather than to groups.
    """

    name: str
    parts: VarianceParts
    slopes: PartSlopes
    fixed: tuple[float, FloatArray | float, float]
    is_overdispersion: NDArray[np.bool_]
    unit: str
    notes: tuple[str, ...]


def sources_of(fit: Fit, form: str | None, purpose: str) -> tuple[Sources, ...]:
    """Collect the variances of a model.

    Raises
    ------
    SpecError : the family has no such form.
    NotEstimableError : there is no variance behind the link; rows are missing.
    """
    if not fit.spec.is_generalized:
        parts, slopes = variance_parts(fit, purpose), part_slopes(fit, purpose)
        fixed, uncertainty = fixed_variance(fit, purpose)
        no_rows = np.zeros(len(parts.random), dtype=bool)
        return (
            Sources("", parts, slopes, (fixed, 0.0, uncertainty), no_rows, "response squared", ()),
        )
    is_nominal = family_of(fit.spec.family).response == "nominal"
    channels = range(len(fit.design.channels)) if is_nominal else range(1)
    return tuple([_of_channel(fit, channel, form, purpose, is_nominal) for channel in channels])


def _of_channel(
    fit: Fit, channel: int, form: str | None, purpose: str, is_nominal: bool
) -> Sources:
    residual = observation_variance(fit, form, purpose)
    parts = variance_parts(fit, purpose, residual, channel)
    slopes = part_slopes(fit, purpose, residual, channel)
    spread = fixed_spread(fit, purpose, channel)
    by_psi = np.zeros(len(slopes.residual))
    by_psi[: len(spread.covariances)] = 2 * spread.covariances * fit.estimates.is_estimated
    generalized = fit.estimates.generalized
    assert generalized is not None
    is_fixed_known = known_where(generalized.joint_cov, by_psi, slopes.random, slopes.residual)
    slopes = PartSlopes(slopes.random, slopes.residual, is_fixed_known)
    is_row = np.array([is_row_level(fit, k) for k in parts.positions], dtype=bool)
    notes = [f"On the scale of the {fit.spec.link} link; the residual is {residual.text}."]
    if is_row.any():
        names = ", ".join(dict.fromkeys(np.array(parts.groupings, dtype=object)[is_row].tolist()))
        notes.append(f"{names} has a group for every row: overdispersion, not likeness.")
    name = fit.design.channels[channel].name if is_nominal else ""
    return Sources(name, parts, slopes, (spread.variance, by_psi, 0.0), is_row, LINK, tuple(notes))


def is_row_level(fit: Fit, position: int) -> bool:
    """Whether a factor has a group for every row."""
    block = fit.design.rows.blocks[position]
    return is_single(block) and block.n_groups == fit.design.n_obs
