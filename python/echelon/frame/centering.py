"""Means of groups, deviations from them, and at which level a variable varies.

Room: frame/. Knows values, not models.
Takes: values (n,) and group codes (n,).
Gives: group means (J,), deviations (n,), and whether a variable is constant within groups.
Source: Enders & Tofighi (2007), Psychological Methods 12, 121-138: centring within cluster (cwc)
and at the grand mean (cgm).
"""

from __future__ import annotations

import numpy as np

from echelon._types import CodeArray, FloatArray


def group_means(
    values: FloatArray,
    codes: CodeArray,
    n_groups: int,
    weights: FloatArray | None = None,
) -> FloatArray:
    """Average a variable in each group.

    Parameters
    ----------
    values : (n,), finite.
    codes : (n,), group of each row, 0 to J - 1; negative codes (unknown groups) are left out.
    n_groups : J.
    weights : (n,), not negative; None for equal weights.

    Returns
    -------
    (J,) means in the unit of the variable; NaN for a group without rows or without weight.

    Notes
    -----
    O(n). Sums run over deviations from the first value of each group, so that a variable with a
    large offset (a year) loses no digits, and a group whose values are equal has them exactly.
    """
    if (codes < 0).any():
        is_known = codes >= 0
        values, codes = values[is_known], codes[is_known]
        weights = None if weights is None else weights[is_known]
    if not len(values):
        return np.full(n_groups, np.nan)
    first = np.zeros(n_groups)
    first[codes[::-1]] = values[::-1]  # of several rows of a group the first one is kept
    deviations = values - first[codes]
    sizes = np.bincount(codes, weights=weights, minlength=n_groups).astype(np.float64)
    if weights is not None:
        deviations = deviations * weights
    sums = np.bincount(codes, weights=deviations, minlength=n_groups)
    means = np.full(n_groups, np.nan)
    np.divide(sums, sizes, out=means, where=sizes > 0)
    result: FloatArray = first + means
    return result


def within(values: FloatArray, codes: CodeArray, means: FloatArray) -> FloatArray:
    """Take the mean of its group from each value: centring within groups.

    Parameters
    ----------
    values : (n,).
    codes : (n,), group of each row; a negative code (unknown group) gives NaN.
    means : (J,), as `group_means` gives them.

    Returns
    -------
    (n,) deviations, in the unit of the variable.
    """
    deviations: FloatArray = values - means[codes]
    unknown = codes < 0
    if unknown.any():
        deviations[unknown] = np.nan
    return deviations


def is_constant_within(values: FloatArray, codes: CodeArray, n_groups: int) -> bool:
    """Say whether a variable has one value in each group: whether it belongs to their level.

    Parameters
    ----------
    values : (n,), numbers or the codes of categories.
    codes : (n,), group of each row, 0 to J - 1.
    n_groups : J.

    Returns
    -------
    True if no group has two different values.
    """
    first = np.zeros(n_groups, dtype=values.dtype)
    first[codes[::-1]] = values[::-1]
    return bool((values == first[codes]).all())
