"""The dense twin of generalized models: normal theory, fine grids, derivatives by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from echelon._types import FloatArray
from echelon.design.parts import Channel, Column, Design
from echelon.engine.observation.binomial import Binomial
from echelon.engine.observation.model import ResponseRows
from echelon.engine.observation.poisson import Poisson
from echelon.engine.reference.gaussian import dense_Z
from echelon.engine.reference.generalized import (
    channel_Z,
    conditional_modes,
    laplace_objective,
    linear_predictors,
    row_derivatives,
)
from echelon.engine.reference.quadrature import (
    nested_quadrature_objective,
    normal_nodes,
    quadrature_objective,
)
from tests.designs import design_of

NONE = np.empty(0)
RNG = np.random.default_rng(5)
G = np.repeat(np.arange(4), 6)
H = np.tile(np.arange(3), 8)
X = RNG.standard_normal(24)
DATA = {
    "x": X, "g": [f"g{i}" for i in G], "h": [f"h{i}" for i in H], "k": [f"k{i % 5}" for i in H + G],
    "y": RNG.poisson(np.exp(0.4 + 0.5 * X)).astype(float), "w": RNG.uniform(0.5, 2, 24),
    "e": RNG.standard_normal(24),
}  # fmt: skip


@dataclass(frozen=True)
class Normal:
    """A normal density with standard deviation e^eta_1: everything is known about it."""

    family = "gaussian"
    link = "identity"
    channels = ("mean", "dispersion")

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        z = (rows.y - eta[0]) * np.exp(-eta[1])
        weight = 1.0 if rows.weights is None else rows.weights
        return np.asarray(weight * (-z * z / 2 - eta[1] - np.log(2 * np.pi) / 2))


@dataclass(frozen=True)
class Cauchy:
    """A density that is not log-concave: its curvature is negative in the tails."""

    family = "student"
    link = "identity"
    channels = ("mean",)

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        return np.asarray(-np.log1p((rows.y - eta[0]) ** 2) - np.log(np.pi))


def with_channels(formula: str, *others: Channel, **options: str) -> Design:
    """A design whose first linear predictor is the formula's."""
    design = design_of(formula, DATA, **options)
    columns = tuple(Column(j, x) for j, x in enumerate(design.rows.fixed_columns))
    return replace(design, channels=(Channel("mean", columns, design.rows.offset), *others))


def spread(value: float, coefficient: int) -> Channel:
    """A dispersion that is `value` times a coefficient."""
    return Channel("dispersion", (Column(coefficient, np.ones(24), value),))


@pytest.mark.parametrize("formula", ["e ~ x + (x | g)", "e ~ x + (x | g) + (1 | k)"])
def test_laplace_is_exact_for_normal_responses(formula: str) -> None:
    """-2 log likelihood of N(X beta, Z Lambda Lambda' Z' + sigma^2 / w)."""
    design = with_channels(formula, spread(2.0, 2), weights="w", offset="w")
    beta, extra = np.array([0.3, -0.8]), np.array([-0.2])
    Lambdas = (np.array([[0.7, 0.0], [0.4, 0.5]]), np.array([[0.6]]))[: len(design.rows.blocks)]
    sizes = [block.n_groups for block in design.rows.blocks]
    blocks = [np.kron(np.eye(J), L) for J, L in zip(sizes, Lambdas, strict=True)]
    Z, at, columns = dense_Z(design), 0, []
    for block in blocks:
        columns.append(Z[:, at : at + len(block)] @ block)
        at += len(block)
    U, noise = np.hstack(columns), np.exp(2 * 2.0 * -0.2) / DATA["w"]
    V = U @ U.T + np.diag(noise)
    r = DATA["e"] - design.X @ beta - DATA["w"]
    expected = np.linalg.slogdet(2 * np.pi * V)[1] + r @ np.linalg.solve(V, r)
    # The weight multiplies a log density: its constants, too, where a variance would not.
    expected += (np.log(2 * np.pi * noise * DATA["w"]) * DATA["w"]).sum()
    expected -= np.log(2 * np.pi * noise).sum()
    found = laplace_objective(design, Normal(), beta, extra, Lambdas)
    assert found == pytest.approx(expected, rel=1e-11)
    if len(Lambdas) == 1:
        by_nodes = quadrature_objective(design, Normal(), beta, extra, Lambdas, 3)
        assert by_nodes == pytest.approx(expected, rel=1e-11)
    modes = conditional_modes(design, Normal(), beta, extra, Lambdas)
    np.testing.assert_allclose(
        modes.u, U.T @ np.linalg.solve(V, r), atol=1e-10
    )  # E(u | y) of the same normal theory
    np.testing.assert_allclose(modes.eta[0], design.X @ beta + DATA["w"] + Z @ modes.b)
    np.testing.assert_allclose(
        np.linalg.inv(modes.curvature), np.eye(len(modes.u)) - U.T @ np.linalg.solve(V, U),
        atol=1e-10,
    )  # fmt: skip


def grid_integral(log_integrand: FloatArray, step: float, dimensions: int) -> float:
    """Trapezoid sum over a fine grid of the last axis: exact to rounding for smooth tails."""
    top = log_integrand.max(axis=-1, keepdims=True)
    inside = np.exp(log_integrand - top).sum(axis=-1) * step**dimensions
    return float((top[..., 0] + np.log(inside)).sum())


def test_quadrature_of_an_intercept_is_the_integral() -> None:
    design = with_channels("y ~ x + (1 | g)")
    beta, Lambda = np.array([0.4, 0.5]), np.array([[0.9]])
    u = np.linspace(-9, 9, 3001)
    eta = 0.4 + 0.5 * X[:, None] + 0.9 * u
    rows = ResponseRows(np.repeat(DATA["y"], len(u)))
    by_row = Poisson().log_density(rows, eta.reshape(1, -1)).reshape(24, -1)
    by_group = np.add.reduceat(by_row, np.arange(0, 24, 6), axis=0)
    truth = grid_integral(by_group - u * u / 2 - np.log(2 * np.pi) / 2, u[1] - u[0], 1)
    for points, close in ((25, 1e-10), (7, 1e-4)):
        found = quadrature_objective(design, Poisson(), beta, NONE, (Lambda,), points)
        assert found == pytest.approx(-2 * truth, abs=close)
    laplace = laplace_objective(design, Poisson(), beta, NONE, (Lambda,))
    one = quadrature_objective(design, Poisson(), beta, NONE, (Lambda,), 1)
    assert one == pytest.approx(laplace, rel=1e-13)
    assert abs(laplace + 2 * truth) > 1e-3


def test_quadrature_of_a_slope_is_the_integral() -> None:
    design = with_channels("y ~ x + (x | g)")
    beta, Lambda = np.array([0.4, 0.5]), np.array([[0.6, 0.0], [-0.3, 0.4]])
    axis = np.linspace(-7, 7, 141)
    u = np.array(np.meshgrid(axis, axis)).reshape(2, -1)
    b = Lambda @ u
    eta = 0.4 + 0.5 * X[:, None] + b[0] + X[:, None] * b[1]
    rows = ResponseRows(np.repeat(DATA["y"], u.shape[1]))
    by_row = Poisson().log_density(rows, eta.reshape(1, -1)).reshape(24, -1)
    by_group = np.add.reduceat(by_row, np.arange(0, 24, 6), axis=0)
    density = -(u * u).sum(axis=0) / 2 - np.log(2 * np.pi)
    truth = grid_integral(by_group + density, axis[1] - axis[0], 2)
    found = quadrature_objective(design, Poisson(), beta, NONE, (Lambda,), 15)
    assert found == pytest.approx(-2 * truth, abs=1e-7)


def test_nested_quadrature() -> None:
    """Of normal responses: normal theory. Without the outer variance: the inner factor alone."""
    design = with_channels("y ~ x + (1 | g) + (1 | g:h)")
    inner = with_channels("y ~ x + (1 | g:h)")
    beta = np.array([0.4, 0.5])
    both = (np.array([[0.0]]), np.array([[0.7]]))
    found = nested_quadrature_objective(design, Poisson(), beta, NONE, both, 41)
    alone = quadrature_objective(inner, Poisson(), beta, NONE, both[1:], 41)
    assert found == pytest.approx(alone, abs=1e-6)

    normal = with_channels("e ~ x + (1 | g:h) + (1 | g)", spread(1.0, 2))
    extra, Lambdas = np.array([0.3]), (np.array([[0.5]]), np.array([[0.4]]))
    found = nested_quadrature_objective(normal, Normal(), beta, extra, Lambdas, 41)
    exact = laplace_objective(normal, Normal(), beta, extra, Lambdas)
    assert found == pytest.approx(exact, abs=1e-6)
    crossed = with_channels("e ~ x + (1 | h) + (1 | g)", spread(1.0, 2))
    with pytest.raises(AssertionError, match="nested"):
        nested_quadrature_objective(crossed, Normal(), beta, extra, Lambdas, 3)


def test_derivatives_of_rows() -> None:
    """Poisson: y - mu and -mu. Normal with its log standard deviation: mixed -2 z / sigma."""
    eta = np.array([np.linspace(-8, 6, 24)])
    rows = ResponseRows(DATA["y"], None, DATA["w"])
    slope, curvature = row_derivatives(Poisson(), rows, eta, 1)
    mu, w = np.exp(eta[0]), DATA["w"]
    np.testing.assert_allclose(slope[0], w * (DATA["y"] - mu), rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(curvature[0, 0], -w * mu, rtol=1e-9, atol=1e-10)

    eta = np.array([0.1 * X, 0.2 * X])
    rows, sigma = ResponseRows(DATA["e"]), np.exp(eta[1])
    z = (DATA["e"] - eta[0]) / sigma
    slope, curvature = row_derivatives(Normal(), rows, eta, 2)
    np.testing.assert_allclose(slope, [z / sigma, z * z - 1], atol=1e-10)
    expected = np.array([[-1 / sigma**2, -2 * z / sigma], [-2 * z / sigma, -2 * z * z]])
    np.testing.assert_allclose(curvature, expected, atol=1e-9)


def test_modes_of_a_density_that_is_not_log_concave() -> None:
    """Two outlying rows: curvature is negative on the way, and the gradient ends at zero."""
    design = with_channels("y ~ x + (1 | g)")
    design = replace(design, y=np.where(G == 0, 12.0, DATA["e"]))
    at = conditional_modes(design, Cauchy(), np.zeros(2), NONE, (np.array([[3.0]]),))
    slope = row_derivatives(Cauchy(), ResponseRows(design.y), at.eta, 1)[0]
    np.testing.assert_allclose(at.u, 3.0 * np.bincount(G, slope[0]), atol=1e-9)
    assert np.linalg.eigvalsh(at.curvature).min() > 0
    assert at.b[0] == pytest.approx(12, abs=0.5)


def test_impossible_rows_have_no_mode() -> None:
    design = replace(with_channels("y ~ x + (1 | g)"), y=np.full(24, np.nan))
    with pytest.raises(FloatingPointError, match="penalised deviance"):
        laplace_objective(design, Cauchy(), np.zeros(2), NONE, (np.eye(1),))


def test_membership_and_channels() -> None:
    """Columns go to their channel's Z; several groups per row share by weight."""
    design = with_channels("y ~ x + (1 + x | g) + (1 | mm(h, k, weights=(w, y)))")
    np.testing.assert_array_equal(channel_Z(design)[0], dense_Z(design))
    first = replace(design.rows.blocks[0], channels=(0, 1))
    split = replace(design, rows=replace(design.rows, blocks=(first, *design.rows.blocks[1:])))
    Z = channel_Z(split)
    np.testing.assert_array_equal(Z.sum(axis=0), dense_Z(design))
    np.testing.assert_array_equal(Z[1][:, 1:8:2], dense_Z(design)[:, 1:8:2])
    assert not Z[1][:, ::2][:, :4].any()


def test_no_random_effects() -> None:
    """The likelihood itself; a coefficient that is not estimated counts as zero."""
    design = replace(with_channels("y ~ x"), trials=DATA["y"] + 2)
    rows = ResponseRows(design.y, design.trials)
    eta = linear_predictors(design, np.array([0.5, np.nan]), NONE)
    np.testing.assert_array_equal(eta, np.full((1, 24), 0.5))
    found = laplace_objective(design, Binomial("logit"), np.array([0.5, np.nan]), NONE, ())
    assert found == pytest.approx(-2 * Binomial("logit").log_density(rows, eta).sum(), rel=1e-14)


def test_nodes_integrate_polynomials() -> None:
    x, log_weight = normal_nodes(5)
    moments = [np.exp(log_weight) @ x**k for k in range(10)]
    np.testing.assert_allclose(moments, [1, 0, 1, 0, 3, 0, 15, 0, 105, 0], atol=1e-12)
