"""Reliability of the groups' coefficients, and the shrinkage that it explains."""

from __future__ import annotations

import numpy as np
import pytest

from echelon import api, datasets
from echelon.measure.reliability import reliability

PASTES = api.fit("strength ~ 1 + (1 | batch/cask)", datasets.load("pastes")).fit
SCHOOLS = api.fit("mathach ~ sector + ses + (ses | school)", datasets.load("hsb")).fit
PENICILLIN = api.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", datasets.load("penicillin")).fit


def test_balanced_three_levels_in_closed_form() -> None:
    """Two tests of three casks of ten batches: chapter 8's formulas."""
    table = reliability(PASTES)
    sigma2 = PASTES.estimates.sigma**2
    cask, batch = table.row(grouping="batch:cask"), table.row(grouping="batch")
    assert cask["error_variance"] == pytest.approx(sigma2 / 2, rel=1e-12)
    below = cask["variance"] + sigma2 / 2
    assert batch["error_variance"] == pytest.approx(below / 3, rel=1e-9)
    for row in (cask, batch):
        total = row["variance"] + row["error_variance"]
        assert row["reliability"] == pytest.approx(row["variance"] / total, rel=1e-9)
    assert table["n_groups"].tolist() == [10, 30]


def test_mean_over_groups() -> None:
    table, groups = reliability(SCHOOLS), reliability(SCHOOLS, by_group=True)
    by_term = groups["reliability"].reshape(-1, 2).mean(axis=0)
    np.testing.assert_allclose(table["reliability"], by_term, rtol=1e-13)


def test_random_intercept_shrinks_by_its_reliability() -> None:
    fit = api.fit("mathach ~ sector + (1 | school)", datasets.load("hsb")).fit
    table = reliability(fit, by_group=True)
    expected = fit.estimates.beta[0] + fit.estimates.beta[1] * np.isin(
        table["group"], _catholic_schools()
    )
    own, shrunken = table["own_estimate"] - expected, table["estimate"] - expected
    np.testing.assert_allclose(shrunken, table["reliability"] * own, rtol=1e-8, atol=1e-10)


def _catholic_schools() -> list[str]:
    hsb = datasets.load("hsb")
    return hsb.filter(hsb["sector"] == "Catholic")["school"].unique().to_list()


def test_estimates_are_the_coefficients_of_the_group() -> None:
    """Fixed part and mode, as `predict` would add them; own estimates by lstsq."""
    hsb = datasets.load("hsb")
    table = reliability(SCHOOLS, by_group=True)
    school = hsb.filter(hsb["school"] == "1224")
    Z = np.column_stack([np.ones(len(school)), school["ses"].to_numpy()])
    own = np.linalg.lstsq(Z, school["mathach"].to_numpy(), rcond=None)[0]
    np.testing.assert_allclose(table["own_estimate"][:2], own, rtol=1e-9)
    fitted = (
        SCHOOLS.design.X @ SCHOOLS.estimates.beta
        + np.concatenate([block.columns[0] for block in SCHOOLS.design.rows.blocks])
        * SCHOOLS.estimates.modes[0][SCHOOLS.design.rows.blocks[0].memberships[0].codes, 0]
    )
    slope = SCHOOLS.estimates.modes[0][SCHOOLS.design.rows.blocks[0].memberships[0].codes, 1]
    fitted = fitted + slope * hsb["ses"].to_numpy()
    rows = np.flatnonzero(hsb["school"].to_numpy() == "1224")
    np.testing.assert_allclose(Z @ table["estimate"][:2], fitted[rows], rtol=1e-9)


def test_coefficients_of_a_nested_factor_include_those_above() -> None:
    table = reliability(PASTES, "batch:cask", by_group=True)
    casks = datasets.load("pastes").group_by("batch", "cask", maintain_order=True)
    means = casks.mean()["strength"].to_numpy()
    np.testing.assert_allclose(table["own_estimate"], means, rtol=1e-9)


def test_notes_say_what_is_taken_as_known() -> None:
    assert reliability(PENICILLIN).notes[1:] == (
        "plate: the effects of the factors crossed with it are taken as known.",
        "sample: the effects of the factors crossed with it are taken as known.",
    )
    assert reliability(PASTES).notes[1:] == (
        "batch: errors include the variation between the groups nested in it (Raudenbush & Bryk, "
        "chapter 8).",
    )


def test_groups_left_out_are_counted() -> None:
    data = {"y": [1.0, 2, 4, 3, 5, 9, 2, 6], "x": [1, 2, 3, 1, 2, 3, 4, 4], "g": list("aaabbbcc")}
    with pytest.warns(UserWarning, match="singular"):
        fit = api.fit("y ~ x + (x || g)", data).fit
    assert reliability(fit).notes[-1] == (
        "g: 1 of 3 groups are left out, because their rows do not tell all coefficients apart."
    )
    assert reliability(fit)["n_groups"].tolist() == [2, 2]


def test_a_variance_of_zero_has_no_reliability() -> None:
    with pytest.warns(UserWarning, match="singular"):
        fit = api.fit("yield ~ 1 + (1 | batch)", {
            "yield": [1.0, 2, 3, 3, 2, 1, 2, 1, 3], "batch": list("aaabbbccc")}).fit  # fmt: skip
    assert reliability(fit)["reliability"].tolist() == [0.0]
