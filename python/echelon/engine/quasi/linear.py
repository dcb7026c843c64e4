"""One linear mixed model of a quasi-likelihood: working response and weights, sigma held or free.

Room: engine/quasi/. Fits from given rows and a given start; knows nothing of links.
Takes: a `Design` whose y and weights are working ones.
Gives: `LinearFit`: coefficients, templates, modes, and the workspace at the minimum.
Source: docs/theory.md (5) to (12), (27).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.design.structure import CovarianceStructure, box
from echelon.engine.coordinates import Interior, recentring
from echelon.engine.kernel import CrossProducts, Workspace, accumulate
from echelon.engine.theta import ThetaMap, theta_map
from echelon.engine.verdict import SINGULAR, smallest_singular_value
from echelon.options import Control

TOLERANCE = 1e-16  # on the Newton decrement: the next linear model is built on this one
NEAR = 0.1  # standard deviation, relative to sigma, from which a variance of zero is tried again
MOST_SIGMAS = 50
SAME_SIGMA = 1e-9  # relative
WITHOUT_THETA: dict[str, Any] = {
    "theta": np.empty(0),
    "n_evaluations": 1,
    "decrement": 0.0,
    "gradient_norm": 0.0,
    "smallest_eigenvalue": np.inf,
    "reason": "converged",
}


@dataclass(frozen=True, slots=True)
class KnownVariance(CovarianceStructure):
    """Random effects whose standard deviation is not estimated; `std_dev` is relative to sigma."""

    std_dev: float = 1.0

    @property
    def name(self) -> str:
        """Name of the structure; no formula has it."""
        return "known"

    @property
    def n_theta(self) -> int:
        """Nothing is estimated."""
        return 0

    @property
    def theta_names(self) -> tuple[str, ...]:
        """Nothing to be named."""
        return ()

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Limits of nothing."""
        return box(0)

    def start(self, std_devs: FloatArray) -> FloatArray:
        """Start nothing."""
        return np.empty(0)

    def canonical(self, theta: FloatArray) -> FloatArray:
        """Leave nothing as it is."""
        return theta

    def Lambda(self, theta: FloatArray) -> FloatArray:
        """Give the factor (r, r), constant."""
        return self.std_dev * np.eye(self.size)

    def jacobian(self, theta: FloatArray) -> FloatArray:
        """Differentiate a constant by nothing, (0, r, r)."""
        return np.zeros((0, self.size, self.size))


@dataclass(frozen=True, slots=True, eq=False)
class LinearFit:
    """The minimum of one linear model; `theta` and `Lambdas` are relative to `sigma`.

    `weights` (n,) are the working ones; `sizes` are the root mean squares of the weighted random
    columns, r per block; `outcome` is the minimiser's report.
    """

    design: Design
    weights: FloatArray
    workspace: Workspace
    mapping: ThetaMap
    theta: FloatArray
    Lambdas: tuple[FloatArray, ...]
    sigma: float
    beta: FloatArray
    vcov: FloatArray
    n_estimated: int
    modes: tuple[FloatArray, ...]
    sizes: list[list[float]]
    outcome: dict[str, Any]


def mapping_at(design: Design, sigma: float) -> ThetaMap:
    """Map theta to templates relative to sigma; effects of known variance have variance one."""
    blocks = [
        replace(
            block,
            terms=tuple(
                replace(term, structure=KnownVariance(term.size, 1.0 / sigma))
                if isinstance(term.structure, KnownVariance)
                else term
                for term in block.terms
            ),
        )
        for block in design.rows.blocks
    ]
    return theta_map(tuple(blocks))


def fit_linear(
    design: Design,
    theta: FloatArray | None,
    sigma: float,
    is_free: bool,
    is_restricted: bool,
    control: Control,
) -> LinearFit:
    """Fit one linear mixed model.

    Parameters
    ----------
    design : rows with working response and weights; terms of known variance are absolute.
    theta : start, relative to sigma; None: from moments.
    sigma : residual standard deviation: held, or (`is_free`) where its estimation starts.
    is_free : estimate sigma.
    is_restricted : by REML, as SAS' RSPL, instead of ML.
    control : path, threads and evaluations are read from it.

    Returns
    -------
    `LinearFit`.

    Raises
    ------
    EngineError : the working values cannot be fitted.

    Notes
    -----
    Sigma is profiled out unless there are terms of known variance; then it is found by repeating
    with sigma held, theory (27).
    """
    products = accumulate(design, threads=control.threads)
    maps = recentring(design.rows.blocks, products.random_grams())
    working = products if maps is None else products.transformed(maps)
    method = "REML" if is_restricted else "ML"
    workspace = Workspace(working, method, control.path, control.threads, design)
    mapping = mapping_at(design, sigma)
    known = known_entries(design)
    if theta is not None and maps is not None:
        theta = mapping.rebased(theta, maps, back=False)
    n_evaluations = 0
    for _ in range(MOST_SIGMAS):
        mapping = mapping_at(design, sigma)
        workspace.hold(sigma=None if is_free and not known else sigma)
        outcome = _minimise(workspace, mapping, working, theta, control)
        n_evaluations += outcome["n_evaluations"]
        theta = outcome["theta"]
        if not is_free:
            break
        before, sigma = sigma, _next_sigma(workspace, known, sigma)
        if not known or abs(sigma / before - 1.0) < SAME_SIGMA:
            break
    outcome = outcome | {"n_evaluations": n_evaluations}
    assert theta is not None
    if maps is not None:
        theta = mapping.rebased(theta, maps, back=True)
        workspace = Workspace(products, method, control.path, control.threads, design)
    workspace.hold(sigma=sigma)
    theta = mapping.canonical(theta)
    workspace.objective(mapping_at(design, sigma).Lambdas(theta))
    return _read_off(design, workspace, theta, sigma, _sizes(mapping, products), outcome)


def known_entries(design: Design) -> list[tuple[int, int]]:
    """Places (block, column) of the effects of known variance."""
    return [
        (number, column)
        for number, block in enumerate(design.rows.blocks)
        for term in block.terms
        if isinstance(term.structure, KnownVariance)
        for column in range(term.start, term.stop)
    ]


def _next_sigma(workspace: Workspace, known: list[tuple[int, int]], sigma: float) -> float:
    """Solve for the sigma at which the criterion is flat, known variances staying what they are."""
    numbers = workspace.solution()
    m = float(numbers["residual_n"])
    if known:
        gradient = workspace.gradient()
        m -= 0.5 * sum(float(gradient[b][c, c]) for b, c in known) / sigma
    return math.sqrt(numbers["pwrss"] / m) if m > 0 else 2.0 * sigma


def _sizes(mapping: ThetaMap, products: CrossProducts) -> list[list[float]]:
    """Root mean square of the weighted random columns, r per block."""
    return [
        [math.sqrt(gram[a * (r + 1)] / products.n_obs) for a in range(r)]
        for gram, r in zip(products.random_grams(), mapping.sizes, strict=True)
    ]


def _minimise(
    workspace: Workspace,
    mapping: ThetaMap,
    products: CrossProducts,
    theta: FloatArray | None,
    control: Control,
) -> dict[str, Any]:
    """Minimise from theta; a boundary is left before the start and confirmed from far away."""
    if mapping.n_theta == 0:
        workspace.objective(mapping.Lambdas(np.empty(0)))
        return WITHOUT_THETA
    sizes = _sizes(mapping, products)
    if theta is None:
        theta = mapping.start(products.start_std_devs())
    elif _is_boundary(mapping, theta, sizes):
        theta = _of_size(mapping, sizes, NEAR)
    first = _run(workspace, mapping, theta, sizes, control)
    if not _is_boundary(mapping, first["theta"], sizes):
        return first
    reached = workspace.solution()["objective"]
    second = _run(workspace, mapping, _of_size(mapping, sizes, 1.0), sizes, control)
    n_evaluations = first["n_evaluations"] + second["n_evaluations"]
    gain = reached - workspace.solution()["objective"]
    best = second if gain > 1e-9 * max(1.0, abs(reached)) else first
    return best | {"n_evaluations": n_evaluations}


def _of_size(mapping: ThetaMap, sizes: list[list[float]], share: float) -> FloatArray:
    """Make theta whose effects have `share` of the residual standard deviation on a row."""
    return mapping.start([[share / size if size > 0 else share for size in r] for r in sizes])


def _is_boundary(mapping: ThetaMap, theta: FloatArray, sizes: list[list[float]]) -> bool:
    Lambdas = mapping.Lambdas(theta)
    for place in mapping.places:
        inside = slice(place.start, place.stop)
        rms = np.array(sizes[place.block][inside])
        if smallest_singular_value(Lambdas[place.block][inside, inside] * rms[:, None]) < SINGULAR:
            return True
    return False


def _run(
    workspace: Workspace,
    mapping: ThetaMap,
    start: FloatArray,
    sizes: list[list[float]],
    control: Control,
) -> dict[str, Any]:
    """Minimise from one start, in the coordinates that suit the structures."""
    scale, index = mapping.scale(start, sizes), mapping.index()
    budget = (control.max_evaluations, min(control.gradient_tolerance, TOLERANCE))
    if index is not None:
        outcome = workspace.minimise(start, mapping.bounds(), scale, *budget, index, None)
        return outcome | {"theta": np.asarray(outcome["theta"])}
    interior = Interior(*mapping.bounds())
    call = partial(mapping.computed, interior)
    outcome = workspace.minimise(interior.phi(start), interior.bounds(), scale, *budget, None, call)
    return outcome | {"theta": interior.theta(np.asarray(outcome["theta"]))}


def _read_off(
    design: Design,
    workspace: Workspace,
    theta: FloatArray,
    sigma: float,
    sizes: list[list[float]],
    outcome: dict[str, Any],
) -> LinearFit:
    numbers, mapping = workspace.solution(), mapping_at(design, sigma)
    p = len(numbers["beta"])
    assert design.weights is not None
    return LinearFit(
        design=design,
        weights=design.weights,
        workspace=workspace,
        mapping=mapping,
        theta=theta,
        Lambdas=mapping.Lambdas(theta),
        sigma=sigma,
        beta=np.asarray(numbers["beta"]),
        vcov=np.reshape(numbers["vcov"], (p, p)),
        n_estimated=len(numbers["keep"]),
        modes=tuple(
            b.reshape(block.n_groups, block.n_columns)
            for (b, _), block in zip(workspace.modes(), design.rows.blocks, strict=True)
        ),
        sizes=sizes,
        outcome=outcome,
    )
