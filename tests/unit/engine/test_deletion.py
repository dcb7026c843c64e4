"""Estimates without a group against a fit to the table without its rows."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.design.parts import Membership
from echelon.engine.deletion import Deleted, deletions
from echelon.errors import EchelonWarning
from echelon.fit import Fit
from tests.unit.engine.random_designs import MODELS, data, fitted

WITH_GROUPS = [name for name in MODELS if name != "no random effects"]


@cache
def deleted(name: str, block: int) -> tuple[Deleted, ...]:
    fit = fitted(name)
    of = fit.design.rows.blocks[block]
    return tuple(deletions(fit, of.memberships, of.n_groups))


def refitted(name: str, is_out: np.ndarray) -> Fit:
    formula, options = MODELS[name]
    rest = {key: values[~is_out] for key, values in data().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return ec.fit(formula, rest, **options).fit


def check(left: Deleted, again: Fit) -> None:
    wanted = again.estimates
    errors = np.sqrt(np.diagonal(wanted.vcov))
    assert not left.is_failed
    assert left.objective == pytest.approx(wanted.objective, abs=1e-7)
    assert left.sigma == pytest.approx(wanted.sigma, rel=2e-6)
    np.testing.assert_allclose(left.beta / errors, wanted.beta / errors, atol=2e-6)
    size = np.outer(errors, errors)
    np.testing.assert_allclose(left.vcov / size, wanted.vcov / size, atol=1e-5)


@pytest.mark.parametrize("name", WITH_GROUPS)
def test_deletion_is_a_fit_to_the_rest(name: str) -> None:
    for number, block in enumerate(fitted(name).design.rows.blocks):
        found = deleted(name, number)
        assert len(found) == block.n_groups
        for group in (0, block.n_groups - 1):
            is_out = np.zeros(180, dtype=bool)
            for member in block.memberships:
                is_out |= member.codes == group
            assert found[group].n_rows == is_out.sum()
            check(found[group], refitted(name, is_out))


@pytest.mark.parametrize("name", ["no random effects", "slopes, weights", "crossed"])
def test_deletion_of_single_rows(name: str) -> None:
    fit = fitted(name)
    rows = Membership(np.arange(180, dtype=np.int32))
    found = tuple(deletions(fit, (rows,), 180))
    for row in (0, 77):
        check(found[row], refitted(name, np.arange(180) == row))


def test_a_group_of_no_weight_has_no_part_in_a_row() -> None:
    fit = fitted("multiple membership alone")
    block = fit.design.rows.blocks[0]
    second = Membership(block.memberships[1].codes, np.zeros(180))
    found = tuple(deletions(fit, (block.memberships[0], second), block.n_groups))
    np.testing.assert_array_equal(
        [each.n_rows for each in found], np.bincount(block.memberships[0].codes)
    )


def two_groups(**more: Any) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(2), 20)
    y = rng.normal(size=40) + 2 * group + np.repeat(rng.normal(size=8), 5)
    return {"y": y, "x": rng.normal(size=40), "g": group, "h": np.arange(40) // 5, **more}


def test_one_of_two_groups_cannot_be_left_out() -> None:
    fit = ec.fit("y ~ x + (1 | g) + (1 | h)", two_groups()).fit
    for block in fit.design.rows.blocks:
        found = tuple(deletions(fit, block.memberships, block.n_groups))
        assert [each.is_failed for each in found] == [block.grouping == "g"] * len(found)
        if block.grouping == "g":
            assert np.isnan(found[0].beta).all()
            assert np.isnan(found[0].sigma)
            assert found[0].n_rows == 20


def test_a_column_of_one_group_alone_is_not_estimated_without_it() -> None:
    table = two_groups(own=(np.arange(40) >= 35) * 1.0)
    fit = ec.fit("y ~ x + own + (1 | h)", table).fit
    block = fit.design.rows.blocks[0]
    *most, last = deletions(fit, block.memberships, block.n_groups)
    assert not np.isnan([each.beta for each in most]).any()
    assert np.isnan(last.beta).tolist() == [False, False, True]
    assert np.isnan(last.vcov[2]).all()
    rest = {key: values[:35] for key, values in table.items()}
    check_two = ec.fit("y ~ x + (1 | h)", rest).fit.estimates
    np.testing.assert_allclose(last.beta[:2], check_two.beta, rtol=1e-6)
    assert last.objective == pytest.approx(check_two.objective, abs=1e-7)


def test_no_rows_out_is_the_fit_itself() -> None:
    fit = fitted("intercepts")
    none = Membership(np.ones(180, dtype=np.int32))
    first, *_ = deletions(fit, (none,), 1)
    assert first.n_rows == 0
    assert first.objective == fit.estimates.objective
