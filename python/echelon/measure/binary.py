"""A binary outcome in groups: its share in each, and how alike the rows of a group are.

Room: measure/. One question per file: how does a prevalence vary between groups?
Takes: values 0 and 1 (n,) and group codes (n,).
Gives: `Prevalence`; `binary_spread`, the ICC on the observed scale with its interval.
Source: Ridout, Demetrio & Firth (1999), Biometrics 55, 137-148, for the analysis-of-variance ICC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from echelon._optional import require
from echelon._types import CodeArray, FloatArray
from echelon.measure.binary_model import model_latent_icc
from echelon.measure.latent_scale import latent_icc
from echelon.measure.one_way import Spread, spread

EXTREMES = 3
_QUARTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class GroupShare:
    """One group: its label, its rows, the events among them."""

    group: str
    n_rows: int
    n_events: int

    @property
    def share(self) -> float:
        """Events per row, in [0, 1]."""
        return self.n_events / self.n_rows


@dataclass(frozen=True, slots=True)
class Prevalence:
    """How the share of events varies between the groups of one factor.

    `shares` are least, lower quartile, median, upper quartile and greatest of the groups;
    `n_without` groups have no event, `n_only` nothing else. `lowest` and `highest` are the groups
    at the extremes, larger ones first among equals; six groups or fewer are all in `lowest`.
    `latent_icc` and its bounds are on the scale of the logit, NaN where the observed ICC is: from
    the moments of the shares. `model_icc` and its bounds are those of a logistic model without
    predictors, by quadrature; NaN where there is none.
    """

    shares: tuple[float, ...]
    n_without: int
    n_only: int
    lowest: tuple[GroupShare, ...]
    highest: tuple[GroupShare, ...]
    latent_icc: float
    latent_low: float
    latent_high: float
    model_icc: float = float("nan")
    model_low: float = float("nan")
    model_high: float = float("nan")


def prevalence(
    values: FloatArray, codes: CodeArray, observed: Spread, label_of: Callable[[int], str]
) -> Prevalence:
    """Describe the share of events group by group.

    Parameters
    ----------
    values : (n,), 0 or 1, both present.
    codes : (n,), the group of each row, every group used.
    observed : what `binary_spread` found for them.
    label_of : gives the label of a group from its code.

    Returns
    -------
    Prevalence.
    """
    sizes = np.bincount(codes)
    events = np.bincount(codes, weights=values).astype(np.int64)
    shares = events / sizes
    n_lowest, n_highest = (EXTREMES, EXTREMES) if len(sizes) > 2 * EXTREMES else (len(sizes), 0)
    ascending = np.lexsort((-sizes, shares))[:n_lowest]
    descending = np.lexsort((-sizes, -shares))[:n_highest]
    lowest, highest = (
        tuple(GroupShare(label_of(j), int(sizes[j]), int(events[j])) for j in order.tolist())
        for order in (ascending, descending)
    )
    bounds = (observed.icc, observed.icc_low, observed.icc_high)
    latent, low, high = (latent_icc(icc, observed.mean) for icc in bounds)
    model, model_low, model_high = model_latent_icc(sizes.astype(float), events.astype(float),
                                                    observed.conf_level)  # fmt: skip
    return Prevalence(
        shares=tuple(float(place) for place in np.quantile(shares, _QUARTILES)),
        n_without=int((events == 0).sum()),
        n_only=int((events == sizes).sum()),
        lowest=lowest,
        highest=highest,
        latent_icc=latent,
        latent_low=low,
        latent_high=high,
        model_icc=model,
        model_low=model_low,
        model_high=model_high,
    )


def binary_spread(
    values: FloatArray, codes: CodeArray, n_groups: int, conf_level: float = 0.95
) -> Spread:
    """Estimate the ICC of 0 and 1 by analysis of variance, its interval by the jackknife.

    Each group in turn is left out; the interval is the estimate plus and minus a t quantile of
    J - 1 degrees of freedom times the jackknife standard error, within [0, 1].

    Parameters
    ----------
    values : (n,), 0 or 1, both present.
    codes : (n,), the group of each row, every group used.
    n_groups : number of groups (J).
    conf_level : of the interval, in (0, 1).

    Returns
    -------
    Spread; the bounds are NaN with fewer than 3 groups, where leaving one out leaves no
    variance to divide, and where it never moves the estimate.
    """
    found = spread(values, codes, n_groups, conf_level)
    sizes = np.bincount(codes, minlength=n_groups).astype(np.float64)
    events: FloatArray = np.bincount(codes, weights=values, minlength=n_groups).astype(np.float64)
    low, high = _jackknife(sizes, events, conf_level)
    return replace(found, icc_low=low, icc_high=high)


def _jackknife(sizes: FloatArray, events: FloatArray, conf_level: float) -> tuple[float, float]:
    """Bounds of the ICC from its estimates without each group, of sizes and events (J,)."""
    n_groups = len(sizes)
    if n_groups < 3:
        return float("nan"), float("nan")
    own = np.column_stack([np.ones(n_groups), sizes, events, sizes**2, events**2 / sizes])
    total = own.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = float(_icc(total))
        std_error = float(np.sqrt((n_groups - 1) * _icc((total - own).T).var()))
    if not std_error > 0:
        return float("nan"), float("nan")
    reach = std_error * float(require("scipy.special").stdtrit(n_groups - 1, (1 + conf_level) / 2))
    low, high = np.clip([estimate - reach, estimate + reach], 0.0, 1.0)
    return float(low), float(high)


def _icc(sums: FloatArray) -> FloatArray:
    """Estimate, not cut off at zero, from sums (5, ...) over groups: 1, n, t, n^2, t^2 / n."""
    n_groups, n, events, squares, between = sums
    mean_square = (between - events**2 / n) / (n_groups - 1)
    within = (events - between) / (n - n_groups)
    typical_size = (n - squares / n) / (n_groups - 1)
    icc: FloatArray = (mean_square - within) / (mean_square + (typical_size - 1) * within)
    return icc
