"""How differently groups of values vary, whatever their shape.

Room: check/. Effect sizes and a test; knows no model.
Takes: values (m,) and the group of each.
Gives: `Spread`.
Source: Brown & Forsythe (1974), JASA 69, 364-367 (Levene's test about the median);
    DerSimonian & Laird (1986), Controlled Clinical Trials 7, 177-188 (variance between groups).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.infer.distributions.distributions import f_p_value

FEWEST_ROWS = 5  # of a group whose spread is looked at


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """The spread of groups.

    `ratio` is that of the standard deviations of a group one standard deviation above the average
    and of one below it (of their logarithms, sampling error taken off): 1 where all are the same.
    `p_value` is Levene's, about the median. `groups` (J,) are the codes of the groups used,
    `sizes` (J,) their numbers of values and `deviations` (J,) their standard deviations.
    """

    ratio: float
    p_value: float
    statistic: float
    groups: IndexArray
    sizes: IndexArray
    deviations: FloatArray


def spread_between(values: FloatArray, codes: IndexArray) -> Spread | None:
    """Compare the spread of values (m,) between groups; None with fewer than two groups.

    The mean absolute values of the groups are compared: they suffer less from heavy tails than
    variances, and their sampling error is read off the values.

    Parameters
    ----------
    values : (m,) about zero, in one unit.
    codes : (m,) groups; those of fewer than 5 rows are left out.
    """
    sizes = np.bincount(codes)
    is_used = sizes >= FEWEST_ROWS
    if is_used.sum() < 2:
        return None
    row_used = is_used[codes]
    places = np.cumsum(is_used) - 1
    values, codes, n = values[row_used], places[codes[row_used]], sizes[is_used]
    absolute = np.abs(values)
    means = np.bincount(codes, absolute) / n
    if not (means > 0).all():
        return None
    within = np.bincount(codes, (absolute - means[codes]) ** 2) / means**2
    error = float(within.sum() / (n - 1).sum()) / n
    between = _variance_between(np.log(means) + error / 2, error)
    statistic, p_value = _levene(values, codes, n)
    deviations = np.sqrt(np.bincount(codes, values**2) / n)
    ratio = math.exp(min(2 * math.sqrt(between), 700.0))
    return Spread(ratio, p_value, statistic, np.flatnonzero(is_used), n, deviations)


def _variance_between(estimates: FloatArray, variances: FloatArray) -> float:
    """Variance of true values, given estimates (J,) and their error variances (J,)."""
    if not (variances > 0).all():
        return float(np.var(estimates))
    weights = 1 / variances
    mean = float((weights * estimates).sum() / weights.sum())
    excess = float((weights * (estimates - mean) ** 2).sum()) - (len(estimates) - 1)
    return max(0.0, excess / float(weights.sum() - (weights**2).sum() / weights.sum()))


def _levene(values: FloatArray, codes: IndexArray, sizes: IndexArray) -> tuple[float, float]:
    """F of the distances from the median of the group, and its p value."""
    order = np.lexsort((values, codes))
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    ordered = values[order]
    medians = (ordered[first + (sizes - 1) // 2] + ordered[first + sizes // 2]) / 2
    distance = np.abs(values - medians[codes])
    means = np.bincount(codes, distance) / sizes
    n, k = len(values), len(sizes)
    between = float((sizes * (means - distance.mean()) ** 2).sum()) / (k - 1)
    within = float(((distance - means[codes]) ** 2).sum()) / (n - k)
    if not within > 0:
        return math.nan, 1.0
    return between / within, f_p_value(between / within, k - 1, n - k)
