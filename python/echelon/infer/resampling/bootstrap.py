"""Bootstrap: how estimates vary when the data are drawn again.

Room: infer/. Draws, refits, keeps every replicate.
Takes: a `Fit`, a kind of resampling, and optionally a statistic.
Gives: `Bootstrap`: replicates, and intervals of four kinds from them.
Source: docs/theory.md (20); Carpenter, Goldstein & Rasbash (2003); Davison & Hinkley (1997).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.engine.kernel import thread_count
from echelon.engine.replicates import Replicates, Simulation, replicate_seeds
from echelon.errors import NotEstimableError, SpecError
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import check_gaussian
from echelon.infer.resampling.bootstrap_intervals import INTERVALS, intervals
from echelon.infer.resampling.jackknife import jackknife
from echelon.infer.resampling.parameter_values import (
    named_parameters,
    parameter_errors,
    statistic_values,
    values_of_replicates,
)
from echelon.infer.resampling.resampling import KINDS, Resampling, refitted
from echelon.options import read_choice, read_conf_level, read_workers
from echelon.progress import Progress
from echelon.simulate import Seed, read_count, read_seed
from echelon.table import Table

Statistic = Callable[[Fit], float | Sequence[float] | Mapping[str, float]]
OF_RESIDUALS = "A bootstrap of residuals is defined for Gaussian models only."
OTHER_KINDS = (
    "use kind='parametric', or kind='case', which trusts the family no more than that\n"
    "groups are alike."
)
FIRST_BATCH = 16
BATCH_SECONDS = 0.25  # so that Ctrl-C and the bar are never far away


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bootstrap:
    """Replicates of some statistics; NaN in rows whose refit failed.

    `names` (m,) of the statistics, `estimates` (m,) of the fit, `replicates` (B, m);
    `std_errors` (B, m) of the replicates and `std_error` (m,) of the fit where studentised
    intervals were asked for; `jackknife` (J, m) without each group of the highest level, for BCa.
    """

    kind: str
    interval: str
    conf_level: float
    names: tuple[str, ...]
    estimates: FloatArray
    replicates: FloatArray
    std_error: FloatArray | None
    std_errors: FloatArray | None
    jackknife: FloatArray | None
    n_failed: int
    n_unconverged: int
    seed: int

    def intervals(self, interval: str | None = None, conf_level: float | None = None) -> Table:
        """Bound each statistic by the spread of its replicates.

        Parameters
        ----------
        interval : "percentile", "basic", "bca" or "studentised"; None as asked for.
        conf_level : in (0, 1); None as asked for.

        Returns
        -------
        Table with columns parameter, estimate, bias, std_error, conf_low, conf_high; failed
        replicates are left out, counted in a note.
        """
        chosen = read_choice("interval", self.interval if interval is None else interval, INTERVALS)
        level = self.conf_level if conf_level is None else read_conf_level(conf_level)
        return intervals(self, chosen, level)

    def trace(self) -> Table:
        """Columns parameter, replicate, value: every replicate, for plotting."""
        B, m = self.replicates.shape
        return Table(
            {
                "parameter": np.tile(np.array(self.names, dtype=object), B),
                "replicate": np.repeat(np.arange(B), m),
                "value": self.replicates.ravel(),
            },
            title=f"Replicates of a {self.kind} bootstrap",
        )

    def __repr__(self) -> str:
        return repr(self.intervals())

    def _repr_html_(self) -> str:
        return self.intervals()._repr_html_()


def bootstrap(
    fit: Fit,
    n: int = 1_000,
    seed: Seed = None,
    *,
    kind: str = "parametric",
    statistic: Statistic | None = None,
    levels: str | Sequence[str] | None = None,
    interval: str = "percentile",
    conf_level: float | None = None,
    workers: int | None = None,
    progress: bool | None = None,
) -> Bootstrap:
    """Draw the data again n times, refit, and keep the estimates.

    Parameters
    ----------
    fit : a fitted model.
    n : replicates.
    seed : whole number, SeedSequence or Generator; the same seed gives the same replicates with
        any number of workers, and the first ones are the same for any n. None for a fresh one.
    kind : "parametric" draws random effects and residuals from the fitted normal distributions (in
        the space of cross-products: no row is touched); "residual" resamples modes and residuals,
        inflated to the estimated covariances (Carpenter, Goldstein & Rasbash); "case" resamples
        whole groups at the `levels` named; "wild" turns the signs of each cluster's residuals (for
        the fixed effects: variances hardly change under it). A generalized model has the kinds
        "parametric" (random effects from their normal distribution, responses from the family)
        and "case".
    statistic : function of a fit that gives a number, several, or a mapping of names to numbers;
        None for all parameters (fixed effects, standard deviations, correlations, sigma). If it
        reads rows (residuals, predictions), parametric responses are drawn row by row.
    levels : kind "case": grouping factors that are resampled, and "rows"; None for the highest.
    interval : default of `intervals()`: "percentile", "basic", "bca" or "studentised" (which needs
        a standard error in every replicate, and is for the parameters only).
    conf_level : in (0, 1); None for that of the fit.
    workers : threads; None for all.
    progress : whether to show a bar; None: on a terminal, once it takes more than two seconds.

    Returns
    -------
    Bootstrap.

    Raises
    ------
    SpecError : an option cannot be.
    NotEstimableError : a kind that needs rows, and the fit was saved without them; a kind that
        resamples residuals of a generalized model.

    Notes
    -----
    A parametric replicate costs one refit from the cross-products, whatever the number of rows;
    of a generalized model one warm refit to the rows.
    A replicate that cannot be fitted is counted and shown, never hidden.

    Source
    ------
    Parametric: lme4's `bootMer`. Residual: Carpenter, Goldstein & Rasbash (2003), Applied
    Statistics 52, 431-443. Wild: Cameron, Gelbach & Miller (2008); Webb (2023).
    """
    kind = read_choice("kind", kind, KINDS)
    if kind in ("residual", "wild"):
        check_gaussian(fit, OF_RESIDUALS, f"bootstrap(kind='{kind}')", OTHER_KINDS)
    interval = read_choice("interval", interval, INTERVALS)
    n, start = read_count(n, "bootstrap()"), int(read_seed(seed).integers(2**63))
    is_studentised = interval == "studentised"
    if is_studentised and statistic is not None:
        raise _studentised_statistic()
    if levels is not None and kind != "case":
        raise _levels_of_case(kind)
    drawn = (levels,) if isinstance(levels, str) else levels
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    names, estimates = _statistics(fit, kind, statistic)
    run = _Run(fit, n, start, read_workers(workers), progress, statistic, is_studentised, names)
    is_light = statistic is None and not is_studentised
    if kind == "parametric" and is_light and not fit.spec.is_generalized:
        values, n_unconverged = _parametric(run)
        errors = None
    else:
        needs_rows = kind == "parametric" and statistic is not None and _reads_rows(fit, statistic)
        at_levels = None if drawn is None else tuple(drawn)
        resampling = Resampling(fit, kind, at_levels, run.seeds, needs_rows, not is_light)
        values, errors, n_unconverged = _one_by_one(run, resampling)
    return Bootstrap(
        kind=kind,
        interval=interval,
        conf_level=level,
        names=names,
        estimates=estimates,
        replicates=values,
        std_error=parameter_errors(fit)[: len(names)] if is_studentised else None,
        std_errors=errors,
        jackknife=jackknife(fit, statistic, names) if interval == "bca" else None,
        n_failed=int(np.isnan(values).all(axis=1).sum()),
        n_unconverged=n_unconverged,
        seed=start,
    )


def _statistics(
    fit: Fit, kind: str, statistic: Statistic | None
) -> tuple[tuple[str, ...], FloatArray]:
    """Name what is kept of every replicate, with its value in the fit.

    A wild bootstrap keeps each cluster's shape, so that it says something about the fixed effects
    (which come first) only.
    """
    if statistic is not None:
        return statistic_values(fit, statistic)
    names, estimates = named_parameters(fit)
    count = len(fit.estimates.beta) if kind == "wild" else len(names)
    return names[:count], estimates[:count]


def _reads_rows(fit: Fit, statistic: Statistic) -> bool:
    """Whether a statistic needs rows (residuals, predictions), which a draw of sums lacks."""
    if not fit.has_rows or fit.spec.is_generalized:
        return False
    try:
        statistic(replace(fit, design=replace(fit.design, y=np.empty(0)), frame=None))
    except NotEstimableError as refusal:
        if refusal.slug != "fit-without-rows":
            raise
        return True
    return False


@dataclass(frozen=True, slots=True)
class _Run:
    """What every kind of bootstrap needs."""

    fit: Fit
    n: int
    seed: int
    workers: int | None
    progress: bool | None
    statistic: Statistic | None
    is_studentised: bool
    names: tuple[str, ...]

    @property
    def seeds(self) -> NDArray[np.uint64]:
        """One seed per replicate."""
        return replicate_seeds(self.seed, self.n)


def _parametric(run: _Run) -> tuple[FloatArray, int]:
    """All parameters, in the core: batches long enough to be fast and short enough to stop."""
    simulation, seeds = Simulation(run.fit), run.seeds
    least = 2 * thread_count(run.workers or run.fit.spec.control.threads)  # none of them idle
    parts: list[Replicates] = []
    done, size = 0, FIRST_BATCH
    with Progress("bootstrap", run.n, run.progress) as bar:
        while done < run.n:
            began = time.monotonic()
            parts.append(simulation.refits(seeds[done : done + size], run.workers))
            done += len(parts[-1].sigma)
            bar.update(done)
            spent = max(time.monotonic() - began, 1e-4)
            size = int(min(max(size * BATCH_SECONDS / spent, least), 4 * size))
    found = Replicates.joined(parts)
    values = values_of_replicates(run.fit, found)
    return values, int((~found.is_converged & ~found.is_failed).sum())


def _one_by_one(run: _Run, resampling: Resampling) -> tuple[FloatArray, FloatArray | None, int]:
    """Any statistic of a whole fit, replicate by replicate."""
    values = np.full((run.n, len(run.names)), np.nan)
    errors = np.full((run.n, len(run.names)), np.nan) if run.is_studentised else None
    n_unconverged = 0
    with Progress("bootstrap", run.n, run.progress) as bar:
        for i, again in enumerate(refitted(resampling, run.workers)):
            bar.update(i)
            if again is None:
                continue
            n_unconverged += not again.estimates.verdict.is_converged
            if run.statistic is None:
                values[i] = named_parameters(again)[1][: len(run.names)]
            else:
                values[i] = statistic_values(again, run.statistic, run.names)[1]
            if errors is not None:
                errors[i] = parameter_errors(again)[: len(run.names)]
    return values, errors, n_unconverged


def _studentised_statistic() -> SpecError:
    return SpecError(
        "Studentised intervals need a standard error in every replicate, and a statistic has none.",
        where="bootstrap(), arguments interval and statistic",
        got="interval='studentised' with a statistic of your own",
        need="the parameters of the model, or another kind of interval",
        do="leave statistic out, or write interval='bca'.",
        slug="studentised-statistic",
    )


def _levels_of_case(kind: str) -> SpecError:
    return SpecError(
        "Only a case bootstrap draws at levels.",
        where="bootstrap(), arguments kind and levels",
        got=f"levels with kind='{kind}'",
        need="kind='case', or no levels",
        do="leave levels out, or write kind='case'.",
        slug="levels-of-case",
    )
