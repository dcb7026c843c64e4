"""Profile likelihood: how far a parameter can move before the data object.

Room: infer/. Bounds; asks the engine for the criterion with one parameter held.
Takes: a `Fit`; a REML fit is taken to ML first.
Gives: `Profile`: intervals, and the traces they were read from.
Source: docs/theory.md (19); Bates (2010), chapter 1.5; Venzon & Moolgavkar (1988).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.curvature import Curvature, curvature
from echelon.engine.generalized.held import HeldGeneralized
from echelon.engine.held import HeldCriterion
from echelon.engine.quantities import (
    Coefficient,
    Correlation,
    Covariance,
    Quantity,
    Sigma,
    StdDev,
)
from echelon.errors import EngineError
from echelon.fit import Fit, design_with_rows
from echelon.infer.components.generalized_fits import check_likelihood, coefficient_covariance
from echelon.infer.components.parameters import Parameter, choose, on_request, parameters
from echelon.infer.components.root import CLOSE, Curve, Side, follow
from echelon.infer.components.rounding import leaves_no_digit
from echelon.infer.components.sizes import column_sizes
from echelon.infer.components.variance_information import (
    VarianceInformation,
    observed_information,
)
from echelon.infer.distributions.distributions import normal_quantile
from echelon.options import read_conf_level
from echelon.progress import Progress
from echelon.refit import by_ml
from echelon.table import Table

BETTER = 1e-5  # decrease of -2 log likelihood that is no rounding
NO_DIGIT = (
    "The model leaves next to nothing of the response: rounding leaves no digit of these limits."
)
CLOSE_ENOUGH = 1e-7  # relative distance of zeta from z; each step is a minimisation over rows
FLAT = 1e-3  # decrease of zeta that is no rounding: its square is a difference of criteria


@dataclass(frozen=True, slots=True)
class Trace:
    """The signed root zeta of the change in -2 log likelihood at values of a parameter, (m,)."""

    parameter: str
    estimate: float
    values: FloatArray
    zeta: FloatArray


@dataclass(frozen=True, slots=True)
class Profile:
    """Profile-likelihood intervals with their traces; `fit` is the ML fit they belong to."""

    fit: Fit
    conf_level: float
    traces: tuple[Trace, ...]
    limits: FloatArray
    notes: tuple[str, ...]

    def intervals(self) -> Table:
        """Columns parameter, estimate, conf_low, conf_high; estimates are those of ML."""
        return Table(
            {
                "parameter": np.array([trace.parameter for trace in self.traces], dtype=object),
                "estimate": np.array([trace.estimate for trace in self.traces]),
                "conf_low": self.limits[:, 0],
                "conf_high": self.limits[:, 1],
            },
            title=f"Profile-likelihood intervals, {100 * self.conf_level:.10g}%",
            notes=self.notes,
        )

    def trace(self) -> Table:
        """Columns parameter, value, zeta: the points of every trace, ascending."""
        return Table(
            {
                "parameter": np.array(
                    [t.parameter for t in self.traces for _ in t.values], dtype=object
                ),
                "value": np.concatenate([np.empty(0), *(t.values for t in self.traces)]),
                "zeta": np.concatenate([np.empty(0), *(t.zeta for t in self.traces)]),
            },
            title="Profile likelihood: signed root of the change in -2 log likelihood",
        )


def profile(
    fit: Fit, names: str | Sequence[str] | None = None, conf_level: float | None = None
) -> Profile:
    """Find the values at which the profile likelihood drops by the chi-square quantile.

    For each parameter (a fixed effect, a standard deviation, a correlation, sigma) the others are
    at the minimum of -2 log likelihood (ML) given its value v; zeta(v) is the signed square root
    of the increase, and the limits are where it reaches -+ z. No normal approximation is made, so
    that intervals of variances are as asymmetric as the data say, and a limit may be 0 or -+1.

    Parameters
    ----------
    fit : a fitted model; a REML fit is refitted by ML from its cross-products. A generalized one
        is minimised again from its rows, its other coefficients and theta free.
    names : parameters as in `conf_int`; None for all. Variances and covariances only by name:
        "var_ses|school", "cov_ses.(Intercept)|school", "var_residual".
    conf_level : in (0, 1); None for that of the fit.

    Returns
    -------
    Profile.

    Raises
    ------
    SpecError : a parameter does not exist.
    NotEstimableError : a quasi-likelihood (PQL, MQL); a generalized fit saved without its rows.

    Notes
    -----
    About twelve warm minimisations per parameter, which read rows only in generalized models. A
    correlation with an effect of zero variance has no profile (NaN), nor has one of a Toeplitz
    structure beyond neighbours. Of an almost perfect fit rounding may leave no profile on one
    side: NaN there.

    Source
    ------
    lme4's `confint(profile)`: `profile_ci` of cases sleep, penicillin, pastes, machines, dyestuff.
    lme4 interpolates its limits between the points of the trace; here they are solved for.
    Generalized: lme4's confint(glmer), tests/unit/engine/generalized/test_held.py.
    """
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    check_likelihood(fit, "profile()")
    ml = by_ml(fit)
    if fit.spec.is_generalized:
        design_with_rows(fit, "profile()")
    z = normal_quantile((1 + level) / 2)
    curved = _curvature(ml)
    traces, limits, notes = [], [], []
    chosen = choose(parameters(ml), names, on_request(ml))
    with Progress("profile", len(chosen)) as bar:
        for parameter in bar.each(chosen):
            trace, ends, lowest = _follow(ml, parameter, curved, z)
            traces.append(trace)
            limits.append(ends)
            notes += _remarks(trace, ends, ml.estimates.objective - lowest)
    if fit.spec.method != "ML":
        notes.append("Profiles are of the ML likelihood; the REML fit was taken to ML for them.")
    if leaves_no_digit(fit):
        notes.append(NO_DIGIT)
    array = np.array(limits, dtype=float).reshape(len(limits), 2)
    return Profile(ml, level, tuple(traces), array, tuple(notes))


def _curvature(fit: Fit) -> Curvature | VarianceInformation | None:
    """Give the curvature, of which first steps are made, or None where it drowns in rounding."""
    if fit.spec.is_generalized:
        return observed_information(fit)
    try:
        return curvature(fit)
    except EngineError:
        return None


def _follow(
    fit: Fit, parameter: Parameter, curved: Curvature | VarianceInformation | None, z: float
) -> tuple[Trace, tuple[float, float], float]:
    """Walk to both sides; the lowest criterion met comes last."""
    estimate = parameter.estimate
    if math.isnan(estimate) or parameter.quantity is None:
        nothing = Trace(parameter.name, estimate, np.empty(0), np.empty(0))
        return nothing, (math.nan, math.nan), math.inf
    if parameter.is_square:
        return _squared(fit, parameter, curved, z)
    criterion = _held(fit, parameter.quantity)
    close = CLOSE_ENOUGH if fit.spec.is_generalized else CLOSE
    step = _standard_error(fit, parameter, curved)
    curve = Curve(criterion.at, fit.estimates.objective, estimate, criterion.start)
    low, high = (follow(curve, side, step, z, close) for side in _sides(criterion))
    points = sorted({(estimate, 0.0), *low.points, *high.points})
    values, zeta = (np.array(column) for column in zip(*points, strict=True))
    return Trace(parameter.name, estimate, values, zeta), (low.limit, high.limit), criterion.lowest


def _held(fit: Fit, quantity: Quantity) -> HeldCriterion | HeldGeneralized:
    """Hold a quantity in the criterion that the fit has minimised."""
    if fit.spec.is_generalized:
        return HeldGeneralized(fit, quantity)
    return HeldCriterion(fit, quantity)


def _squared(
    fit: Fit, parameter: Parameter, curved: Curvature | VarianceInformation | None, z: float
) -> tuple[Trace, tuple[float, float], float]:
    """Take a variance for the square of its standard deviation, which has the same profile."""
    root = Parameter(parameter.name, math.sqrt(parameter.estimate), parameter.quantity)
    trace, (low, high), lowest = _follow(fit, root, curved, z)
    squares = Trace(trace.parameter, parameter.estimate, trace.values**2, trace.zeta)
    return squares, (low * low, high * high), lowest


def _sides(criterion: HeldCriterion | HeldGeneralized) -> tuple[Side, Side]:
    """Where the parameter space ends, and the scale on which to walk there."""
    low, high = criterion.edges
    match criterion.quantity:
        case StdDev():
            scale = "log"
        case Correlation():
            scale = "atanh"
        case Sigma():
            low, scale = -math.inf, "log"  # the criterion has no value at zero
        case Coefficient() | Covariance():
            scale = "identity"
    return Side(-1, low, scale), Side(1, high, scale)


def _standard_error(
    fit: Fit, parameter: Parameter, curved: Curvature | VarianceInformation | None
) -> float:
    """Guess a first step: the delta-method error, or a share of sigma where there is none."""
    match parameter.quantity:
        case Coefficient(position):
            variance = float(coefficient_covariance(fit)[position, position])
            return math.sqrt(variance) if variance > 0 else 0.1 * (abs(parameter.estimate) or 1.0)
        case Sigma():
            if curved is None:
                return fit.estimates.sigma / math.sqrt(2 * fit.estimates.n_obs)
            return float(np.sqrt(max(curved.covariance[-1, -1], 0.0)))
        case StdDev(block, row):
            spread = 0.0
            if curved is not None:
                slope = curved.Sigma_slopes[block][:, row, row]
                spread = math.sqrt(max(float(slope @ curved.covariance @ slope), 0.0))
            if spread > 0 and parameter.estimate > 0:
                return spread / (2 * parameter.estimate)
            return 0.1 * fit.estimates.sigma / (float(column_sizes(fit)[block][row]) or 1.0)
        case Covariance(block, row, other):
            size = abs(parameter.estimate) or fit.estimates.sigma**2
            if curved is None:
                return size
            slope = curved.Sigma_slopes[block][:, row, other]
            return math.sqrt(max(float(slope @ curved.covariance @ slope), 0.0)) or size
        case _:
            return 0.2


def _remarks(trace: Trace, limits: tuple[float, float], gain: float) -> list[str]:
    if not len(trace.values):
        return [f"{trace.parameter} has no profile."]
    notes = []
    ends = zip(("below", "above"), limits, strict=True)
    sides = " and ".join(side for side, end in ends if math.isnan(end))
    if sides:
        notes.append(
            f"The profile of {trace.parameter} breaks off {sides} the estimate: rounding leaves "
            "nothing of the criterion there."
        )
    if gain > BETTER:
        notes.append(
            f"On the profile of {trace.parameter} -2 log likelihood is lower by {gain:.2g} than at "
            "the estimates: these are not the best ones."
        )
    elif np.any(np.diff(trace.zeta) < -FLAT):
        notes.append(f"The profile of {trace.parameter} is not monotone: read its trace.")
    return notes
