"""Modes over their diagnostic standard deviations: normal, whatever the sizes of the groups."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.check.standard_modes import standard_modes
from tests.unit.check.shape_cases import result


def test_one_effect_by_hand() -> None:
    fit = ec.fit("mathach ~ 1 + (1 | school)", "hsb").fit
    found = standard_modes(fit, 0)
    tau = (fit.estimates.sigma * fit.estimates.Lambdas[0][0, 0]) ** 2
    n = np.bincount(fit.design.rows.blocks[0].memberships[0].codes)
    reliability = tau / (tau + fit.estimates.sigma**2 / n)
    by_hand = fit.estimates.modes[0][:, 0] / np.sqrt(tau * reliability)
    np.testing.assert_allclose(found.single[:, 0], by_hand, rtol=1e-8)
    assert found.reliability == pytest.approx([reliability.mean()])
    assert found.distance.sum() == pytest.approx(159)
    assert found.rank == 1


def test_two_effects_are_turned_into_independent_ones() -> None:
    found = standard_modes(result("clean slopes").fit, 0)
    assert found.rank == 2
    np.testing.assert_allclose((found.whitened**2).sum(axis=1), found.distance)
    correlation = np.corrcoef(found.whitened.T)[0, 1]
    assert abs(correlation) < 0.3
    assert found.distance.mean() == pytest.approx(2 * 99 / 100)


def test_a_variance_of_zero_has_no_modes() -> None:
    found = standard_modes(result("no variance").fit, 0)
    assert found.rank == 0
    assert np.isnan(found.single).all()


def test_generalized_models() -> None:
    found = standard_modes(result("clean counts").fit, 0)
    assert found.single.std() == pytest.approx(1, abs=0.15)
