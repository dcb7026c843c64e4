"""Deletion of groups against lme4, which refits without each of them."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.measure.influence import influence
from tests.reference.case import load

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
