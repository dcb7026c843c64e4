"""Counts in groups: their variance and their zeros, against a Poisson distribution.

Room: measure/. One question per file: would a Poisson model be too sure of itself?
Takes: counts (n,) and group codes (n,).
Gives: `CountSpread`.
Source: given the total of a group, Poisson counts of equal means are multinomial.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import CodeArray, FloatArray


@dataclass(frozen=True, slots=True)
class CountSpread:
    """Counts within the groups of one factor, against a Poisson distribution in each.

    `dispersion` is variance over mean, pooled over groups: 1 in expectation for Poisson counts.
    `zeros` is the share of rows that are zero, `zeros_expected` what Poisson counts with the
    total of each group would have. NaN where no group of two rows or more has a count.
    """

    dispersion: float
    zeros: float
    zeros_expected: float


def count_spread(values: FloatArray, codes: CodeArray) -> CountSpread:
    """Hold counts against a Poisson distribution with its own mean in each group.

    Conditional on the total of each group, so that it holds for any number of groups; predictors
    that vary within groups are not allowed for and raise the dispersion.

    Parameters
    ----------
    values : (n,), whole numbers from zero on.
    codes : (n,), the group of each row, every group used.

    Returns
    -------
    CountSpread.
    """
    sizes = np.bincount(codes).astype(np.float64)
    totals = np.bincount(codes, weights=values)
    means = totals / sizes
    squares = np.bincount(codes, weights=(values - means[codes]) ** 2)
    counted = (sizes > 1) & (totals > 0)
    zeros = float((values == 0).mean())
    if not counted.any():
        return CountSpread(float("nan"), zeros, float("nan"))
    chi_squared = float((squares[counted] / means[counted]).sum())
    expected = float((sizes * (1 - 1 / sizes) ** totals).sum()) / len(values)
    return CountSpread(chi_squared / float((sizes[counted] - 1).sum()), zeros, expected)
