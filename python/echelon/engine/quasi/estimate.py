"""PQL and MQL: a generalized model as a series of linear mixed models.

Room: engine/quasi/. Repeats linear fits until they stand still; every stop is reported.
Takes: a `Design` with one linear predictor, its `ModelSpec` and its `Observation`.
Gives: `Estimates`, without a likelihood: there is none.
Source: docs/theory.md (27); Breslow & Clayton (1993); Goldstein & Rasbash (1996).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.engine.estimates import Approximation, Estimates, Generalized, Verdict
from echelon.engine.linear import fixed_part, random_part
from echelon.engine.observation.model import Observation
from echelon.engine.quasi.information import absolute, variance_covariance
from echelon.engine.quasi.linear import LinearFit, fit_linear
from echelon.engine.quasi.mean import FAMILIES, MeanModel
from echelon.engine.quasi.steps import Steps
from echelon.engine.quasi.working import (
    Expansion,
    conditional_spread,
    first_order,
    marginal_spreads,
    working_design,
)
from echelon.engine.verdict import judge
from echelon.errors import EngineError, SpecError
from echelon.spec import ModelSpec

MOST_ITERATIONS = 200
TOLERANCE = 1e-8  # on the relative change of coefficients and covariance parameters
LONGEST_SATURATED = 20  # linear models in a row with probabilities of 0 or 1
EVALUATIONS_PER = 4  # times max_evaluations, which is for each linear model: for all of them
STANDING = 1e-6  # on the change of eta, in working standard deviations per row


@dataclass(frozen=True, slots=True)
class _Way:
    """Which of the four approximations: around the modes or around zero, of which order."""

    name: str

    @property
    def is_penalized(self) -> bool:
        return self.name.startswith("PQL")

    @property
    def is_second_order(self) -> bool:
        return self.name.endswith("2")


def quasi_likelihood(
    design: Design,
    spec: ModelSpec,
    observation: Observation,
    is_scale_free: bool | None = None,
    is_restricted: bool = False,
) -> Estimates:
    """Estimate a generalized model by penalized or marginal quasi-likelihood.

    The mean is expanded around the linear predictor (PQL: with the conditional modes; MQL: with
    random effects at zero), to first or second order; the linear mixed model that results is
    fitted; and again, until nothing moves. For comparison with programs that do no more: the
    estimates are biased towards zero, the more the fewer observations a group has, most of all
    for binary responses. Theory (27).

    Parameters
    ----------
    design : n rows, encoded; one linear predictor with random effects.
    spec : method 'PQL1', 'PQL2', 'MQL1' or 'MQL2'; start and control are read from it.
    observation : its family and link are read.
    is_scale_free : estimate the scale phi, Var(y) = phi V(mu) / weight ("extra-binomial
        variation"; always in MASS' glmmPQL). None: where the family has one; 1 for binomial and
        Poisson.
    is_restricted : fit the linear models by REML (SAS' default, RSPL) instead of ML.

    Returns
    -------
    `Estimates`: theta and Lambdas on the link scale; `sigma` is the square root of phi where a
    binomial or Poisson scale was asked for, 1 otherwise (a family's own scale is in
    `generalized.extra`, as log sigma); objective and log_likelihood are NaN.

    Raises
    ------
    SpecError : the family's variance does not follow from the mean, or there are other linear
        predictors.
    EngineError : the first linear model could not be fitted.

    Notes
    -----
    Each iteration costs a pass over the rows and a Gaussian fit; at most 200 of them, or
    `control.max_evaluations`. PQL2 also needs a conditional variance per row.
    """
    model = MeanModel(observation.family, observation.link)
    _check_family(design, model, observation)
    is_free = model.has_scale if is_scale_free is None else is_scale_free
    series = _Series(design, spec, model, _Way(str(spec.method)), is_free, is_restricted)
    return _read_off(series, *series.run())


def _check_family(design: Design, model: MeanModel, observation: Observation) -> None:
    if model.family not in FAMILIES:
        raise SpecError(
            f"Quasi-likelihood needs a variance that follows from the mean; '{model.family}' has "
            "none.",
            where="options family and method",
            got=f"family = '{model.family}'",
            need="family = " + ", ".join(repr(name) for name in FAMILIES),
            do="leave method out: Laplace or quadrature fit every family.",
            slug="quasi-family",
        )
    if len(observation.channels) > 1 + model.has_scale or len(design.extra_names) > model.has_scale:
        raise SpecError(
            "Quasi-likelihood knows one linear predictor, the mean's.",
            where="options zero, hurdle and dispersion",
            got="linear predictors " + ", ".join(repr(name) for name in observation.channels),
            need="a mean, and a scale that is the same for all rows",
            do="leave method out: Laplace or quadrature fit all of them.",
            slug="quasi-one-predictor",
        )


class _Series:
    """Linear fits, one after the other."""

    __slots__ = ("design", "is_free", "is_restricted", "model", "spec", "way")

    def __init__(
        self,
        design: Design,
        spec: ModelSpec,
        model: MeanModel,
        way: _Way,
        is_free: bool,
        is_restricted: bool,
    ) -> None:
        self.design, self.spec, self.model, self.way = design, spec, model, way
        self.is_free, self.is_restricted = is_free, is_restricted

    def run(self) -> tuple[LinearFit, Verdict]:
        """Iterate: the last linear fit, and why it was the last."""
        most = self.spec.control.max_evaluations
        at = first_order(self.model.start(self.design))
        linear = self.fit(at, self.spec.start, 1.0)
        n_evaluations, n_saturated, reason = linear.outcome["n_evaluations"], 0, "iterations"
        steps = Steps(self.model.limits)
        for _ in range(min(MOST_ITERATIONS, most)):
            new = self.expanded(linear)
            n_saturated = n_saturated + 1 if self.model.is_saturated(new.eta) else 0
            if n_saturated > LONGEST_SATURATED or n_evaluations > EVALUATIONS_PER * most:
                reason = "saturated" if n_saturated else "evaluations"
                break
            last, at = linear, steps.next(at, new, linear.weights)
            try:
                linear = self.fit(at, last.theta, last.sigma)
            except EngineError:
                reason = "diverged"
                break
            n_evaluations += linear.outcome["n_evaluations"]
            if self.has_converged(last, linear) and self.stands(at, linear):
                reason = "converged" if not n_saturated else "saturated"
                break
        return linear, self.verdict(linear, reason, n_evaluations)

    def fit(self, at: Expansion, theta: FloatArray | None, sigma: float) -> LinearFit:
        """Fit the linear model at an expansion, from theta and sigma of the one before."""
        working = working_design(self.design, self.model, at)
        ways = self.is_free, self.is_restricted
        return fit_linear(working, theta, sigma, *ways, self.spec.control)

    def expanded(self, linear: LinearFit) -> Expansion:
        """Expand the mean at the coefficients, and modes or zero, of a linear fit."""
        blocks, eta = self.design.rows.blocks, self.centre(linear)
        if not self.way.is_second_order or not blocks:
            return first_order(eta)
        if self.way.is_penalized:
            numbers, widened = range(len(blocks)), linear.design.rows.blocks
            spread_of = partial(conditional_spread, linear.workspace, widened, len(linear.beta))
            spreads = tuple(spread_of([number]) for number in numbers)
            whole = spreads[0] if len(spreads) == 1 else spread_of(numbers)
        else:
            Lambdas = [linear.sigma * Lambda for Lambda in self.own(linear.Lambdas)]
            spreads = marginal_spreads(blocks, [Lambda @ Lambda.T for Lambda in Lambdas])
            whole = np.sum(spreads, axis=0)
        return Expansion(eta, whole, spreads)

    def centre(self, linear: LinearFit) -> FloatArray:
        """Linear predictor (n,) around which the mean is expanded next."""
        eta = fixed_part(self.design.rows, linear.beta)
        if not self.way.is_penalized:
            return eta
        return eta + random_part(self.design.rows.blocks, self.modes(linear), self.design.n_obs)

    def own(self, matrices: tuple[FloatArray, ...]) -> tuple[FloatArray, ...]:
        """Leave second-order columns out of templates (r, r)."""
        sizes = [block.n_columns for block in self.design.rows.blocks]
        return tuple(m[:r, :r] for m, r in zip(matrices, sizes, strict=True))

    def modes(self, linear: LinearFit) -> tuple[FloatArray, ...]:
        """Conditional modes (J, r) by block."""
        sizes = [block.n_columns for block in self.design.rows.blocks]
        return tuple(b[:, :r] for b, r in zip(linear.modes, sizes, strict=True))

    def has_converged(self, last: LinearFit, linear: LinearFit) -> bool:
        """Whether coefficients and covariance parameters have stopped moving."""
        errors = np.sqrt(np.nan_to_num(np.diagonal(linear.vcov)))
        moved = np.nan_to_num(np.abs(linear.beta - last.beta))
        is_still = bool((moved <= TOLERANCE * (np.nan_to_num(np.abs(linear.beta)) + errors)).all())
        units = 1.0 / linear.mapping.scale(linear.theta, linear.sizes)
        theta, before = linear.theta * linear.sigma, last.theta * last.sigma
        allowed = TOLERANCE * (np.abs(theta) + linear.sigma * units)
        return is_still and bool((np.abs(theta - before) <= allowed).all())

    def stands(self, at: Expansion, linear: LinearFit) -> bool:
        """Whether the model was expanded where it now is, not only a short step towards it."""
        moved = np.sqrt(np.mean(linear.weights * np.square(self.centre(linear) - at.eta)))
        return bool(moved <= STANDING * linear.sigma)

    def verdict(self, linear: LinearFit, reason: str, n_evaluations: int) -> Verdict:
        """Judge the last linear fit, and the series by its reason to stop."""
        blocks = self.design.rows.blocks
        sizes = [row[: block.n_columns] for row, block in zip(linear.sizes, blocks, strict=True)]
        outcome = linear.outcome | {"n_evaluations": n_evaluations}
        found = judge(blocks, self.own(linear.Lambdas), sizes, outcome)
        return replace(found, is_converged=reason == "converged", reason=reason)


def _read_off(series: _Series, linear: LinearFit, verdict: Verdict) -> Estimates:
    design, sigma = series.design, linear.sigma
    theta = absolute(linear.mapping, linear.theta, sigma)
    modes = series.modes(linear)
    eta = fixed_part(design.rows, linear.beta)
    eta = eta + random_part(design.rows.blocks, modes, design.n_obs)
    has_own_scale = len(design.extra_names) == 1 and series.model.has_scale
    numbers = linear.workspace.solution()
    return Estimates(
        beta=linear.beta,
        is_estimated=~np.isnan(linear.beta),
        vcov=linear.vcov,
        theta=theta,
        Lambdas=tuple(sigma * Lambda for Lambda in series.own(linear.Lambdas)),
        sigma=1.0 if series.model.has_scale else sigma,
        objective=np.nan,
        log_likelihood=np.nan,
        pwrss=np.nan,
        logdet_random=numbers["logdet_random"],
        logdet_fixed=np.nan,
        n_obs=design.n_obs,
        n_estimated=linear.n_estimated,
        n_theta=len(theta),
        modes=modes,
        verdict=verdict,
        plan=linear.workspace.plan(),
        generalized=Generalized(
            extra=np.full(int(has_own_scale), np.log(sigma)),
            joint_cov=_joint(linear, series.is_free, has_own_scale),
            eta=_channels(eta, has_own_scale, sigma),
            approximation=Approximation(series.way.name),
        ),
    )


def _joint(linear: LinearFit, is_free: bool, has_own_scale: bool) -> FloatArray:
    """Covariance of (beta, extra, theta), coefficients apart from variances: a linear model's."""
    of_variances = variance_covariance(linear, is_free)
    if not has_own_scale:
        of_variances = of_variances[1:, 1:]
    p, k = len(linear.beta), len(of_variances)
    joint = np.zeros((p + k, p + k))
    joint[:p, :p], joint[p:, p:] = linear.vcov, of_variances
    lost = np.append(np.isnan(linear.beta), np.isnan(np.diagonal(of_variances)))
    return np.where(np.logical_or.outer(lost, lost), np.nan, joint)


def _channels(eta: FloatArray, has_own_scale: bool, sigma: float) -> FloatArray:
    """Stack the linear predictors (K, n): the mean's, and the log scale where there is one."""
    return np.vstack([eta, np.full(len(eta), np.log(sigma))]) if has_own_scale else eta[None, :]
