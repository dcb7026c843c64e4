"""Variance explained, in three numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from echelon import api
from echelon.building.explained import explained
from echelon.measure.icc import icc
from tests.unit.building.fitted import hsb, sleep


def test_of_a_random_intercept() -> None:
    fit = hsb("ses + (1 | school)")
    found = explained(fit)
    assert found["icc"] == pytest.approx(icc(fit)["icc"][0], rel=1e-9)
    fixed = np.var(fit.design.X @ fit.estimates.beta, ddof=1)
    total = fixed + fit.estimates.sigma**2 * (1 + fit.estimates.theta[0] ** 2)
    assert found["r2_marginal"] == pytest.approx(fixed / total, rel=1e-9)
    assert found["r2_conditional"] == pytest.approx(1 - fit.estimates.sigma**2 / total, rel=1e-9)


def test_without_groups_there_is_no_icc() -> None:
    found = explained(sleep("days"))
    assert np.isnan(found["icc"])
    assert found["r2_marginal"] == found["r2_conditional"]


def test_without_the_rows(tmp_path: Path) -> None:
    path = api.fit("reaction ~ days + (1 | subject)", "sleep").save(tmp_path / "a", rows=False)
    loaded = api.load(path).fit
    assert explained(loaded) == pytest.approx(explained(sleep("days + (1 | subject)")), rel=1e-9)
    rows = api.datasets.load("sleep").with_columns(w=1.0 + api.datasets.load("sleep")["days"])
    weighted = api.fit("reaction ~ days + (1 | subject)", rows, weights="w")
    lost = api.load(weighted.save(tmp_path / "b", rows=False)).fit
    assert np.isnan(list(explained(lost).values())).all()
