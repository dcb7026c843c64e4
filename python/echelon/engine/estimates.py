"""The nouns of an estimation: what came out, and how far it can be trusted.

Room: engine/. Numbers only; pickles, copies, compares.
Takes: what the kernel returned at the minimum.
Gives: `Estimates`, `Verdict` and `Plan`, immutable.
Source: docs/theory.md (5) to (9).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the minimum is certified.

    `newton_decrement`: g' H^-1 g in units of the objective, over free parameters.
    `smallest_eigenvalue`: of the scaled information (correlation scale, no unit).
    `distance_to_boundary`: smallest singular value of the Lambda templates with each row scaled
    by the root mean square of its column (relative to sigma, no unit).
    """

    is_converged: bool
    is_singular: bool
    n_evaluations: int
    newton_decrement: float
    gradient_norm: float
    smallest_eigenvalue: float
    distance_to_boundary: float
    reason: str
    boundary: tuple[str, ...] = ()  # what is zero or +-1, in words: "variance of ses | school"


@dataclass(frozen=True, slots=True)
class Plan:
    """How the core factorised: its `way`, and what each way would have cost.

    `order` are the blocks (their numbers) as eliminated, innermost first; `root_size` the rows of
    the matrix that remains (0: none); `costs` holds way, operations and bytes per evaluation.
    `n_visited` is how many innermost groups an evaluation visits: fewer than there are where
    groups of the same size and predictors were summed.
    """

    way: str
    order: tuple[int, ...]
    root_size: int
    costs: tuple[tuple[str, float, float], ...]
    n_visited: int = 0


@dataclass(frozen=True, slots=True)
class Approximation:
    """How the random effects of a generalized model were integrated out.

    `name`: 'Laplace', 'quadrature', 'PQL1', 'PQL2', 'MQL1', 'MQL2', or 'exact' (no random effects).
    `n_points` per dimension and `n_nodes` per group of a quadrature; `steps` (quadrature="auto")
    holds (points, objective, largest change of an estimate in standard errors) of every step; the
    first is Laplace, with its distance from the final estimates.
    """

    name: str
    n_points: int = 1
    n_nodes: int = 1
    steps: tuple[tuple[int, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Generalized:
    """What a generalized model estimates besides `beta` and `theta`.

    `extra` (m,): coefficients of the other linear predictors (thresholds, dispersion, ...), in the
    order of `Design.extra_names`; NaN where not estimated. `joint_cov` (p + m + k, p + m + k):
    covariance of (beta, extra, theta), the inverse of the observed information of the criterion;
    NaN where not estimated. `eta` (K, n): linear predictors at the conditional modes.
    """

    extra: FloatArray
    joint_cov: FloatArray
    eta: FloatArray
    approximation: Approximation


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates of a multilevel model.

    `beta` (p,) has NaN where a coefficient is not estimated (`is_estimated` (p,) False);
    `vcov` (p, p) in response-per-predictor units, NaN likewise; `theta` (k,) relative to sigma;
    `Lambdas` one (r, r) template per block; `objective` is -2 log likelihood (REML or ML).
    `logdet_random` = log|Lambda'Z'WZ Lambda + I|, `logdet_fixed` = log|X'V^-1 X| (relative V).
    `modes`: one (J, r) array per block, in response-per-predictor units.

    A generalized model has `generalized`; its covariances Lambda Lambda' are on the link scale,
    not relative to anything, so `sigma` is 1; `pwrss` and `logdet_fixed` are NaN.
    """

    beta: FloatArray
    is_estimated: NDArray[np.bool_]
    vcov: FloatArray
    theta: FloatArray
    Lambdas: tuple[FloatArray, ...]
    sigma: float
    objective: float
    log_likelihood: float
    pwrss: float
    logdet_random: float
    logdet_fixed: float
    n_obs: int
    n_estimated: int
    n_theta: int
    modes: tuple[FloatArray, ...]
    verdict: Verdict
    plan: Plan
    generalized: Generalized | None = None
