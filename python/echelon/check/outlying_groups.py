"""Which groups are further out than random effects of so many groups would be.

Room: check/. One question per file: is a group unlike the others?
Takes: `Evidence`.
Gives: the finding 'outlying_groups' per grouping factor.
Source: Wilks (1963), Sankhya A 25, 407-426 (the largest distance among n);
    Lange & Ryan (1989), Annals of Statistics 17, 624-642.
"""

from __future__ import annotations

import math

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.residual_shape import OUTLYING
from echelon.check.standard_modes import StandardModes, all_modes

MOST_NAMED = 5
FEW_GROUPS = 10  # below, the largest distance among few cannot be surprising
ALPHA = 0.01
LIMITS = (3.0, OUTLYING[0])
SOURCE = (
    "echelon: with a Bonferroni-adjusted p value below 0.01 (Wilks 1963); a group at 3 weighs as "
    "much in the variance between groups as 9 usual ones, at 4 as 16"
)


def outlying_groups(evidence: Evidence) -> tuple[Finding, ...]:
    """Find the groups far from the others, all effects of a group together."""
    modes = all_modes(evidence)
    return tuple(_of_factor(each) for each in modes if each.rank and each.block.n_groups > 2)


def _of_factor(modes: StandardModes) -> Finding:
    n = modes.block.n_groups
    distance = np.sqrt(modes.distance / modes.rank)
    p_values = _adjusted(modes.distance, n, modes.rank)
    order = np.argsort(p_values, kind="stable")
    order = order[np.argsort(-modes.distance[order], kind="stable")]
    is_out = (p_values < ALPHA) & (distance >= LIMITS[0])
    out = [i for i in order.tolist() if is_out[i]]
    largest = int(order[0])
    facts = {
        "groups": tuple(modes.block.labels[i] for i in out[:MOST_NAMED]),
        "distances": tuple(float(distance[i]) for i in out[:MOST_NAMED]),
        "n_out": len(out),
        "n_groups": n,
        "n_effects": modes.rank,
        "farthest": str(modes.block.labels[largest]),
        "is_few": n < FEW_GROUPS,
        "grouping": modes.block.grouping,
        "is_single": len(modes.block.memberships) == 1,
    }
    p = float(p_values[largest])
    value = float(distance[largest])
    return Finding(
        "outlying_groups",
        modes.block.grouping,
        "largest distance of a group, in standard deviations of the random effects",
        value,
        *LIMITS,
        "fine" if n < FEW_GROUPS else judge(value, *LIMITS, p_value=p),
        SOURCE,
        p,
        facts,
    )


def _adjusted(distance: FloatArray, n: int, rank: int) -> FloatArray:
    """Bonferroni-adjusted p values of squared distances (J,): of a beta, as they are of one sample.

    D^2 n / (n - 1)^2 of one of n normal vectors, about the mean and by the covariance of all, is
    Beta(r / 2, (n - r - 1) / 2).
    """
    if rank + 1 >= n:
        return np.ones(n)
    share = np.minimum(distance * n / (n - 1.0) ** 2, 1.0)
    tail = require("scipy.special").betainc((n - rank - 1) / 2, rank / 2, 1 - share)
    adjusted: FloatArray = np.minimum(1.0, n * tail)
    return adjusted if math.isfinite(float(adjusted.sum())) else np.ones(n)
