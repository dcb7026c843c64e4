"""Design to estimates: accumulate, start, minimise, read off.

Room: engine/. Composes kernel, theta and verdict.
Takes: a `Design` and a `ModelSpec`.
Gives: `CrossProducts` and `Estimates`.
Source: docs/theory.md (5) to (12).
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.engine.asked import check_path, check_squares
from echelon.engine.coordinates import Interior, recentring
from echelon.engine.estimates import Estimates
from echelon.engine.kernel import CrossProducts, Workspace, accumulate
from echelon.engine.theta import ThetaMap, theta_map
from echelon.engine.verdict import judge
from echelon.spec import ModelSpec

WITHOUT_THETA: dict[str, Any] = {
    "theta": np.empty(0),
    "n_evaluations": 1,
    "decrement": 0.0,
    "gradient_norm": 0.0,
    "smallest_eigenvalue": np.inf,
    "reason": "converged",
}


def estimate(design: Design, spec: ModelSpec) -> tuple[CrossProducts, Estimates]:
    """Estimate a Gaussian multilevel model.

    Parameters
    ----------
    design : n rows, encoded.
    spec : method, starting values and control are read from it.

    Returns
    -------
    The cross-products of the rows, and the estimates at the minimum of the criterion.

    Raises
    ------
    EngineError : the estimation could not be carried out; the message says where and why.

    Notes
    -----
    One pass over the rows; every later step costs O(J), independent of n.
    """
    products = accumulate(design, threads=spec.control.threads)
    return products, estimate_products(products, design, spec)


def estimate_products(products: CrossProducts, design: Design, spec: ModelSpec) -> Estimates:
    """Estimate from cross-products; `design` gives names, structures and groups only."""
    control = spec.control
    blocks = design.rows.blocks
    mapping = theta_map(blocks)
    grams = products.random_grams()
    maps = recentring(blocks, grams)
    working = products if maps is None else products.transformed(maps)
    workspace = Workspace(working, spec.method, control.path, control.threads, design)
    if control.path != "auto":
        check_path(design, control.path, workspace.plan())
    outcome = _minimise(workspace, mapping, design, working, maps, spec)
    theta = outcome["theta"]
    if maps is not None:
        theta = mapping.rebased(theta, maps, back=True)
        workspace = Workspace(products, spec.method, control.path, control.threads, design)
        workspace.objective(mapping.Lambdas(theta))
    theta = mapping.canonical(theta)
    Lambdas = mapping.Lambdas(theta)
    verdict = judge(blocks, Lambdas, _sizes(mapping.sizes, grams, products.n_obs), outcome)
    return _read_off(workspace, design, spec, theta, Lambdas, verdict)


def _sizes(widths: tuple[int, ...], grams: list[list[float]], n_obs: int) -> list[list[float]]:
    """Root mean square of the random columns, r per block."""
    return [
        [math.sqrt(gram[a * (r + 1)] / n_obs) for a in range(r)]
        for gram, r in zip(grams, widths, strict=True)
    ]


def _minimise(
    workspace: Workspace,
    mapping: ThetaMap,
    design: Design,
    products: CrossProducts,
    maps: list[list[float] | None] | None,
    spec: ModelSpec,
) -> dict[str, Any]:
    """Minimise; a boundary found from the usual start is confirmed from a far one.

    The criterion can have a local minimum where a variance is zero and a lower one inside.
    """
    if mapping.n_theta == 0:
        workspace.objective([])
        return WITHOUT_THETA
    sizes = _sizes(mapping.sizes, products.random_grams(), products.n_obs)
    if spec.start is not None:
        start = np.asarray(spec.start, dtype=float)
        if maps is not None:
            start = mapping.rebased(start, maps, back=False)
        return _run(workspace, mapping, start, sizes, spec)
    first = _run(workspace, mapping, mapping.start(products.start_std_devs()), sizes, spec)
    Lambdas = mapping.Lambdas(first["theta"])
    verdict = judge(design.rows.blocks, Lambdas, sizes, first)
    if verdict.is_converged and not verdict.is_singular:
        return first
    reached = workspace.solution()["objective"]
    far = mapping.start([[1.0 / size if size > 0 else 1.0 for size in row] for row in sizes])
    second = _run(workspace, mapping, far, sizes, spec)
    n_evaluations = first["n_evaluations"] + second["n_evaluations"]
    gain = reached - workspace.solution()["objective"]
    is_as_good = gain > -1e-9 * max(1.0, abs(reached))
    is_better = gain > 1e-9 * max(1.0, abs(reached))
    if is_better or (is_as_good and second["decrement"] < first["decrement"]):
        return second | {"n_evaluations": n_evaluations}
    workspace.objective(Lambdas)
    return first | {"n_evaluations": n_evaluations}


def _run(
    workspace: Workspace,
    mapping: ThetaMap,
    start: FloatArray,
    sizes: list[list[float]],
    spec: ModelSpec,
) -> dict[str, Any]:
    """Minimise from one start, in the coordinates that suit the structures."""
    scale = mapping.scale(start, sizes)
    index = mapping.index()
    control = (spec.control.max_evaluations, spec.control.gradient_tolerance)
    if index is not None:
        outcome = workspace.minimise(start, mapping.bounds(), scale, *control, index, None)
        return outcome | {"theta": np.asarray(outcome["theta"])}
    interior = Interior(*mapping.bounds())
    call = partial(mapping.computed, interior)
    phi = interior.phi(start)
    outcome = workspace.minimise(phi, interior.bounds(), scale, *control, None, call)
    return outcome | {"theta": interior.theta(np.asarray(outcome["theta"]))}


def _read_off(
    workspace: Workspace,
    design: Design,
    spec: ModelSpec,
    theta: FloatArray,
    Lambdas: tuple[FloatArray, ...],
    verdict: Any,
) -> Estimates:
    numbers = workspace.solution()
    beta: FloatArray = numbers["beta"]
    p = len(beta)
    is_estimated = ~np.isnan(beta)
    if not is_estimated.all():
        check_squares(design)
    residual_n = numbers["residual_n"]
    modes = tuple(
        b.reshape(block.n_groups, block.n_columns)
        for (b, _), block in zip(workspace.modes(), design.rows.blocks, strict=True)
    )
    return Estimates(
        beta=beta,
        is_estimated=is_estimated,
        vcov=numbers["vcov"].reshape(p, p),
        theta=theta,
        Lambdas=Lambdas,
        sigma=float(np.sqrt(numbers["pwrss"] / residual_n)),
        objective=numbers["objective"],
        log_likelihood=-0.5 * numbers["objective"],
        pwrss=numbers["pwrss"],
        logdet_random=numbers["logdet_random"],
        logdet_fixed=numbers["logdet_fixed"],
        n_obs=design.n_obs,
        n_estimated=len(numbers["keep"]),
        n_theta=len(theta),
        modes=modes,
        verdict=verdict,
        plan=workspace.plan(),
    )
