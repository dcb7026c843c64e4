"""Estimation by adaptive quadrature: from the Laplace estimates on, with as many points as asked.

Room: engine/generalized/. Repeats the search of `generalized` with more nodes.
Takes: a `Design` with channels, a `ModelSpec` and its observation model.
Gives: `Estimates` with `generalized`.
Source: docs/theory.md (26); Pinheiro & Bates (1995); Rabe-Hesketh, Skrondal & Pickles (2005).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.engine.estimates import Approximation, Estimates
from echelon.engine.generalized.estimate import (
    Minimum,
    Search,
    find_minimum,
    joint_covariance,
    minimise_from,
    read_off,
    search_of,
    workspace_of,
)
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from echelon.engine.observation.model import Observation
from echelon.errors import EngineError
from echelon.progress import Progress
from echelon.spec import ModelSpec

POINTS = (3, 5, 7, 9, 11, 15, 21, 31, 51)  # what "auto" goes through
STANDING = 1e-3  # largest change of an estimate, in standard errors, that ends "auto"
MOST_ROWS = 1e10  # rows times nodes of one pass that are begun
MOST_ROWS_AUTO = 1e8  # that "auto" goes on to
MOST_NODES = 3e6  # of one group before the lightest are left out: they are listed first
MOST_PLACEMENTS = 12  # times that the nodes of a nested quadrature are moved
PLACED = 1e-6  # change of the criterion after which they stay


def by_quadrature(design: Design, spec: ModelSpec, observation: Observation) -> Estimates:
    """Estimate a generalized model by adaptive Gauss-Hermite quadrature.

    Parameters
    ----------
    design : n rows, encoded; one grouping factor, or several that are nested in each other.
    spec : `quadrature` is the number of points per random effect, or 'auto': points are added until
        no estimate moves by more than 0.001 standard errors.
    observation : the family with its link.

    Returns
    -------
    The estimates; `generalized.approximation` tells points and nodes, and the steps of 'auto'.

    Raises
    ------
    EngineError : the factors are crossed, or there would be more nodes than can be gone through.

    Notes
    -----
    Costs (points to the power of random effects per group, over all levels) times Laplace.
    """
    _check_rule(design, spec.quadrature if isinstance(spec.quadrature, int) else POINTS[0])
    laplace = workspace_of(design, spec, observation, 1)
    search = search_of(design, spec, laplace)
    minimum = find_minimum(laplace, search, observation)
    if isinstance(spec.quadrature, int):
        workspace = _opened(design, spec, observation, spec.quadrature)
        with Progress(_cost(workspace, design), 1) as progress:
            minimum = _minimise(workspace, search, minimum)
            progress.update(1)
        approximation = Approximation("quadrature", spec.quadrature, workspace.n_nodes)
        return read_off(workspace, search, minimum, approximation)
    return _automatic(laplace, search, minimum, observation)


def _automatic(
    laplace: GeneralizedWorkspace, search: Search, first: Minimum, observation: Observation
) -> Estimates:
    """Add points until the estimates stand still, or the cost is too high."""
    design = search.design
    covariance = joint_covariance(laplace, search, first)
    spread = np.sqrt(np.diag(covariance))
    steps: list[tuple[int, float, float]] = []
    workspace, minimum, points = laplace, first, 1
    for points, workspace in _affordable(search, observation):
        with Progress(_cost(workspace, design), 1) as progress:
            found = _minimise(workspace, search, minimum)
            progress.update(1)
        steps.append((points, found.objective, _distance(found, minimum, spread)))
        minimum = found
        if steps[-1][2] < STANDING or not found.verdict.is_converged:
            break
    away = (1, first.objective, _distance(minimum, first, spread))
    approximation = Approximation("quadrature", points, workspace.n_nodes, (away, *steps))
    return read_off(workspace, search, minimum, approximation)


def _affordable(
    search: Search, observation: Observation
) -> Iterator[tuple[int, GeneralizedWorkspace]]:
    for points in POINTS:
        if points > POINTS[0] and _size_of_rule(search.design, points) > MOST_NODES:
            return
        workspace = workspace_of(search.design, search.spec, observation, points)
        if points > POINTS[0] and workspace.n_nodes * search.design.n_obs > MOST_ROWS_AUTO:
            return
        yield points, workspace


def _minimise(workspace: GeneralizedWorkspace, search: Search, start: Minimum) -> Minimum:
    """Minimise from a start; nested nodes are moved to where the estimates are, and again."""
    if len(search.design.rows.blocks) == 1:
        return minimise_from(workspace, search, start.coefficients, start.theta)
    found, n_evaluations = start, 0
    for _ in range(MOST_PLACEMENTS):
        workspace.place(found.coefficients, search.mapping.Lambdas(found.theta))
        before = found.objective
        found = minimise_from(workspace, search, found.coefficients, found.theta)
        n_evaluations += found.verdict.n_evaluations
        if abs(found.objective - before) < PLACED:
            break
    workspace.place(found.coefficients, search.mapping.Lambdas(found.theta))
    objective = workspace.objective(found.coefficients, search.mapping.Lambdas(found.theta))
    verdict = replace(found.verdict, n_evaluations=n_evaluations)
    return replace(found, objective=objective, verdict=verdict)


def _opened(
    design: Design, spec: ModelSpec, observation: Observation, points: int
) -> GeneralizedWorkspace:
    workspace = workspace_of(design, spec, observation, points)
    if workspace.n_nodes * design.n_obs > MOST_ROWS:
        raise _too_large(
            points,
            f"{workspace.n_nodes:,} nodes for each of {design.n_obs:,} rows",
            f"at most {MOST_ROWS:g} densities in one evaluation of the likelihood",
        )
    return workspace


def _check_rule(design: Design, points: int) -> None:
    """Refuse a rule that is too long to be listed, before it is."""
    if _size_of_rule(design, points) > MOST_NODES:
        r = max(block.n_columns for block in design.rows.blocks)
        raise _too_large(
            points,
            f"{r} random effects per group: {points} to the power of {r} nodes",
            f"at most {MOST_NODES:g} nodes",
        )


def _size_of_rule(design: Design, points: int) -> float:
    return float(points) ** max((block.n_columns for block in design.rows.blocks), default=0)


def _too_large(points: int, got: str, need: str) -> EngineError:
    return EngineError(
        "This quadrature has too many nodes.",
        where=f"option quadrature, {points} points",
        got=got,
        need=need,
        do="use fewer points, fewer random effects per group, or Laplace (quadrature=1).",
        slug="quadrature-too-large",
    )


def _cost(workspace: GeneralizedWorkspace, design: Design) -> str:
    """State the cost, before it starts."""
    size = workspace.n_nodes * design.n_obs
    return f"quadrature: {workspace.n_nodes} nodes, {size} densities per evaluation"


def _distance(end: Minimum, start: Minimum, spread: FloatArray) -> float:
    """Largest change of a parameter, in standard errors of the Laplace estimates."""
    change = np.concatenate([end.coefficients - start.coefficients, end.theta - start.theta])
    scaled = np.abs(change[spread > 0]) / spread[spread > 0]
    return float(scaled.max(initial=0.0))
