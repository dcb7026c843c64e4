"""Second-order facts at the estimates: how well the covariance parameters are known.

Room: engine/. Differentiates the exact gradient once more, by differences of fourth order.
Takes: a fitted model.
Gives: `Curvature`: the Hessian in psi = (theta, sigma) and what moves with psi.
Source: docs/theory.md (13).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.coordinates import recentring
from echelon.engine.estimates import Estimates
from echelon.engine.kernel import Workspace
from echelon.engine.theta import ThetaMap, theta_map
from echelon.engine.workspace import Fitted

STEP = 1e-3  # of theta, in units in which it changes the covariance of a group's effects by one
LONGEST_STEP = 0.2
ROUNDING = 2e-16
STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))
SHORT = ((-0.1, -5.0), (0.1, 5.0))  # half the evaluations, good to about 1e-6
LONG = 2e7  # operations of an evaluation from which the short stencil is taken
UNKNOWN = 1e-10  # curvature per row, in the same units, that is no more than rounding
REACHED = 1e-6  # change along a flat direction, as a share of the standard error, that counts
FLAT = 1e-8  # share of the largest curvature (on the correlation scale) that counts as none


@dataclass(frozen=True, slots=True)
class Curvature:
    """The criterion around the estimates, in psi = (theta..., sigma), k + 1 parameters.

    `hessian` (k + 1, k + 1) of -2 log likelihood (REML or ML, as fitted), with sigma not profiled
    out; `covariance` is 2 hessian^-1, directions without curvature left out: `flat` (k + 1, f)
    spans these, of which the data say nothing (a variance between groups beside a mean for every
    group).
    `vcov_slopes` (k + 1, p, p) is d vcov(beta) / d psi, 0 where a coefficient is not estimated;
    `Sigma_slopes` holds d Sigma / d psi of each block, (k + 1, r, r), in response units.
    """

    hessian: FloatArray
    covariance: FloatArray
    flat: FloatArray
    vcov_slopes: FloatArray
    Sigma_slopes: tuple[FloatArray, ...]

    @property
    def is_flat(self) -> bool:
        """Whether there are directions without curvature."""
        return bool(self.flat.shape[1] > 0)

    @property
    def known_covariance(self) -> FloatArray:
        """`covariance`, NaN for parameters of which the data say nothing."""
        is_lost = (self.flat != 0).any(axis=1)
        return np.where(np.logical_or.outer(is_lost, is_lost), np.nan, self.covariance)


def delta_variances(slopes: FloatArray, covariance: FloatArray, flat: FloatArray) -> FloatArray:
    """Variances (m,) of what has slopes (m, k), NaN where it moves along a flat direction."""
    variances: FloatArray = ((slopes @ covariance) * slopes).sum(axis=1)
    if not flat.shape[1]:
        return variances
    error = np.sqrt(np.maximum(variances, 0.0))
    is_lost = (np.abs(slopes @ flat) > REACHED * error[:, None]).any(axis=1)
    return np.where(is_lost, np.nan, variances)


@dataclass(frozen=True, slots=True)
class _Point:
    """The criterion at one theta."""

    gradient: FloatArray
    pwrss: float
    shape: FloatArray  # (p, p): vcov / sigma^2


def curvature(fit: Fitted) -> Curvature:
    """Differentiate gradient, pwrss and vcov of the fixed effects at the estimates.

    Where an intercept is far from the data the random columns are centred, as in the fit, so that
    theta here need not be the theta of the fit; what is derived from it does not depend on it.

    Parameters
    ----------
    fit : a fitted Gaussian model.

    Returns
    -------
    `Curvature`.

    Notes
    -----
    Costs 4 k evaluations with gradient: linear in the number of groups, no row is read. Truncation
    and rounding are both about 1e-10 relative (where the model leaves a share s < 1e-6 of the
    response's sum of squares, (1e-16 / s)^(1/2)); 2 k, and 1e-6, where an evaluation takes long
    (tens of thousands of groups, or large crossed factors).
    """
    mapping = theta_map(fit.design.rows.blocks)
    grams = fit.crossprod.random_grams()
    maps = recentring(fit.design.rows.blocks, grams)
    products = fit.crossprod if maps is None else fit.crossprod.transformed(maps)
    control = fit.spec.control
    workspace = Workspace(products, fit.spec.method, control.path, control.threads, fit.design)
    theta = fit.estimates.theta
    if maps is not None:
        theta = mapping.rebased(theta, maps, back=False)
    m = fit.estimates.n_obs - (fit.estimates.n_estimated if fit.spec.method == "REML" else 0)
    sizes = [
        [float(np.sqrt(gram[a * (r + 1)] / fit.estimates.n_obs)) for a in range(r)]
        for gram, r in zip(products.random_grams(), mapping.sizes, strict=True)
    ]
    length = min(max(STEP, (ROUNDING / share_left(fit)) ** 0.2), LONGEST_STEP)
    units = _units(mapping, theta, sizes)
    steps = length * units
    operations = {way: flops for way, flops, _ in fit.estimates.plan.costs}
    is_long = operations.get(fit.estimates.plan.way, 0.0) > LONG
    inside = _inside(mapping, theta, steps)
    slopes = _slopes(workspace, mapping, inside, steps, SHORT if is_long else STENCIL)
    hessian = _unprofiled(slopes, fit.estimates.sigma, m)
    covariance, flat = _twice_inverse(hessian, units, fit.estimates)
    return Curvature(
        hessian=hessian,
        covariance=covariance,
        flat=flat,
        vcov_slopes=_vcov_slopes(slopes, fit),
        Sigma_slopes=_Sigma_slopes(fit, mapping, theta, maps),
    )


def share_left(fit: Fitted) -> float:
    """Share of the response's sum of squares, about a centre, that is left: what rounding is to."""
    total = float(fit.crossprod.to_state()["xx"][-1])
    return min(fit.estimates.pwrss / total, 1.0) if total > 0 else 1.0


def _units(mapping: ThetaMap, theta: FloatArray, sizes: list[list[float]]) -> FloatArray:
    """Find changes (k,) of theta that move Lambda Lambda', beside what sigma adds to it, by one.

    With standard deviations many times sigma an absolute step would drown in rounding. Its length
    balances truncation, step^4, and rounding, 1e-16 / (share left x step).
    """
    roots = []
    for Lambda, rms in zip(mapping.Lambdas(theta), sizes, strict=True):
        own = np.array([1 / size**2 if size > 0 else 1.0 for size in rms])
        roots.append(np.linalg.cholesky(Lambda @ Lambda.T + np.diag(own)))
    change = [
        float(np.linalg.norm(np.linalg.solve(roots[block], direction)))
        for block, direction in mapping.directions(theta)
    ]
    return np.array([1 / size if size > 0 else 1.0 for size in change])


def _inside(mapping: ThetaMap, theta: FloatArray, steps: FloatArray) -> FloatArray:
    """Move theta inside by two steps where it has limits on both sides (correlations)."""
    low, high = mapping.bounds()
    is_two_sided = np.isfinite(low) & np.isfinite(high)
    inside = np.clip(theta, low + 2 * steps, high - 2 * steps)
    return np.where(is_two_sided, inside, theta)


def _slopes(
    workspace: Workspace,
    mapping: ThetaMap,
    theta: FloatArray,
    steps: FloatArray,
    stencil: tuple[tuple[float, float], ...],
) -> list[_Point]:
    """Differentiate by each theta: points whose fields are the slopes."""
    slopes = []
    for i, step in enumerate(steps):
        parts = []
        for ahead, weight in stencil:
            moved = theta.copy()
            moved[i] += ahead * step
            parts.append((weight / step, _evaluate(workspace, mapping, moved)))
        slopes.append(
            _Point(
                gradient=sum((w * at.gradient for w, at in parts), np.zeros(len(theta))),
                pwrss=sum(w * at.pwrss for w, at in parts),
                shape=np.sum([w * at.shape for w, at in parts], axis=0),
            )
        )
    return slopes


def _evaluate(workspace: Workspace, mapping: ThetaMap, theta: FloatArray) -> _Point:
    workspace.objective(mapping.Lambdas(theta))
    by_block = workspace.gradient()
    gradient = [float(np.vdot(d, by_block[block])) for block, d in mapping.directions(theta)]
    numbers = workspace.solution()
    p = len(numbers["beta"])
    shape = np.nan_to_num(numbers["vcov"].reshape(p, p)) * numbers["residual_n"] / numbers["pwrss"]
    return _Point(np.array(gradient), numbers["pwrss"], shape)


def _unprofiled(slopes: list[_Point], sigma: float, m: float) -> FloatArray:
    """Hessian in (theta, sigma) from that of the criterion with sigma profiled out."""
    k = len(slopes)
    hessian = np.zeros((k + 1, k + 1))
    across = np.array([-2 * at.pwrss / sigma**3 for at in slopes])
    own = 4 * m / sigma**2
    profiled = np.array([at.gradient for at in slopes]).reshape(k, k)
    hessian[:k, :k] = 0.5 * (profiled + profiled.T) + np.outer(across, across) / own
    hessian[:k, k] = hessian[k, :k] = across
    hessian[k, k] = own
    return hessian


def _twice_inverse(
    hessian: FloatArray, units: FloatArray, estimates: Estimates
) -> tuple[FloatArray, FloatArray]:
    """2 H^-1 on the correlation scale without flat directions, and these (k + 1, f)."""
    unit = np.append(units, estimates.sigma)
    own = np.diagonal(hessian)
    is_seen = np.abs(own) * unit**2 > UNKNOWN * estimates.n_obs
    size = np.sqrt(np.where(is_seen, np.abs(own), 1.0))
    scaled = np.where(np.logical_and.outer(is_seen, is_seen), hessian / np.outer(size, size), 0.0)
    values, vectors = np.linalg.eigh(scaled)
    is_curved = values > FLAT * max(values[-1], 0.0)
    known, unknown = (vectors[:, which] / size[:, None] for which in (is_curved, ~is_curved))
    length = np.abs(unknown / unit[:, None]).max(axis=0, initial=0.0)
    unknown = np.where(np.abs(unknown) > 1e-6 * length * unit[:, None], unknown / length, 0.0)
    return 2 * (known / values[is_curved]) @ known.T, unknown


def _vcov_slopes(slopes: list[_Point], fit: Fitted) -> FloatArray:
    sigma, vcov = fit.estimates.sigma, np.nan_to_num(fit.estimates.vcov)
    return np.array([*(sigma**2 * at.shape for at in slopes), 2 * vcov / sigma])


def _Sigma_slopes(
    fit: Fitted, mapping: ThetaMap, theta: FloatArray, maps: list[list[float] | None] | None
) -> tuple[FloatArray, ...]:
    """Slopes of Sigma = sigma^2 M Lambda Lambda' M' by theta and sigma, block by block."""
    sigma, k = fit.estimates.sigma, len(theta)
    Lambdas = mapping.Lambdas(theta)
    found = [np.zeros((k + 1, r, r)) for r in mapping.sizes]
    for i, (block, direction) in enumerate(mapping.directions(theta)):
        half = direction @ Lambdas[block].T
        found[block][i] = sigma**2 * (half + half.T)
    for block, (r, Lambda) in enumerate(zip(mapping.sizes, Lambdas, strict=True)):
        found[block][k] = 2 * sigma * Lambda @ Lambda.T
        flat = None if maps is None else maps[block]
        if flat is not None:
            M = np.reshape(flat, (r, r))
            found[block] = M @ found[block] @ M.T
    return tuple(found)
