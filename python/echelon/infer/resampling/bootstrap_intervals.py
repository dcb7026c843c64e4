"""Four kinds of bootstrap interval from the same replicates.

Room: infer/. Bounds; draws nothing.
Takes: replicates with the estimates, and standard errors or a jackknife where needed.
Gives: the table of intervals.
Source: Davison & Hinkley (1997), sections 5.2 to 5.3; Efron (1987) for BCa.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from echelon._types import FloatArray
from echelon.errors import SpecError
from echelon.infer.distributions.distributions import normal_cdf, normal_quantile, normal_quantiles
from echelon.table import Table

INTERVALS = ("percentile", "basic", "bca", "studentised")


class Replicated(Protocol):
    """What is needed of a bootstrap."""

    @property
    def kind(self) -> str:
        """How the data were drawn again."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names (m,)."""

    @property
    def estimates(self) -> FloatArray:
        """Estimates (m,) of the fit."""

    @property
    def replicates(self) -> FloatArray:
        """Estimates (B, m) of the replicates."""

    @property
    def std_error(self) -> FloatArray | None:
        """Standard errors (m,) of the fit."""

    @property
    def std_errors(self) -> FloatArray | None:
        """Standard errors (B, m) of the replicates."""

    @property
    def jackknife(self) -> FloatArray | None:
        """Estimates (J, m) without each group."""

    @property
    def n_failed(self) -> int:
        """Replicates that could not be fitted."""

    @property
    def n_unconverged(self) -> int:
        """Replicates whose minimum is not certified."""


def intervals(bootstrap: Replicated, interval: str, conf_level: float) -> Table:
    """Bound each statistic; columns parameter, estimate, bias, std_error, conf_low, conf_high."""
    tails = np.array([(1 - conf_level) / 2, (1 + conf_level) / 2])
    limits = np.array(
        [_limits(bootstrap, interval, tails, j) for j in range(len(bootstrap.names))]
    ).reshape(-1, 2)
    with np.errstate(invalid="ignore"):
        kept = [column[~np.isnan(column)] for column in bootstrap.replicates.T]
    means = np.array([column.mean() if len(column) else np.nan for column in kept])
    spread = np.array([column.std(ddof=1) if len(column) > 1 else np.nan for column in kept])
    B = len(bootstrap.replicates)
    return Table(
        {
            "parameter": np.array(bootstrap.names, dtype=object),
            "estimate": bootstrap.estimates,
            "bias": means - bootstrap.estimates,
            "std_error": spread,
            "conf_low": limits[:, 0],
            "conf_high": limits[:, 1],
        },
        title=f"{bootstrap.kind.capitalize()} bootstrap, {_replicates(B)}: "
        f"{'BCa' if interval == 'bca' else interval} intervals, "
        f"{100 * conf_level:.10g}%",
        notes=_notes(bootstrap, B, interval),
    )


def _limits(bootstrap: Replicated, interval: str, tails: FloatArray, j: int) -> FloatArray:
    values = bootstrap.replicates[:, j]
    is_known = ~np.isnan(values)
    values, estimate = values[is_known], float(bootstrap.estimates[j])
    if len(values) < 2 or np.isnan(estimate):
        return np.full(2, np.nan)
    match interval:
        case "percentile":
            return np.quantile(values, tails)
        case "basic":
            return 2 * estimate - np.quantile(values, tails[::-1])
        case "bca":
            if _is_without_jackknife(bootstrap, j):
                return np.full(2, np.nan)
            return np.quantile(values, _bca_shares(bootstrap, values, estimate, tails, j))
        case _:
            return _studentised(bootstrap, values, estimate, tails, is_known, j)


def _is_without_jackknife(bootstrap: Replicated, j: int) -> bool:
    """Whether an estimate exists in no fit without one group."""
    return bootstrap.jackknife is not None and bool(np.isnan(bootstrap.jackknife[:, j]).all())


def _bca_shares(
    bootstrap: Replicated, values: FloatArray, estimate: float, tails: FloatArray, j: int
) -> FloatArray:
    """Shares of the replicates, corrected for bias and acceleration."""
    if bootstrap.jackknife is None:
        raise _asked_too_late("bca", "the estimates without each group")
    below = (np.count_nonzero(values < estimate) + 0.5 * np.count_nonzero(values == estimate)) / (
        len(values)
    )
    bias = normal_quantile(min(max(below, 0.5 / len(values)), 1 - 0.5 / len(values)))
    left = bootstrap.jackknife[:, j]
    left = left[~np.isnan(left)]
    distance = left.mean() - left
    square = float((distance**2).sum())
    acceleration = float((distance**3).sum()) / (6 * square**1.5) if square > 0 else 0.0
    shifted = bias + normal_quantiles(tails)
    shares: FloatArray = normal_cdf(bias + shifted / (1 - acceleration * shifted))
    return shares


def _studentised(
    bootstrap: Replicated,
    values: FloatArray,
    estimate: float,
    tails: FloatArray,
    is_known: FloatArray,
    j: int,
) -> FloatArray:
    if bootstrap.std_errors is None or bootstrap.std_error is None:
        raise _asked_too_late("studentised", "the standard errors of every replicate")
    errors = bootstrap.std_errors[is_known, j]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (values - estimate) / errors
    t = t[np.isfinite(t)]
    if len(t) < 2:
        return np.full(2, np.nan)
    limits: FloatArray = estimate - np.quantile(t, tails[::-1]) * bootstrap.std_error[j]
    return limits


def _notes(bootstrap: Replicated, B: int, interval: str) -> tuple[str, ...]:
    notes = []
    if bootstrap.n_failed:
        notes.append(
            f"{bootstrap.n_failed:,} of {_replicates(B)} gave no estimates and are left out."
        )
    if bootstrap.n_unconverged:
        notes.append(f"{bootstrap.n_unconverged:,} of {_replicates(B)} did not converge.")
    notes.extend(_holes(bootstrap, B))
    if interval == "studentised" and (n_without := _without_error(bootstrap)):
        notes.append(
            f"{n_without:,} of {B:,} replicates have a variance of zero, which has no standard "
            "error: they are left out of its interval."
        )
    is_lost = any(_is_without_jackknife(bootstrap, j) for j in range(len(bootstrap.names)))
    if interval == "bca" and is_lost:
        notes.append("No BCa limits of what cannot be estimated when any one group is left out.")
    if B < 1_000:
        verb = "is" if B == 1 else "are"
        notes.append(f"{_replicates(B)} {verb} few for the ends of an interval: 1,000 are usual.")
    return tuple(notes)


def _replicates(B: int) -> str:
    return f"{B:,} replicate" if B == 1 else f"{B:,} replicates"


def _holes(bootstrap: Replicated, B: int) -> list[str]:
    """Count replicates that have some numbers but not all: a correlation with no variance, say."""
    lost = np.isnan(bootstrap.replicates).sum(axis=0) - bootstrap.n_failed
    lost[np.isnan(bootstrap.estimates)] = 0
    return [
        f"{count:,} of {_replicates(B)} have no {name}: they are left out of its interval."
        for name, count in zip(bootstrap.names, lost.tolist(), strict=True)
        if count > 0
    ]


def _without_error(bootstrap: Replicated) -> int:
    """Count replicates with an estimate whose standard error is not a number."""
    if bootstrap.std_errors is None or bootstrap.std_error is None:
        return 0
    is_known = ~np.isnan(bootstrap.replicates) & ~np.isnan(bootstrap.std_error)
    return int((is_known & np.isnan(bootstrap.std_errors)).any(axis=1).sum())


def _asked_too_late(interval: str, what: str) -> SpecError:
    return SpecError(
        f"This bootstrap did not keep what {interval} intervals need.",
        where="intervals(), argument interval",
        got=f"'{interval}', and a bootstrap without {what}",
        need=f"a bootstrap that was asked for them: bootstrap(interval='{interval}')",
        do=f"run bootstrap(..., interval='{interval}') with the same seed.",
        slug="interval-not-kept",
    )
