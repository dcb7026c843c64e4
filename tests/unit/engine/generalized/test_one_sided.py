"""Groups with one outcome are counted where they make an estimate doubtful."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.engine.generalized.one_sided import OneSided, one_sided_groups
from echelon.errors import EchelonWarning

N, J = 200, 40
G = np.arange(N) % J
RARE = np.where(np.isin(G, [3, 7, 8]), 1.0 * (np.arange(N) < 120), 0.0)
MIXED = 1.0 * (np.random.default_rng(2).uniform(size=N) < 0.4)


def found(y: Any, **options: Any) -> OneSided | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        data = {"y": y, "g": G, "h": np.arange(N) // 50}
        fit = ec.fit("y ~ 1 + (1 | g)", data, **{"family": "binomial"} | options).fit
    return one_sided_groups(fit.design, fit.spec, fit.estimates)


def test_few_groups_with_events_make_laplace_doubtful() -> None:
    assert found(RARE) == OneSided("g", J, 37, 0, 9 / J)


def test_quadrature_is_what_was_advised() -> None:
    assert found(RARE, quadrature=9) is None


def test_ones_count_as_zeros_do() -> None:
    assert found(1.0 - RARE) == OneSided("g", J, 0, 37, 9 / J)


@pytest.mark.parametrize("quadrature", [1, 9])
def test_no_group_with_both_outcomes(quadrature: int) -> None:
    answer = found(1.0 * (G % 4 == 0), quadrature=quadrature)
    assert answer is not None
    assert answer.is_all
    assert (answer.n_low, answer.n_high) == (30, 10)


def test_groups_that_vary_are_no_news() -> None:
    assert found(MIXED) is None


def test_other_families_have_no_one_sided_groups() -> None:
    assert found(MIXED + 0.5, family="gamma") is None
