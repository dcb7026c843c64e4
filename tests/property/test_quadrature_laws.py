"""Quadrature in the core: its ends (one point, many), product rules, and nested recursion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import echelon
from echelon._types import FloatArray
from echelon.engine.generalized.linear_predictors import linear_predictors
from echelon.engine.observation.model import ResponseRows
from tests.property.generalized_models import Model, models, random_model, seeds
from tests.property.test_generalized_kernel import objective, workspace

law = settings(derandomize=True, deadline=None, max_examples=10)
DISCRETE = ("bernoulli", "binomial logit", "poisson", "cumulative", "adjacent", "continuation")
PLANES = (
    *(("poisson", "slope"), ("binomial probit", "slope"), ("gamma", "slope")),
    *(("zero with effects", "intercept"), ("multinomial", "intercept"), ("cumulative", "slope")),
)
GRID = 81  # points per dimension of the plain sums


def by_sums(model: Model) -> float:
    """-2 log likelihood by sums over a fine grid of two effects per group: no modes, no rule."""
    design, (block,), (Lambda,) = model.design, model.design.rows.blocks, model.Lambdas
    line = np.linspace(-8.0, 8.0, GRID)
    plane = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    log_prior = -0.5 * (plane**2).sum(axis=1) - np.log(2 * np.pi) + 2 * np.log(line[1] - line[0])
    codes = block.memberships[0].codes
    totals = np.empty((len(plane), block.n_groups))
    rows = ResponseRows(design.y, design.trials, design.weights)
    for node, u in enumerate(plane):
        modes = np.tile(Lambda @ u, (block.n_groups, 1))
        eta = linear_predictors(design, model.coefficients, (modes,))
        log_density = model.observation.log_density(rows, eta)
        totals[node] = np.bincount(codes, log_density, block.n_groups)
    return float(-2.0 * _log_sum(totals + log_prior[:, None]).sum())


def _log_sum(logs: FloatArray) -> FloatArray:
    most: FloatArray = logs.max(axis=0)
    return np.asarray(most + np.log(np.exp(logs - most).sum(axis=0)))


@law
@given(models, seeds)
def test_one_point_is_laplace(pair: tuple[str, str], seed: int) -> None:
    """A fit with quadrature=1 is not a different fit."""
    model = random_model(*pair, seed)
    assert objective(model, 1) == objective(model)


@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_one_point_is_the_default() -> None:
    rng = np.random.default_rng(4)
    data = {"y": rng.poisson(2.0, 80), "g": np.arange(80) % 8, "x": rng.normal(size=80)}
    default = echelon.fit("y ~ x + (1 | g)", data, family="poisson")
    one = echelon.fit("y ~ x + (1 | g)", data, family="poisson", quadrature=1)
    assert one.objective == default.objective
    assert one.beta == default.beta


@law
@given(st.sampled_from(DISCRETE), seeds)
def test_many_points_are_enough(family: str, seed: int) -> None:
    """From 25 to 51 points nothing moves; the integrand is smooth, and the nodes follow it."""
    model = random_model(family, "intercept", seed)
    few, many = objective(model, 25), objective(model, 51)
    assert few == pytest.approx(many, rel=1e-8)


@pytest.mark.slow
@settings(law, max_examples=10)
@given(st.sampled_from(PLANES), seeds)
def test_two_effects_are_the_integral_over_a_plane(pair: tuple[str, str], seed: int) -> None:
    """Slopes, two linear predictors with effects, contrasts of categories."""
    model = random_model(*pair, seed)
    assert objective(model, 25) == pytest.approx(by_sums(model), rel=1e-7)


@pytest.mark.slow
@settings(law, max_examples=6)
@given(st.sampled_from(("bernoulli", "poisson", "cumulative", "beta")), seeds)
def test_nested_sums_are_the_integral(family: str, seed: int) -> None:
    """Parts within groups: a sum over the outer effect of products of sums over the inner ones."""
    model = random_model(family, "nested", seed)
    found = objective(model, 25)
    assert found == pytest.approx(_nested_by_sums(model), rel=1e-7)


def _nested_by_sums(model: Model) -> float:
    design, line = model.design, np.linspace(-8.0, 8.0, 161)
    log_prior = -0.5 * line**2 - 0.5 * np.log(2 * np.pi) + np.log(line[1] - line[0])
    outer, inner = sorted(range(2), key=lambda k: design.rows.blocks[k].n_groups)
    blocks, Lambdas = design.rows.blocks, model.Lambdas
    codes = [block.memberships[0].codes for block in blocks]
    parent = np.zeros(blocks[inner].n_groups, dtype=np.int64)
    parent[codes[inner]] = codes[outer]
    rows = ResponseRows(design.y, design.trials, design.weights)
    by_outer = np.empty((len(line), blocks[outer].n_groups))
    fixed = linear_predictors(
        design, model.coefficients, [np.zeros((block.n_groups, 1)) for block in blocks]
    )
    for at, u in enumerate(line):
        parts = np.empty((len(line), blocks[inner].n_groups))
        for below, v in enumerate(line):
            eta = fixed.copy()
            eta[0] += Lambdas[outer][0, 0] * u + Lambdas[inner][0, 0] * v
            log_density = model.observation.log_density(rows, eta)
            parts[below] = np.bincount(codes[inner], log_density, blocks[inner].n_groups)
        summed = _log_sum(parts + log_prior[:, None])
        by_outer[at] = np.bincount(parent, summed, blocks[outer].n_groups)
    return float(-2.0 * _log_sum(by_outer + log_prior[:, None]).sum())


@law
@given(models, seeds, st.sampled_from([1, 5]))
def test_threads_do_not_change_a_bit(pair: tuple[str, str], seed: int, points: int) -> None:
    """One thread or two: the criterion and every derivative, bitwise."""
    if pair[1] not in ("intercept", "slope", "nested"):
        points = 1
    model = random_model(*pair, seed, n=400)
    found = []
    for threads in (1, 2):
        core = workspace(model, points, threads)
        value = core.objective(model.coefficients, model.Lambdas)
        by_coefficient, by_template = core.gradient()
        found.append([value, *by_coefficient, *np.concatenate([p.ravel() for p in by_template])])
    assert found[0] == found[1]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
@pytest.mark.parametrize(
    ("random", "quadrature"), [("(x | g)", 1), ("(1 | g)", 7), ("(1 | g) + (1 | h)", 1)]
)
def test_fits_do_not_know_threads(random: str, quadrature: int) -> None:
    rng, n = np.random.default_rng(9), 5_000
    data = {"x": rng.normal(size=n), "g": rng.integers(0, 300, n), "h": rng.integers(0, 200, n)}
    mean = np.exp(0.3 + 0.4 * data["x"] + 0.5 * rng.normal(size=300)[data["g"]])
    data["y"] = rng.poisson(mean)
    one, two = (
        echelon.fit(
            f"y ~ x + {random}", data, family="poisson", quadrature=quadrature,
            control={"threads": threads},
        )
        for threads in (1, 2)
    )  # fmt: skip
    assert one.objective == two.objective
    assert one.beta == two.beta
    assert (one.theta == two.theta).all()
    assert (one.vcov == two.vcov).all()
