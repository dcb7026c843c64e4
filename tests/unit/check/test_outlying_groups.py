"""Groups unlike the others are named; the farthest of many usual ones is not."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.check.outlying_groups import _adjusted
from tests.unit.check.shape_cases import finding


def test_a_far_group_is_named() -> None:
    found = finding("far group", "outlying_groups")
    assert found.verdict == "act"
    assert found.facts["groups"] == (7,)
    assert found.facts["n_out"] == 1


@pytest.mark.parametrize("case", ["clean", "clean slopes", "clean counts"])
def test_clean(case: str) -> None:
    found = finding(case, "outlying_groups")
    assert found.verdict == "fine"
    assert found.facts["groups"] == ()


def test_few_groups_cannot_be_told() -> None:
    found = finding("few groups", "outlying_groups")
    assert found.facts["is_few"]
    assert found.verdict == "fine"


def test_adjusted_p_values_hold_their_level() -> None:
    """The farthest of 30 normal vectors, standardized by their own covariance."""
    rng = np.random.default_rng(1)
    smallest = []
    for _ in range(2000):
        x = rng.standard_normal((30, 2))
        x -= x.mean(axis=0)
        distance = np.einsum("ja,ab,jb->j", x, np.linalg.inv(np.cov(x.T)), x)
        smallest.append(_adjusted(distance, 30, 2).min())
    assert np.mean(np.array(smallest) < 0.05) == pytest.approx(0.05, abs=0.015)


def test_as_many_effects_as_groups() -> None:
    assert _adjusted(np.ones(3), 3, 2).tolist() == [1.0, 1.0, 1.0]
