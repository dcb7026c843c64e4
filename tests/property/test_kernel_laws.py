"""Laws of the compiled core: it computes what the dense twin computes, in any order of work."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from echelon._types import Method
from echelon.design.parts import Design, Rows
from echelon.engine.kernel import CrossProducts, Workspace, accumulate
from echelon.engine.reference.gaussian import (
    difference_gradient,
    evaluate,
    gradient,
    places,
    template_gradients,
    templates,
)
from echelon.engine.theta import theta_map
from tests.property.models import (
    MODELS,
    design,
    methods,
    mixed_models,
    models,
    options,
    seeds,
    table,
    theta_inside,
)

law = settings(derandomize=True, deadline=None, max_examples=60)
PATHS = ("auto", "dense", "sparse", "chain")


def rows_of(d: Design, where: np.ndarray) -> Design:
    """A design with some of the rows; groups and their codes stay."""
    rows = d.rows
    blocks = tuple(
        replace(
            block,
            memberships=tuple(
                replace(
                    m, codes=m.codes[where], weights=None if m.weights is None else m.weights[where]
                )
                for m in block.memberships
            ),
            columns=tuple(column[where] for column in block.columns),
        )
        for block in rows.blocks
    )
    part = Rows(
        n_obs=int(where.sum()),
        fixed_columns=tuple(column[where] for column in rows.fixed_columns),
        blocks=blocks,
        offset=None if rows.offset is None else rows.offset[where],
    )
    weights = None if d.weights is None else d.weights[where]
    return replace(d, rows=part, y=d.y[where], weights=weights)


def at(products: CrossProducts, d: Design, theta: np.ndarray, method: str) -> float:
    """The criterion at theta, from cross-products alone."""
    return Workspace(products, method, design=d).objective(templates(d, theta))


@law
@given(models, seeds, methods, options)
def test_objective_is_the_twins(
    model: str, seed: int, method: Method, chosen: dict[str, Any]
) -> None:
    d = design(model, table(seed), **chosen)
    theta = theta_inside(d, seed)
    twin = evaluate(d, theta, method)
    workspace = Workspace(accumulate(d), method, design=d)
    ours = workspace.objective(templates(d, theta))
    np.testing.assert_allclose(ours, twin.objective, rtol=1e-11)
    solution = workspace.solution()
    for name in ("pwrss", "logdet_random", "logdet_fixed"):
        np.testing.assert_allclose(solution[name], getattr(twin, name), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(solution["beta"], twin.beta, rtol=1e-8, atol=1e-10)
    for (b, u), expected in zip(workspace.modes(), twin.modes(d), strict=True):
        np.testing.assert_allclose(b, expected.ravel(), atol=1e-9)
        assert u.shape == b.shape


@law
@given(mixed_models, seeds, methods, options)
def test_gradient_is_the_twins(
    model: str, seed: int, method: Method, chosen: dict[str, Any]
) -> None:
    """By template: every lower-triangular entry, also those that a structure holds at zero."""
    d = design(model, table(seed), **chosen)
    theta = theta_inside(d, seed)
    workspace = Workspace(accumulate(d), method, design=d)
    workspace.objective(templates(d, theta))
    expected = template_gradients(d, theta, method)
    size = max(1.0, *(float(np.abs(e).max()) for e in expected))
    for ours, theirs in zip(workspace.gradient(), expected, strict=True):
        np.testing.assert_allclose(np.tril(ours) / size, np.tril(theirs) / size, atol=1e-10)


@law
@given(mixed_models, seeds, methods)
def test_gradient_is_that_of_differences(model: str, seed: int, method: Method) -> None:
    """Through the structures' Jacobians: the twin's differences see only the criterion."""
    d = design(model, table(seed))
    theta = theta_inside(d, seed)
    workspace = Workspace(accumulate(d), method, design=d)
    workspace.objective(templates(d, theta))
    by_template = workspace.gradient()
    directions = theta_map(d.rows.blocks).directions(theta)
    ours = np.array([np.sum(by_template[block] * change) for block, change in directions])
    expected = difference_gradient(d, theta, method)
    size = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(ours / size, expected / size, atol=1e-7)
    np.testing.assert_allclose(ours / size, gradient(d, theta, method) / size, atol=1e-10)


@law
@given(mixed_models, seeds, methods)
def test_every_way_gives_the_same(model: str, seed: int, method: Method) -> None:
    """The plan chooses for speed only."""
    d = design(model, table(seed))
    theta, products = theta_inside(d, seed), accumulate(d)
    expected = evaluate(d, theta, method).objective
    for path in PATHS:
        value = Workspace(products, method, path=path, design=d).objective(templates(d, theta))
        np.testing.assert_allclose(value, expected, rtol=1e-11, err_msg=path)


@law
@given(models, seeds, options)
def test_chunks_equal_one_pass(model: str, seed: int, chosen: dict[str, Any]) -> None:
    """Rows split anywhere, also by group or at random, and merged in any order."""
    d = design(model, table(seed), **chosen)
    rng = np.random.default_rng(seed)
    chunk = rng.integers(0, 3, d.n_obs)
    parts = [accumulate(rows_of(d, chunk == i)) for i in rng.permutation(3)]
    merged = parts[0].merge(parts[1]).merge(parts[2])
    assert merged.n_obs == d.n_obs
    theta = theta_inside(d, seed)
    for method in ("ML", "REML"):
        expected = at(accumulate(d), d, theta, method)
        np.testing.assert_allclose(at(merged, d, theta, method), expected, rtol=1e-11)


@law
@given(models, seeds)
def test_merging_leaves_the_parts_alone(model: str, seed: int) -> None:
    d = design(model, table(seed))
    half = np.arange(d.n_obs) % 2 == 0
    one, other = accumulate(rows_of(d, half)), accumulate(rows_of(d, ~half))
    before = pickle.dumps((one, other))
    one.merge(other)
    assert pickle.dumps((one, other)) == before


@law
@given(models, seeds)
def test_state_round_trip_is_exact(model: str, seed: int) -> None:
    d = design(model, table(seed))
    products, theta = accumulate(d), theta_inside(d, seed)
    copy = pickle.loads(pickle.dumps(products))
    assert at(copy, d, theta, "REML") == at(products, d, theta, "REML")


@pytest.mark.parametrize("model", ["slope", "crossed", "nested and crossed", "membership"])
def test_threads_do_not_change_a_bit(model: str) -> None:
    """Enough rows that more than one thread has work."""
    d = design(model, table(5, n=200_000))
    theta = theta_inside(d, 5)
    values = []
    for threads in (1, 2, 3):
        workspace = Workspace(accumulate(d, threads=threads), "REML", threads=threads, design=d)
        value = workspace.objective(templates(d, theta))
        gradients = np.concatenate([g.ravel() for g in workspace.gradient()])
        values.append((value, gradients.tobytes(), workspace.solution()["beta"].tobytes()))
    assert values[0] == values[1] == values[2]


@pytest.mark.parametrize("shift", [1e3, 1e6])
@pytest.mark.parametrize("model", sorted(MODELS))
def test_far_from_zero(model: str, shift: float) -> None:
    """Columns are centred before they are multiplied: a large mean costs no digits of the rest."""
    data = table(2)
    theta = theta_inside(design(model, data), 2)
    moved = data | {"y": data["y"] + shift}
    for method in ("ML", "REML"):
        d, far = design(model, data), design(model, moved)
        expected = at(accumulate(d), d, theta, method)
        np.testing.assert_allclose(at(accumulate(far), far, theta, method), expected, rtol=1e-9)


@law
@given(mixed_models, seeds, options)
def test_covariances_are_the_twins(model: str, seed: int, chosen: dict[str, Any]) -> None:
    """Of the modes given beta, of the modes, and of any x'beta + z'b, by the joint inverse."""
    d = design(model, table(seed), **chosen)
    theta = theta_inside(d, seed)
    twin = evaluate(d, theta, "REML")
    workspace = Workspace(accumulate(d), "REML", design=d)
    workspace.objective(templates(d, theta))
    p = len(twin.beta)
    size = np.abs(twin.joint_cov).max()
    for number, (block, where) in enumerate(places(d)):
        after_beta = slice(p + where.start, p + where.stop)
        joint = twin.joint_cov[after_beta, after_beta]
        dense = {False: twin.conditional_cov[where, where], True: joint}
        groups = np.arange(block.n_groups)
        for with_fixed, full in dense.items():
            by_group = full.reshape(2 * (block.n_groups, block.n_columns))[groups, :, groups]
            ours = workspace.conditional(number, with_fixed)
            np.testing.assert_allclose(ours, by_group.ravel(), atol=1e-9 * size)

    rng = np.random.default_rng(seed)
    X, loads = rng.standard_normal((6, p)), np.zeros((6, len(twin.b)))
    parts = []
    for number, (block, where) in enumerate(places(d)):
        codes = rng.integers(0, block.n_groups, 6).astype(np.int32)
        Z = rng.standard_normal((6, block.n_columns))
        for row, (code, z) in enumerate(zip(codes, Z, strict=True)):
            start = where.start + code * block.n_columns
            loads[row, start : start + block.n_columns] = z
        parts.append((number, codes, Z))
    combined = np.hstack([X, loads])
    expected = np.einsum("ij,jk,ik->i", combined, twin.joint_cov, combined)
    np.testing.assert_allclose(workspace.variances(X, parts, True), expected, rtol=1e-8)
    given_beta = np.einsum("ij,jk,ik->i", loads, twin.conditional_cov, loads)
    np.testing.assert_allclose(workspace.variances(X, parts, False), given_beta, rtol=1e-8)
