"""Deletion of groups against lme4, which refits without each of them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import echelon as ec
from echelon.errors import SingularFitWarning
from echelon.measure.influence import influence
from tests.reference.case import NAMES, load

CASES = [
    ("lmm_sleep_slope_reml", "influence_subject"),
    ("lmm_dyestuff_reml", "influence_batch"),
]


@pytest.mark.parametrize(("name", "key"), CASES)
def test_influence_of_groups(name: str, key: str) -> None:
    case = load(name)
    want = case.extra[key]
    found = influence(ec.fit(case["formula"], case.frame(), **case.options).fit, want["group"])
    assert [str(label) for label in found.table["group"]] == want["levels"]
    np.testing.assert_allclose(found.table["cooks_distance"], want["cooks_distance"], rtol=1e-6)
    np.testing.assert_allclose(found.table["sigma"], want["sigma_without"], rtol=1e-6)
    p = len(want["fixed_without"]["cols"])
    estimates = found.dfbetas["estimate"].reshape(-1, p)
    np.testing.assert_allclose(estimates, want["fixed_without"]["values"], rtol=1e-9)
    dfbetas = found.dfbetas["dfbetas"].reshape(-1, p)
    np.testing.assert_allclose(dfbetas, want["dfbetas"]["values"], rtol=1e-6)


@pytest.mark.parametrize("name", [n for n in NAMES if "hat_head" in load(n).extra])
def test_leverage(name: str) -> None:
    """lme4's hatvalues() and cooks.distance(); the latter by its root, which is linear in y."""
    case = load(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        fit = ec.fit(case["formula"], case.frame(), **case.options)
    found = fit.leverage()
    np.testing.assert_allclose(found["leverage"][:5], case.extra["hat_head"], rtol=1e-6)
    assert found["leverage"].sum() == pytest.approx(case.extra["hat_trace"], rel=1e-6)
    cook, want = (
        np.sqrt(found["cooks_distance"][:5]),
        np.sqrt(case.extra["cooks_distance_obs_head"]),
    )
    np.testing.assert_allclose(cook, want, rtol=1e-6, atol=2e-6)
