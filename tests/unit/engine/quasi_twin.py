"""PQL and MQL with n x n matrices: one step from a point, written from the equations alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from echelon._types import FloatArray
from echelon.design.parts import Design, RandomBlock

# link: mean, mu', mu''
MEANS: dict[str, tuple[Callable[[FloatArray], FloatArray], ...]] = {
    "logit": (
        special.expit,
        lambda e: special.expit(e) * special.expit(-e),
        lambda e: special.expit(e) * special.expit(-e) * (1 - 2 * special.expit(e)),
    ),
    "probit": (
        stats.norm.cdf,
        stats.norm.pdf,
        lambda e: -e * stats.norm.pdf(e),
    ),
    "log": (np.exp, np.exp, np.exp),
}
VARIANCES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "binomial": lambda mu: mu * (1 - mu),
    "poisson": lambda mu: mu,
    "gamma": lambda mu: mu**2,
}


def dense_Z(block: RandomBlock) -> FloatArray:
    """Z of one block, (n, J r), group after group."""
    n, r = len(block.columns[0]), block.n_columns
    Z = np.zeros((n, block.n_groups, r))
    for member in block.memberships:
        weights = np.ones(n) if member.weights is None else member.weights
        for i, (code, weight) in enumerate(zip(member.codes, weights, strict=True)):
            Z[i, code] += weight * np.array([column[i] for column in block.columns])
    return Z.reshape(n, -1)


@dataclass(frozen=True)
class Linear:
    """A linear model: its response, Z by block, and what of V does not depend on theta.

    V = exp(2 log sigma) noise + squares + sum Z Sigma Z'.
    """

    y: FloatArray
    noise: FloatArray
    squares: FloatArray
    Zs: list[FloatArray]


@dataclass(frozen=True)
class Twin:
    """A generalized model and one of the four ways to make linear models of it."""

    design: Design
    family: str
    link: str
    method: str

    def linear(
        self, beta: FloatArray, Sigmas: list[FloatArray], modes: list[FloatArray], scale: float
    ) -> Linear:
        """Form the linear model at a point; `scale` is sigma.

        For PQL2 the conditional covariance is that of the linear model itself, found by repeating.
        """
        design = self.design
        Zs = [dense_Z(block) for block in design.rows.blocks]
        offset = 0.0 if design.rows.offset is None else design.rows.offset
        eta = design.X @ beta + offset
        if self.method.startswith("PQL"):
            eta = eta + sum(Z @ b.ravel() for Z, b in zip(Zs, modes, strict=True))
        mean, slope, curve = (f(eta) for f in MEANS[self.link])
        trials = np.ones_like(eta) if design.trials is None else design.trials
        prior = np.ones_like(eta) if design.weights is None else design.weights
        y = eta - offset + (design.y / trials - mean) / slope
        noise = np.diag(VARIANCES[self.family](mean) / (slope**2 * prior * trials))
        bend, none = curve / slope, np.zeros_like(noise)
        if self.method.endswith("1"):
            return Linear(y, noise, none, Zs)
        random = [
            Z @ np.kron(np.eye(block.n_groups), Sigma) @ Z.T
            for block, Sigma, Z in zip(design.rows.blocks, Sigmas, Zs, strict=True)
        ]
        whole, squares = sum(random, none), none
        for _ in range(25):
            inverse = np.linalg.inv(scale**2 * noise + squares + whole)
            if self.method == "MQL2":
                inverse = none
            parts = [np.diag(part - part @ inverse @ part) for part in random]
            squares = self.squares(bend, parts)
        spread = np.diag(whole - whole @ inverse @ whole)
        return Linear(y - 0.5 * bend * spread, noise, squares, Zs)

    def squares(self, bend: FloatArray, parts: list[FloatArray]) -> FloatArray:
        """Covariance of (mu'' / 2 mu') {(z'd)^2 - E (z'd)^2}, block by block."""
        total = np.zeros((len(bend), len(bend)))
        for block, spread in zip(self.design.rows.blocks, parts, strict=True):
            if len(block.memberships) > 1:
                continue
            codes = block.memberships[0].codes
            column = bend * spread / np.sqrt(2)
            total += np.where(codes[:, None] == codes, np.outer(column, column), 0.0)
        return total


def minus_twice_loglik(
    y: FloatArray, X: FloatArray, V: FloatArray, is_restricted: bool = False
) -> tuple[float, FloatArray, FloatArray]:
    """Profile criterion of a linear model with covariance V, beta (p,) and vcov (p, p)."""
    root = np.linalg.cholesky(V)
    A, b = np.linalg.solve(root, X), np.linalg.solve(root, y)
    vcov = np.linalg.inv(A.T @ A)
    beta = vcov @ A.T @ b
    value = 2 * np.log(np.diag(root)).sum() + float(np.sum((b - A @ beta) ** 2))
    if is_restricted:
        value += float(np.linalg.slogdet(A.T @ A)[1])
    return value, beta, vcov
