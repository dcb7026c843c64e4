"""Laws of the core for generalized models: the twin's criterion, its derivatives, in any order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon._types import FloatArray
from echelon.design.parts import Channel, Column, Design, RandomBlock
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from echelon.engine.reference.generalized import laplace_objective
from echelon.engine.reference.quadrature import (
    nested_quadrature_objective,
    quadrature_objective,
)
from tests.property.generalized_models import (
    Model,
    models,
    one_factor,
    pairs,
    random_model,
    seeds,
)

law = settings(derandomize=True, deadline=None, max_examples=25)


def workspace(model: Model, points: int = 1, threads: int = 1) -> GeneralizedWorkspace:
    """The compiled core with a model's rows."""
    observation = model.observation
    return GeneralizedWorkspace(
        model.design, observation.core_name, observation.link, points, threads
    )


def objective(model: Model, points: int = 1, threads: int = 1) -> float:
    """The core's criterion, from a cold start."""
    return workspace(model, points, threads).objective(model.coefficients, model.Lambdas)


def check_objective(pair: tuple[str, str], seed: int) -> None:
    """The core and the twin find the same number."""
    model = random_model(*pair, seed)
    expected = laplace_objective(*model.parts())
    assert objective(model) == pytest.approx(expected, rel=1e-9, abs=1e-7)


def check_gradient(pair: tuple[str, str], seed: int, points: int = 1) -> None:
    """Exact derivatives against central differences of order 4."""
    model = random_model(*pair, seed)
    core = workspace(model, points)
    core.objective(model.coefficients, model.Lambdas)
    by_coefficient, by_template = core.gradient()
    scale = 1 + max(abs(by_coefficient).max(), *(abs(part).max() for part in by_template))

    def slope(change: FloatArray, changes: tuple[FloatArray, ...]) -> float:
        f = [
            core.objective(
                model.coefficients + h * change,
                tuple([L + h * d for L, d in zip(model.Lambdas, changes, strict=True)]),
            )
            for h in (-2e-3, -1e-3, 1e-3, 2e-3)
        ]
        return (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / 12e-3

    still = tuple([np.zeros_like(L) for L in model.Lambdas])
    for j, value in enumerate(by_coefficient):
        expected = slope(np.eye(len(by_coefficient))[j], still)
        assert value == pytest.approx(expected, abs=2e-6 * scale), j
    for k, part in enumerate(by_template):
        for i, j in zip(*np.tril_indices(len(part)), strict=True):
            changes = tuple([L.copy() for L in still])
            changes[k][i, j] = 1.0
            expected = slope(np.zeros(len(by_coefficient)), changes)
            assert part[i, j] == pytest.approx(expected, abs=2e-6 * scale), (k, i, j)


@law
@given(models, seeds)
def test_objective_is_the_twin_s(pair: tuple[str, str], seed: int) -> None:
    check_objective(pair, seed)


@settings(law, max_examples=12)
@given(models, seeds)
def test_gradient_is_that_of_differences(pair: tuple[str, str], seed: int) -> None:
    check_gradient(pair, seed)


@pytest.mark.slow
@pytest.mark.parametrize("pair", pairs(), ids=" | ".join)
def test_every_family_with_every_structure(pair: tuple[str, str]) -> None:
    for seed in (1, 2, 3):
        check_objective(pair, seed)
        check_gradient(pair, seed)


@settings(law, max_examples=10)
@given(one_factor, seeds, st.sampled_from([2, 3, 5, 8]))
def test_quadrature_is_the_twin_s(pair: tuple[str, str], seed: int, points: int) -> None:
    """Adaptive quadrature of one factor, and its gradient.

    Nodes that a rule of several dimensions leaves out must not be missed: they are 1e-6 at most.
    """
    model = random_model(*pair, seed)
    expected = quadrature_objective(*model.parts(), points)
    slack = 1e-7 if model.design.rows.blocks[0].n_columns == 1 else 1e-6
    assert objective(model, points) == pytest.approx(expected, rel=1e-9, abs=slack)
    check_gradient(pair, seed, points)


@settings(law, max_examples=5)
@given(st.sampled_from(["bernoulli", "cumulative", "binomial probit"]), seeds)
def test_nested_quadrature_is_the_integral(family: str, seed: int) -> None:
    """Two nested factors by recursion, against fixed nodes in both dimensions."""
    model = random_model(family, "nested", seed)
    truth = nested_quadrature_objective(*model.parts(), 41)
    assert objective(model, 15) == pytest.approx(truth, abs=1e-5)


@law
@given(models, seeds)
def test_no_history(pair: tuple[str, str], seed: int) -> None:
    """A warm start from other parameters does not change the criterion, nor do threads."""
    model = random_model(*pair, seed)
    core = workspace(model)
    first = core.objective(model.coefficients, model.Lambdas)
    core.objective(model.coefficients + 0.05, tuple([0.7 * L for L in model.Lambdas]))
    again = core.objective(model.coefficients, model.Lambdas)
    assert again == pytest.approx(first, rel=1e-11, abs=1e-9)
    assert objective(model, threads=2) == first


@law
@given(models, seeds)
def test_order_of_rows_and_groups_does_not_matter(pair: tuple[str, str], seed: int) -> None:
    model = random_model(*pair, seed)
    rng = np.random.default_rng(seed)
    shuffled = replace(model, design=_reordered(model.design, rng))
    assert objective(shuffled) == pytest.approx(objective(model), rel=1e-11, abs=1e-9)


@settings(law, max_examples=10)
@given(models, seeds)
def test_weights_count_rows(pair: tuple[str, str], seed: int) -> None:
    """All rows twice, or all with weight two."""
    model = random_model(*pair, seed)
    n = model.design.n_obs
    twice = _rows(model.design, np.repeat(np.arange(n), 2))
    weighted = replace(model.design, weights=np.full(n, 2.0))
    by_weight = objective(replace(model, design=weighted))
    assert objective(replace(model, design=twice)) == pytest.approx(by_weight, rel=1e-10)
    assert by_weight == pytest.approx(
        laplace_objective(*replace(model, design=weighted).parts()), rel=1e-9, abs=1e-7
    )


def _reordered(design: Design, rng: np.random.Generator) -> Design:
    """Rows in another order, and groups under other numbers."""
    moved = _rows(design, rng.permutation(design.n_obs))
    blocks = tuple([_relabelled(block, rng) for block in moved.rows.blocks])
    return replace(moved, rows=replace(moved.rows, blocks=blocks))


def _relabelled(block: RandomBlock, rng: np.random.Generator) -> RandomBlock:
    number = rng.permutation(block.n_groups)
    labels = np.empty_like(block.labels)
    labels[number] = block.labels
    memberships = tuple(
        [
            replace(member, codes=number[member.codes].astype(member.codes.dtype))
            for member in block.memberships
        ]
    )
    return replace(block, memberships=memberships, labels=labels)


def _rows(design: Design, where: np.ndarray) -> Design:
    """The rows `where`, in that order; columns that were one object stay one object."""
    seen: dict[int, FloatArray] = {}

    def take(values: FloatArray | None) -> FloatArray | None:
        if values is None:
            return None
        return seen.setdefault(id(values), np.ascontiguousarray(values[where]))

    def column(values: FloatArray) -> FloatArray:
        taken = take(values)
        assert taken is not None
        return taken

    blocks = tuple(
        replace(
            block,
            memberships=tuple(
                replace(m, codes=m.codes[where], weights=take(m.weights)) for m in block.memberships
            ),
            columns=tuple(column(c) for c in block.columns),
        )
        for block in design.rows.blocks
    )
    rows = replace(
        design.rows,
        n_obs=len(where),
        fixed_columns=tuple(column(c) for c in design.rows.fixed_columns),
        blocks=blocks,
        offset=take(design.rows.offset),
    )
    channels = tuple(
        Channel(
            channel.name,
            tuple(Column(c.coefficient, column(c.values), c.factor) for c in channel.columns),
            take(channel.offset),
        )
        for channel in design.channels
    )
    return replace(
        design,
        rows=rows,
        y=column(design.y),
        weights=take(design.weights),
        trials=take(design.trials),
        channels=channels,
    )
