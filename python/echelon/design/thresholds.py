"""Thresholds of ordered categories as combinations of fewer parameters.

Room: design/. Pure arithmetic on the number of categories.
Takes: how thresholds are structured, and the labels of the J categories.
Gives: names of the parameters (m,) and the pattern (J - 1, m).
Source: Christensen, ordinal 2022.11-16 (clm, argument threshold).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from echelon._types import FloatArray, Thresholds


def threshold_pattern(
    kind: Thresholds, categories: tuple[str, ...]
) -> tuple[tuple[str, ...], FloatArray]:
    """Write the J - 1 thresholds as pattern @ parameters.

    Parameters
    ----------
    kind : 'flexible' (one parameter each), 'symmetric' (about their centre: one central
        threshold, or two of an even number, and distances from it) or 'equidistant' (the first
        and the distance between neighbours).
    categories : (J,) labels, J at least 3.

    Returns
    -------
    Names (m,) and the pattern (J - 1, m). Three categories have two thresholds, which are
    symmetric whatever they are.

    Examples
    --------
    >>> names, pattern = threshold_pattern("equidistant", ("low", "middle", "high", "top"))
    >>> names
    ('threshold 1', 'spacing')
    >>> pattern.tolist()
    [[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]
    """
    n_thresholds = len(categories) - 1
    if kind == "flexible":
        names = [f"{a}|{b}" for a, b in pairwise(categories)]
        return tuple(names), np.eye(n_thresholds)
    if kind == "equidistant":
        steps = np.arange(n_thresholds, dtype=float)
        return ("threshold 1", "spacing"), np.column_stack([np.ones(n_thresholds), steps])
    return _symmetric(n_thresholds)


def _symmetric(n_thresholds: int) -> tuple[tuple[str, ...], FloatArray]:
    half, is_odd = divmod(n_thresholds, 2)
    n_central = 1 if is_odd else 2
    n_spacings = half - (0 if is_odd else 1)
    pattern = np.zeros((n_thresholds, n_central + n_spacings))
    pattern[:, 0] = 1.0
    if not is_odd:
        pattern[half:, :2] = (0.0, 1.0)
    for k in range(n_spacings):  # the k-th pair around the centre, from the inside
        pattern[n_spacings - 1 - k, n_central + k] = -1.0
        pattern[n_thresholds - n_spacings + k, n_central + k] = 1.0
    central = ("central",) if is_odd else ("central.1", "central.2")
    return central + tuple(f"spacing.{k + 1}" for k in range(n_spacings)), pattern
