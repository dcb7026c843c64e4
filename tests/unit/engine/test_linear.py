"""The linear predictor against X and Z formed in full."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from echelon.design.parts import Membership
from echelon.engine.linear import fixed_part, random_part
from echelon.engine.reference.gaussian import dense_Z
from tests.property.models import MODELS, design, table


@pytest.mark.parametrize("model", sorted(MODELS))
def test_both_parts_are_the_products(model: str) -> None:
    encoded = design(model, table(3), offset="exposure")
    rng = np.random.default_rng(1)
    rows, beta = encoded.rows, rng.normal(size=len(encoded.fixed_names))
    effects = [rng.normal(size=(b.n_groups, b.n_columns)) for b in rows.blocks]
    b = np.concatenate([np.empty(0), *[e.ravel() for e in effects]])
    np.testing.assert_allclose(fixed_part(rows, beta), encoded.X @ beta + rows.offset)
    np.testing.assert_allclose(
        random_part(rows.blocks, effects, rows.n_obs), dense_Z(encoded) @ b, atol=1e-12
    )


def test_a_coefficient_that_is_not_estimated_counts_as_zero() -> None:
    rows = design("slope", table(3)).rows
    np.testing.assert_array_equal(fixed_part(rows, np.array([2.0, np.nan])), 2.0)


def test_a_group_that_is_not_known_adds_nothing() -> None:
    rows = design("slope", table(3)).rows
    block = replace(rows.blocks[0], memberships=(Membership(np.full(rows.n_obs, -1, np.int32)),))
    effects = [np.ones((block.n_groups, 2))]
    np.testing.assert_array_equal(random_part([block], effects, rows.n_obs), 0.0)


def test_the_offset_of_the_rows_is_left_alone() -> None:
    rows = design("slope", table(3), offset="exposure").rows
    before = rows.offset.copy()
    fixed_part(rows, np.ones(2))
    np.testing.assert_array_equal(rows.offset, before)
