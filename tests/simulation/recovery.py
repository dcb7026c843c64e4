"""Draw many responses from known parameters, refit each, and judge what comes back."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import echelon
from echelon._types import FloatArray
from echelon.engine import observation_of
from echelon.engine.estimates import Approximation
from echelon.engine.generalized.estimate import warm_estimates
from echelon.errors import EchelonWarning

Rng = np.random.Generator
N_GROUPS, N_OTHER, ROWS = 60, 20, 12
COUNTED_ERRORS = 4.0  # Monte Carlo standard errors that a mean may be off


@dataclass(frozen=True)
class World:
    """The predictors of every simulation: two of rows, two crossed factors, trials."""

    x: FloatArray
    z: FloatArray
    g: Any
    h: Any
    t: Any

    @staticmethod
    def drawn(n_groups: int = N_GROUPS, rows: int = ROWS, seed: int = 20) -> World:
        """Draw the predictors, once."""
        rng = np.random.default_rng(seed)
        n = n_groups * rows
        return World(
            rng.uniform(-1.7, 1.7, n),
            (rng.random(n) < 0.5).astype(float),
            np.repeat(np.arange(n_groups), rows),
            rng.permutation(np.arange(n) % N_OTHER),
            rng.integers(3, 9, n),
        )

    def intercepts(self, rng: Rng, std_dev: float) -> FloatArray:
        """Random intercepts of the first factor, by row (n,)."""
        return np.asarray(std_dev * rng.standard_normal(self.g[-1] + 1)[self.g])


WORLD = World.drawn()


@dataclass(frozen=True)
class Case:
    """A model with its truth: coefficients by name, theta in order, and a draw of its response.

    `groups` are those that each entry of theta is estimated from. `known` is a bias in standard
    deviations of the estimate, by name, that is let pass: that of Laplace's approximation. `lost`
    is the largest share of responses whose criterion has no smooth minimum.
    """

    formula: str
    options: dict[str, Any]
    coefficients: dict[str, float]
    theta: tuple[float, ...]
    draw: Callable[[Rng, World], Any]
    groups: tuple[int, ...] = ()
    known: Mapping[str, float] = field(default_factory=dict)
    lost: float = 0.0

    def allowances(self) -> FloatArray:
        """Give the bias of maximum likelihood that is let pass, in standard deviations (k,).

        The variance of J groups is short of 1 / J of itself, which is sqrt(1 / (2 J)) standard
        deviations of its estimate, and its root of half as much again where groups say all
        about themselves, of more where they say less: sqrt(2 / J) in all.
        """
        groups = np.array(self.groups or (N_GROUPS,) * len(self.theta))
        of_coefficients = [self.known.get(name, 0.0) for name in self.coefficients]
        of_theta = [self.known.get(f"theta {i + 1}", 0.0) for i in range(len(groups))]
        return np.concatenate([of_coefficients, np.sqrt(2.0 / groups) + of_theta])

    def with_points(self, points: int) -> Case:
        """The same, by quadrature, which has no bias of its own."""
        return replace(self, options={**self.options, "quadrature": points}, known={})


@dataclass(frozen=True)
class Recovered:
    """Estimates (R, k) of all parameters with their standard errors, and the truth (k,)."""

    names: tuple[str, ...]
    truth: FloatArray
    estimates: FloatArray
    std_errors: FloatArray
    n_coefficients: int

    def bias(self) -> FloatArray:
        """Mean of the estimates less the truth (k,), in standard deviations of the estimates."""
        error = self.estimates.mean(axis=0) - self.truth
        return np.asarray(error / self.estimates.std(axis=0, ddof=1))

    def coverage(self) -> FloatArray:
        """Share of 95 % Wald intervals that hold the truth (k,)."""
        inside = abs(self.estimates - self.truth) <= 1.959963984540054 * self.std_errors
        return np.asarray(inside.mean(axis=0))

    def ratio(self) -> FloatArray:
        """Typical standard error over the standard deviation of the estimates (k,).

        A variance of zero has no standard error.
        """
        typical = np.nanmedian(self.std_errors, axis=0)
        return np.asarray(typical / self.estimates.std(axis=0, ddof=1))


def recover(case: Case, replicates: int, seed: int = 1, world: World = WORLD) -> Recovered:
    """Fit the first response from scratch, the others warm from the truth."""
    rng = np.random.default_rng(seed)
    first = _table(case.draw(rng, world), world)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = echelon.fit(case.formula, first, **case.options).fit
    design, spec = fit.design, fit.spec
    names = (*design.fixed_names, *design.extra_names)
    assert names == tuple(case.coefficients), names
    coefficients = np.array(list(case.coefficients.values()))
    theta = np.array(case.theta)
    assert theta.shape == fit.estimates.theta.shape
    start, observation = (coefficients, theta), observation_of(design, spec)
    points = case.options.get("quadrature", 1)
    how = Approximation("quadrature" if points > 1 else "Laplace", points)
    estimates, std_errors, lost = [], [], []
    for number in range(replicates):
        drawn = case.draw(rng, world) if number else first["y"]
        y = np.searchsorted(np.unique(drawn), drawn) if design.categories else drawn
        replica = replace(design, y=np.asarray(y, dtype=np.float64))
        found = warm_estimates(replica, spec, observation, start, how, is_point=False)
        assert found.generalized is not None
        if not found.verdict.is_converged:
            lost.append((number, found.verdict))
            continue
        full = [*found.beta, *found.generalized.extra, *found.theta]
        if number == 0:
            _same(full, fit.estimates)
        estimates.append(full)
        std_errors.append(np.sqrt(np.diag(found.generalized.joint_cov)))
    assert len(lost) <= case.lost * replicates, lost
    return Recovered(
        (*names, *(f"theta {i + 1}" for i in range(len(theta)))),
        np.concatenate([coefficients, theta]),
        np.array(estimates),
        np.array(std_errors),
        len(names),
    )


def _same(full: list[float], cold: Any) -> None:
    """A fit from scratch finds the minimum that a start at the truth leads to."""
    theirs = np.array([*cold.beta, *cold.generalized.extra, *cold.theta])
    spread = np.sqrt(np.diag(cold.generalized.joint_cov))
    assert np.nanmax(abs(np.array(full) - theirs) / spread) < 1e-3


def _table(y: Any, world: World) -> dict[str, Any]:
    return {"y": y, "x": world.x, "z": world.z, "g": world.g, "h": world.h, "t": world.t}
