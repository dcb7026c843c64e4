"""Ways to draw the data again, row by row or from cross-products, and the fit to each draw.

Room: infer/. Draws and refits; a replicate depends on its seed alone.
Takes: a `Fit`, the kind of resampling, a seed per replicate.
Gives: fits, in order, None where one failed.
Source: Carpenter, Goldstein & Rasbash (2003); Cameron, Gelbach & Miller (2008); Webb (2023).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.engine.estimate import estimate_products
from echelon.engine.kernel import thread_count
from echelon.engine.linear import fixed_part, random_part
from echelon.engine.replicates import Simulation
from echelon.errors import EngineError, SpecError
from echelon.fit import Fit, design_with_rows
from echelon.infer.resampling.cases import CaseSampler, of_products
from echelon.infer.resampling.generalized_draws import Draw, generalized_draw

KINDS = ("parametric", "residual", "case", "wild")
FEW_CLUSTERS = 13  # below this two signs give too few distinct draws: Webb's six weights
WEBB = np.sqrt([0.5, 1.0, 1.5])


class Resampling:
    """One kind of resampling of one fit, with a seed per replicate."""

    def __init__(
        self,
        fit: Fit,
        kind: str,
        levels: tuple[str, ...] | None,
        seeds: NDArray[np.uint64],
        needs_rows: bool = False,
        needs_errors: bool = True,
    ) -> None:
        """Prepare what all replicates share; `levels` are for kind "case".

        A parametric draw is of cross-products, unless the replicates need their rows. Replicates
        of a generalized model are estimated with standard errors only where they need them.
        """
        self.seeds = seeds
        is_generalized = fit.spec.is_generalized
        is_sums = kind == "parametric" and not needs_rows and not is_generalized
        self._simulation = Simulation(fit) if is_sums else None
        self._fit = fit
        self._draw: Draw | None = None
        if kind != "parametric" or is_generalized:
            design_with_rows(fit, f"bootstrap(kind='{kind}')")
        if is_generalized:
            self._draw = generalized_draw(fit, kind, levels, needs_errors)
        elif kind == "parametric" and needs_rows:
            self._draw = _parametric(fit)
        elif kind == "residual":
            self._draw = _residual(fit)
        elif kind == "wild":
            self._draw = _wild(fit)
        elif kind == "case":
            self._draw = CaseSampler(fit, levels).draw

    def one(self, i: int) -> Fit | None:
        """Replicate i; None where it could not be fitted."""
        seed = int(self.seeds[i])
        try:
            with np.errstate(all="ignore"):
                if self._draw is None:
                    assert self._simulation is not None
                    return _of_products(self._fit, self._simulation, seed)
                return self._draw(np.random.default_rng(seed))
        except EngineError:
            return None


def refitted(resampling: Resampling, workers: int | None) -> Iterator[Fit | None]:
    """Fit every replicate, in order, some at a time."""
    n = len(resampling.seeds)
    count = thread_count(workers)
    if count == 1 or n == 1:
        yield from map(resampling.one, range(n))
        return
    with ThreadPoolExecutor(count) as pool:
        for start in range(0, n, 4 * count):
            yield from pool.map(resampling.one, range(start, min(start + 4 * count, n)))


def _of_products(fit: Fit, simulation: Simulation, seed: int) -> Fit:
    """Fit to simulated sums; the rows would keep the old response, so they are left out."""
    products = simulation.draw(seed)
    design = replace(fit.design, y=np.empty(0))
    estimates = estimate_products(products, fit.design, replace(fit.spec, start=None))
    return replace(fit, design=design, products=products, estimates=estimates, frame=None)


def _to_response(fit: Fit, y: FloatArray) -> Fit:
    return of_products(fit, replace(fit.design, y=y))


def _parametric(fit: Fit) -> Draw:
    """Draw effects and residuals row by row, for statistics that read rows."""
    design, estimates = fit.design, fit.estimates
    root = np.ones(design.n_obs) if design.weights is None else np.sqrt(design.weights)
    fixed = fixed_part(design.rows, estimates.beta)

    def draw(generator: np.random.Generator) -> Fit:
        effects = tuple(
            estimates.sigma * generator.standard_normal(modes.shape) @ Lambda.T
            for modes, Lambda in zip(estimates.modes, estimates.Lambdas, strict=True)
        )
        noise = estimates.sigma * generator.standard_normal(design.n_obs) / root
        return _to_response(
            fit, fixed + random_part(design.rows.blocks, effects, design.n_obs) + noise
        )

    return draw


def _residual(fit: Fit) -> Draw:
    """Resample modes and residuals, inflated so that their covariances are the estimated ones."""
    design, estimates = fit.design, fit.estimates
    root = np.ones(design.n_obs) if design.weights is None else np.sqrt(design.weights)
    fixed = fixed_part(design.rows, estimates.beta)
    fitted = fixed + random_part(design.rows.blocks, estimates.modes, design.n_obs)
    e = root * (design.y - fitted)
    e -= e.mean()
    e *= estimates.sigma / np.sqrt(np.mean(e * e))
    pools = [
        _inflated(modes, estimates.sigma**2 * Lambda @ Lambda.T)
        for modes, Lambda in zip(estimates.modes, estimates.Lambdas, strict=True)
    ]

    def draw(generator: np.random.Generator) -> Fit:
        effects = tuple(pool[generator.integers(len(pool), size=len(pool))] for pool in pools)
        noise = e[generator.integers(len(e), size=len(e))] / root
        return _to_response(fit, fixed + random_part(design.rows.blocks, effects, len(e)) + noise)

    return draw


def _inflated(modes: FloatArray, Sigma: FloatArray) -> FloatArray:
    """Centre modes (J, r) and turn their covariance into Sigma (r, r)."""
    centred = modes - modes.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    kept = values > 1e-12 * max(values[-1], 0.0)
    whitener = vectors[:, kept] / np.sqrt(values[kept]) @ vectors[:, kept].T
    wanted, basis = np.linalg.eigh(Sigma)
    root = basis * np.sqrt(np.maximum(wanted, 0.0)) @ basis.T
    inflated: FloatArray = centred @ whitener @ root
    return inflated


def _wild(fit: Fit) -> Draw:
    """Turn the sign of all residuals of a cluster together (Rademacher; Webb for few clusters)."""
    design = fit.design
    fixed = fixed_part(design.rows, fit.estimates.beta)
    residual = design.y - fixed
    blocks = [block for block in design.rows.blocks if len(block.memberships) == 1]
    if design.rows.blocks and not blocks:
        raise _clusters_share_rows(design.rows.blocks[0].grouping)
    if blocks:
        block = min(blocks, key=lambda b: b.n_groups)
        codes, n_clusters = block.memberships[0].codes, block.n_groups
    else:
        codes, n_clusters = np.arange(design.n_obs, dtype=np.int32), design.n_obs
    weights = np.ones(1) if n_clusters >= FEW_CLUSTERS else WEBB

    def draw(generator: np.random.Generator) -> Fit:
        signs = generator.choice([-1.0, 1.0], size=n_clusters)
        return _to_response(
            fit, fixed + residual * (signs * generator.choice(weights, size=n_clusters))[codes]
        )

    return draw


def _clusters_share_rows(grouping: str) -> SpecError:
    return SpecError(
        "A wild bootstrap turns the residuals of a cluster together, and here clusters share rows.",
        where="bootstrap(kind='wild')",
        got=f"'{grouping}', a multiple membership, and no other grouping factor",
        need="a grouping factor with one group per row",
        do="use kind='parametric' or kind='residual'.",
        slug="wild-bootstrap-clusters",
    )
