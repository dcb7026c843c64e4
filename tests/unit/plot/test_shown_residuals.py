from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.errors import SpecError
from echelon.plot.shown_residuals import (
    block_of,
    fitted_axis,
    group_means,
    group_modes,
    names_of,
    predictor_axis,
    row_residuals,
)
from tests.unit.plot.drawn import fitted, quiet


def test_rows_of_a_gaussian_model() -> None:
    result = fitted("sleep")
    values, title = row_residuals(result.fit, 0, "here")
    np.testing.assert_array_equal(values, result.residuals())
    assert title == "residual of reaction"
    axis = fitted_axis(result.fit, None)
    np.testing.assert_array_equal(axis.values, result.fitted)
    names = names_of(result.fit, None)
    assert names is not None
    assert names[11] == "row 11, subject 309"


def test_rows_with_weights() -> None:
    data = {"y": [1.0, 2, 4, 3, 6, 5], "g": list("aabbcc"), "w": [1.0, 4, 1, 4, 1, 4]}
    result = ec.fit("y ~ 1 + (1 | g)", data, weights="w")
    values, title = row_residuals(result.fit, 0, "here")
    np.testing.assert_allclose(values, result.residuals() * np.sqrt(data["w"]))
    assert title == "residual of y × √weight"


def test_rows_of_a_generalized_model() -> None:
    result = fitted("use")
    values, _ = row_residuals(result.fit, 3, "here")
    np.testing.assert_array_equal(values, result.residuals("quantile", seed=3))
    assert fitted_axis(result.fit, None).title == "fitted probability of use"
    wine = fitted_axis(fitted("wine").fit, None)
    assert wine.values.shape == (72,)
    assert wine.title == "linear predictor of rating (location)"


def test_groups() -> None:
    result = fitted("hsb")
    block = block_of(result.fit, "school", "here")
    assert block is not None
    assert block_of(result.fit, 1, "here") is None
    ((term, modes),) = group_modes(result.fit, block)
    assert term == "(Intercept)"
    np.testing.assert_array_equal(modes, result.conditional_modes()["estimate"])
    expected = result.predict(random="none")
    codes = block.memberships[0].codes
    axis = fitted_axis(result.fit, block)
    np.testing.assert_allclose(axis.values[5], expected[codes == 5].mean())
    ses = predictor_axis(result.fit, block, "ses", "here")
    raw = np.asarray(ec.datasets.load("hsb")["ses"])
    np.testing.assert_allclose(ses.values[5], raw[codes == 5].mean())
    sector = predictor_axis(result.fit, block, "sector", "here")
    assert sector.labels == ("Public", "Catholic")
    assert set(sector.values.tolist()) == {0.0, 1.0}


def test_groups_of_a_generalized_model_are_on_the_link_scale() -> None:
    result = fitted("use")
    block = block_of(result.fit, "district", "here")
    assert block is not None
    axis = fitted_axis(result.fit, block)
    expected = result.predict(random="none", kind="link")
    np.testing.assert_allclose(axis.values, group_means(block, np.asarray(expected)))


def test_multiple_membership_means_are_weighted() -> None:
    data = {
        "y": [1.0, 2, 4, 3], "g": list("abab"), "h": list("bacc"),
        "v": [0.5] * 4, "w": [0.25, 0.5, 0.25, 0.5],
    }  # fmt: skip
    result = quiet("y ~ 1 + (1 | mm(g, h, weights=(v, w)))", data)
    (block,) = result.fit.design.rows.blocks
    place = block.labels.tolist().index("a")  # rows 0, 2 by 0.5 and row 1 by 0.5
    mean = group_means(block, np.array([1.0, 2, 4, 3]))[place]
    assert mean == pytest.approx((0.5 * 1 + 0.5 * 4 + 0.5 * 2) / 1.5)


def test_a_category_that_varies_within_groups() -> None:
    result = fitted("use")
    block = block_of(result.fit, "district", "here")
    with pytest.raises(SpecError, match="cannot be set against the categories"):
        predictor_axis(result.fit, block, "livch", "here")
