"""Design to estimates for generalized models: start, minimise, differentiate, read off.

Room: engine/generalized/. Composes the workspace, theta and verdict.
Takes: a `Design` with channels and a `ModelSpec`.
Gives: `Estimates` with `generalized`.
Source: docs/theory.md (25) and (26).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.engine.coordinates import Interior
from echelon.engine.estimates import Approximation, Estimates, Generalized, Plan, Verdict
from echelon.engine.generalized.linear_predictors import linear_predictors
from echelon.engine.generalized.start import estimable, first_coefficients
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from echelon.engine.observation.model import Observation
from echelon.engine.theta import ThetaMap, theta_map
from echelon.engine.verdict import judge
from echelon.errors import EngineError
from echelon.spec import ModelSpec

NEAR = 0.1  # of the standard deviations by moments, where these are too large to start from


@dataclass(frozen=True, slots=True)
class Minimum:
    """Where the minimiser ended: all coefficients (p + m,) and theta (k,), in canonical signs."""

    coefficients: FloatArray
    theta: FloatArray
    objective: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Search:
    """What a search needs besides its start: the map of theta, and which coefficients vary."""

    design: Design
    spec: ModelSpec
    mapping: ThetaMap
    free: tuple[int, ...]


def estimate_generalized(design: Design, spec: ModelSpec, observation: Observation) -> Estimates:
    """Estimate a generalized multilevel model by Laplace.

    Parameters
    ----------
    design : n rows, encoded, with their channels.
    spec : starting values and control are read from it.
    observation : the family with its link.

    Returns
    -------
    The estimates at the minimum of -2 log likelihood, with `generalized`.

    Raises
    ------
    EngineError : the estimation could not be carried out; the message says where and why.

    Notes
    -----
    One pass over the rows per step of the modes; about ten evaluations of the criterion, and two
    per parameter for the observed information.
    """
    workspace = workspace_of(design, spec, observation, 1)
    search = search_of(design, spec, workspace)
    minimum = find_minimum(workspace, search, observation)
    name = "Laplace" if design.rows.blocks else "exact"
    return read_off(workspace, search, minimum, Approximation(name))


def workspace_of(
    design: Design, spec: ModelSpec, observation: Observation, points: int
) -> GeneralizedWorkspace:
    """Open a model in the core, with a number of quadrature points."""
    name, link = observation.core_name, observation.link
    return GeneralizedWorkspace(design, name, link, points, spec.control.threads)


def search_of(design: Design, spec: ModelSpec, workspace: GeneralizedWorkspace) -> Search:
    """Give what a search needs besides its start."""
    return Search(design, spec, theta_map(design.rows.blocks), estimable(design, workspace))


def warm_estimates(
    design: Design,
    spec: ModelSpec,
    observation: Observation,
    start: tuple[FloatArray, FloatArray],
    approximation: Approximation,
    *,
    is_point: bool,
) -> Estimates:
    """Estimate a generalized model from a start that is near.

    For relatives of a model that was fitted: replicates, fewer rows, fewer random effects.

    Parameters
    ----------
    design : n rows, encoded, with their channels.
    spec, observation : of the model.
    start : coefficients (p + m,), without NaN, and theta (k,).
    approximation : of the model's likelihood.
    is_point : leave the covariance of the parameters out: it is NaN, and saves half the time.

    Returns
    -------
    The estimates. A boundary is confirmed from a far start.
    """
    workspace = workspace_of(design, spec, observation, approximation.n_points)
    search = search_of(design, spec, workspace)
    mapping = search.mapping
    far = mapping.start(far_from_zero(design))
    coefficients, theta = start
    found = minimise_from(workspace, search, coefficients, theta if theta.all() else far)
    if found.verdict.is_singular or not found.verdict.is_converged:
        second = minimise_from(workspace, search, coefficients, far)
        found = second if second.objective < found.objective else found
        workspace.objective(found.coefficients, mapping.Lambdas(found.theta))
    used = approximation if design.rows.blocks else Approximation("exact")
    return read_off(workspace, search, found, used, is_point=is_point)


def find_minimum(
    workspace: GeneralizedWorkspace, search: Search, observation: Observation
) -> Minimum:
    """Minimise from moments; a boundary that was found is confirmed from a far start."""
    design, spec, mapping = search.design, search.spec, search.mapping
    first = first_coefficients(design, observation)
    coefficients, std_devs = workspace.start(first, search.free)
    theta = mapping.start(std_devs) if spec.start is None else np.asarray(spec.start, dtype=float)
    try:
        found = minimise_from(workspace, search, coefficients, theta)
    except EngineError:
        if spec.start is not None or not mapping.n_theta:
            raise
        near = mapping.start([[NEAR * s for s in row] for row in std_devs])
        found = minimise_from(workspace, search, coefficients, near)
    if spec.start is not None or (found.verdict.is_converged and not found.verdict.is_singular):
        return found
    try:
        second = minimise_from(
            workspace, search, coefficients, mapping.start(far_from_zero(design))
        )
    except EngineError:  # the density has no value so far out: there is no second opinion
        workspace.objective(found.coefficients, mapping.Lambdas(found.theta))
        return found
    gain = found.objective - second.objective
    is_better = gain > 1e-7 * max(1.0, abs(found.objective))
    if is_better or (not found.verdict.is_converged and second.verdict.is_converged and gain >= 0):
        return second
    workspace.objective(found.coefficients, mapping.Lambdas(found.theta))
    return found


def minimise_from(
    workspace: GeneralizedWorkspace, search: Search, coefficients: FloatArray, theta: FloatArray
) -> Minimum:
    """Minimise from one start, in the coordinates that suit the structures."""
    design, mapping = search.design, search.mapping
    n = len(coefficients)
    index = mapping.index()
    control = search.spec.control
    settings = (control.max_evaluations, control.gradient_tolerance)
    free = [*search.free, *range(n, n + mapping.n_theta)]
    interior = Interior(*mapping.bounds()) if index is None else None
    call = None if interior is None else partial(mapping.computed, interior)
    phi = theta if interior is None else interior.phi(theta)
    low, high = mapping.bounds() if interior is None else interior.bounds()
    bounds = (
        np.concatenate([np.full(n, -np.inf), low]),
        np.concatenate([np.full(n, np.inf), high]),
    )
    outcome = workspace.minimise(
        np.concatenate([coefficients, phi]), free, bounds, settings, index, call
    )
    full = np.asarray(outcome["full"])
    reached = full[n:] if interior is None else interior.theta(full[n:])
    reached = mapping.canonical(reached)
    verdict = judge(design.rows.blocks, mapping.Lambdas(reached), column_sizes(design), outcome)
    return Minimum(full[:n], reached, float(outcome["objective"]), verdict)


def far_from_zero(design: Design) -> list[list[float]]:
    """Give standard deviations that move a typical row by one, r per block."""
    return [[1.0 / s if s > 0 else 1.0 for s in sizes] for sizes in column_sizes(design)]


def column_sizes(design: Design) -> list[list[float]]:
    """Root mean square of the random columns, r per block."""
    return [
        [float(np.sqrt(np.mean(np.square(column)))) for column in block.columns]
        for block in design.rows.blocks
    ]


def read_off(
    workspace: GeneralizedWorkspace,
    search: Search,
    minimum: Minimum,
    approximation: Approximation,
    *,
    is_point: bool = False,
) -> Estimates:
    """Collect the estimates at a minimum, with the covariance of all parameters.

    `is_point` leaves the covariance out: it is NaN.
    """
    design, mapping = search.design, search.mapping
    n, p = len(minimum.coefficients), len(design.fixed_names)
    Lambdas = mapping.Lambdas(minimum.theta)
    if is_point:
        joint_cov = np.full((n + mapping.n_theta,) * 2, np.nan)
    else:
        joint_cov = joint_covariance(workspace, search, minimum)
    modes = tuple([u @ L.T for u, L in zip(workspace.modes(), Lambdas, strict=True)])
    is_free = np.zeros(n, dtype=bool)
    is_free[list(search.free)] = True
    shown = np.where(is_free, minimum.coefficients, np.nan)
    eta = linear_predictors(design, np.where(is_free, minimum.coefficients, 0.0), modes)
    root = workspace.root()
    order = tuple(np.argsort([-block.n_groups for block in design.rows.blocks]).tolist())
    way = "groups" if root is None else "dense" if root[1] else "sparse"
    return Estimates(
        beta=shown[:p],
        is_estimated=is_free[:p],
        vcov=joint_cov[:p, :p],
        theta=minimum.theta,
        Lambdas=Lambdas,
        sigma=1.0,
        objective=minimum.objective,
        log_likelihood=-0.5 * minimum.objective,
        pwrss=np.nan,
        logdet_random=np.nan,
        logdet_fixed=np.nan,
        n_obs=design.n_obs,
        n_estimated=int(is_free[:p].sum()),
        n_theta=mapping.n_theta,
        modes=modes,
        verdict=minimum.verdict,
        plan=Plan(way, order, 0 if root is None else root[0], ()),
        generalized=Generalized(shown[p:], joint_cov, eta, approximation),
    )


def joint_covariance(
    workspace: GeneralizedWorkspace, search: Search, minimum: Minimum
) -> FloatArray:
    """Covariance of (coefficients, theta): twice the inverse of the criterion's Hessian.

    Entries of theta that are zero (a boundary) are held there: their rows are NaN, as are those
    of coefficients that were not estimated, and all where the Hessian is not positive definite.
    """
    mapping = search.mapping
    n = len(minimum.coefficients)
    inside = [i for i, value in enumerate(minimum.theta.tolist()) if value != 0.0]
    free = [*search.free, *(n + i for i in inside)]
    index = mapping.index()
    full = np.concatenate([minimum.coefficients, minimum.theta])
    call = None if index is not None else partial(in_theta, mapping)
    inverse = workspace.covariance(full, free, index, call)
    size = n + mapping.n_theta
    covariance = np.full((size, size), np.nan)
    if inverse is not None:
        covariance[np.ix_(free, free)] = inverse
    return covariance


def in_theta(
    mapping: ThetaMap, theta: FloatArray
) -> tuple[list[list[float]], list[tuple[int, list[float]]]]:
    """Templates and their derivatives by theta itself, for a map that is not linear."""
    flat = [template.ravel().tolist() for template in mapping.Lambdas(theta)]
    return flat, [(block, d.ravel().tolist()) for block, d in mapping.directions(theta)]
