"""Influence of groups: summaries by hand from refits, and what cannot be left out."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.errors import EchelonWarning, NotEstimableError, SpecError
from echelon.measure.influence import _compared, _solved, influence
from tests.unit.engine.random_designs import MODELS, data, fitted


def without(name: str, is_out: np.ndarray) -> Any:
    formula, options = MODELS[name]
    rest = {key: values[~is_out] for key, values in data().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return ec.fit(formula, rest, **options).fit.estimates


@pytest.mark.parametrize("name", ["slopes", "crossed, weights"])
def test_summaries_by_hand(name: str) -> None:
    fit = fitted(name)
    found = influence(fit, "g")
    codes, labels = data()["g"], fit.design.rows.blocks[0].labels
    full = fit.estimates
    for group in (0, 5):
        part = without(name, codes == labels[group])
        row = found.table.row(group=labels[group])
        change = full.beta - part.beta
        p = len(change)
        cook = change @ np.linalg.inv(full.vcov) @ change / p
        assert row["cooks_distance"] == pytest.approx(cook, rel=1e-5)
        mdffits = change @ np.linalg.inv(part.vcov) @ change / p
        assert row["mdffits"] == pytest.approx(mdffits, rel=1e-5)
        ratio = np.linalg.det(part.vcov) / np.linalg.det(full.vcov)
        assert row["cov_ratio"] == pytest.approx(ratio, rel=1e-5)
        trace = abs(np.trace(np.linalg.inv(full.vcov) @ part.vcov) - p)
        assert row["cov_trace"] == pytest.approx(trace, rel=1e-4)
        assert row["sigma"] == pytest.approx(part.sigma, rel=1e-6)
        assert row["n_rows"] == np.count_nonzero(codes == labels[group])
        assert row["is_influential"] == (cook > 4 / 12)
        own = found.dfbetas["group"] == labels[group]
        assert found.dfbetas["term"][own].tolist() == list(fit.design.fixed_names)
        np.testing.assert_allclose(found.dfbetas["dfbeta"][own], change, rtol=1e-4, atol=1e-7)
        errors = np.sqrt(np.diagonal(part.vcov))
        np.testing.assert_allclose(
            found.dfbetas["dfbetas"][own], change / errors, rtol=1e-4, atol=1e-6
        )
        np.testing.assert_allclose(found.dfbetas["estimate"][own], part.beta, rtol=1e-6)


def test_least_squares_by_the_leverage() -> None:
    """Without random effects Cook's distance is r^2 h / ((1 - h) p), r studentised internally."""
    fit = fitted("no random effects")
    found = influence(fit)
    X, y = fit.design.X, fit.design.y
    leverage = np.einsum("ij,jk,ik->i", X, np.linalg.inv(X.T @ X), X)
    e = y - X @ fit.estimates.beta
    cook = e**2 * leverage / (1 - leverage) ** 2 / (3 * fit.estimates.sigma**2)
    np.testing.assert_allclose(found.table["cooks_distance"], cook, rtol=1e-7)
    assert found.grouping == "rows"
    assert found.table["group"].tolist() == list(range(180))
    assert found.table.title == "Influence of each row"


def test_rows_are_numbered_as_in_the_table_that_was_read() -> None:
    table = {key: values[:40].astype(object) for key, values in data().items()}
    table["y"][3] = None
    fit = ec.fit("y ~ x", {"y": table["y"].astype(float), "x": data()["x"][:40]}).fit
    assert influence(fit, "rows").table["group"].tolist() == [i for i in range(40) if i != 3]


def test_the_highest_level_unless_named() -> None:
    fit = fitted("four levels")
    assert influence(fit).grouping == "top"
    assert len(influence(fit, "h").table) == 36
    assert "Pointed out: Cook's distance above 4 / groups = 1.33." in influence(fit).table.notes


def test_a_member_takes_all_its_rows() -> None:
    fit = fitted("multiple membership")
    found = influence(fit, "mm(c, c2)").table
    wanted = [np.count_nonzero((data()["c"] == g) | (data()["c2"] == g)) for g in range(9)]
    assert found["n_rows"].tolist() == wanted


def test_a_coefficient_of_one_group_alone() -> None:
    """Without that group it is not estimated: the others are judged by themselves."""
    table = data() | {"own": (data()["g"] == 4) * data()["z"]}
    fit = ec.fit("y ~ x + own + (1 | g)", table).fit
    found = influence(fit)
    row = found.table.row(group=4)
    assert np.isfinite(row["cooks_distance"])
    is_own = (found.dfbetas["group"] == 4) & (found.dfbetas["term"] == "own")
    assert np.isnan(found.dfbetas["dfbeta"][is_own]).all()
    others = (found.dfbetas["group"] == 4) & (found.dfbetas["term"] != "own")
    assert np.isfinite(found.dfbetas["dfbetas"][others]).all()


def test_one_of_two_groups_is_a_finding() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat([0, 1], 15)
    fit = ec.fit("y ~ 1 + (1 | g)", {"y": rng.normal(size=30) + 3 * group, "g": group}).fit
    table = influence(fit).table
    assert np.isnan(table["cooks_distance"]).all()
    assert not table["is_influential"].any()
    assert "2 groups cannot be left out: the rest makes no model." in table.notes


def test_aliased_columns_stay_out() -> None:
    found = influence(fitted("aliased"))
    same = influence(fitted("intercepts"))
    np.testing.assert_allclose(found.table["cooks_distance"], same.table["cooks_distance"])
    assert np.isnan(found.dfbetas["dfbeta"][found.dfbetas["term"] == "twice"]).all()


def test_a_deletion_whose_covariance_is_singular() -> None:
    """Its MDFFITS is not known; those of the others are."""
    parts = np.array([np.eye(2), np.ones((2, 2)), 2.0 * np.eye(2)])
    found = _solved(parts, np.ones((3, 2, 1)))[:, :, 0]
    np.testing.assert_array_equal(found, [[1.0, 1.0], [np.nan, np.nan], [0.5, 0.5]])
    assert np.isnan(_compared(np.ones((3, 2)), np.ones((2, 2)), parts)).all()


def test_refusals(tmp_path: Path) -> None:
    result = ec.Result(fitted("slopes"))
    with pytest.raises(SpecError, match="'school' is not in the model"):
        result.influence("school")
    loaded = ec.load(result.save(tmp_path / "fit.echelon", rows=False))
    with pytest.raises(NotEstimableError, match="influence"):
        loaded.influence()


def test_prints_its_table() -> None:
    found = ec.Result(fitted("slopes")).influence()
    assert repr(found) == repr(found.table)
    assert "cooks_distance" in found._repr_html_()
    assert len(found.deleted) == 12
