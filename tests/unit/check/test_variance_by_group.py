"""Unequal residual variances of groups and categories, and H."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import echelon as ec
from echelon.check import diagnose
from tests.unit.check.shape_cases import finding, result


def test_unequal_groups() -> None:
    found = finding("unequal groups", "variance_by_group")
    assert found.verdict == "act"
    assert 2 < found.value < 5
    assert all(int(label) % 3 == 0 for label in found.facts["widest"])


def test_equal_groups() -> None:
    assert finding("clean", "variance_by_group").verdict == "fine"
    assert finding("unequal categories", "variance_by_group").verdict == "fine"


def test_unequal_categories() -> None:
    found = finding("unequal categories", "variance_by_category")
    assert (found.verdict, found.about) == ("act", "c")
    assert (found.facts["lowest"], found.facts["highest"]) == ("a", "b")
    assert found.value == pytest.approx(3, rel=0.2)


def test_equal_categories() -> None:
    assert finding("clean", "variance_by_category").verdict == "fine"


def test_h_by_hand() -> None:
    """Balanced groups: the residuals about group means, less what the model keeps of them."""
    found = finding("clean slopes", "variance_by_group")
    assert found.facts["h_df"] == 0  # 10 rows less two effects each: below 10 df
    fit = ec.fit("mathach ~ 1 + (1 | school)", "hsb")
    facts = diagnose(fit.fit, topics=("Level-1 residuals",)).findings["Level-1 residuals"][3].facts
    codes = fit.fit.design.rows.blocks[0].memberships[0].codes
    y = fit.fit.design.y
    n = np.bincount(codes)
    means = np.bincount(codes, y) / n
    logs = np.log(np.bincount(codes, (y - means[codes]) ** 2) / (n - 1))
    w = (n - 1) / 2
    expected = float((w * (logs - (w @ logs) / w.sum()) ** 2).sum())
    assert facts["h_df"] == 159
    assert facts["h"] == pytest.approx(expected, rel=1e-9)
    assert facts["h_p_value"] == pytest.approx(stats.chi2.sf(facts["h"], 159))


def test_generalized_models_are_left_out() -> None:
    fit = result("clean counts").fit
    names = {f.name for f in diagnose(fit, topics=("Level-1 residuals",)).findings[
        "Level-1 residuals"
    ]}  # fmt: skip
    assert not names & {"variance_by_group", "variance_by_category"}
