"""Principal components of the random effects."""

from __future__ import annotations

import numpy as np

from echelon.building.random_pca import column_sizes, random_pca
from tests.unit.infer.varied import TABLE, fitted


def test_table() -> None:
    table = random_pca(fitted("y ~ x + (x | g) + (1 | h)"))
    assert table.columns == (
        "grouping", "component", "std_dev", "share", "cumulative",
        "scaled_std_dev", "scaled_share", "scaled_cumulative",
    )  # fmt: skip
    assert table["grouping"].tolist() == ["g", "g", "h"]
    assert table["component"].tolist() == [1, 2, 1]
    np.testing.assert_allclose(table["cumulative"][[1, 2]], 1.0)
    np.testing.assert_allclose(table["share"], table["std_dev"] ** 2 / totals(table["std_dev"]))


def totals(std_devs: np.ndarray) -> np.ndarray:
    squares = std_devs**2
    return np.array([squares[:2].sum()] * 2 + [squares[2]])


def test_scaled_components_have_no_unit() -> None:
    """A predictor in thousandths changes the components, not the scaled ones."""
    by_x, by_mx = fitted("y ~ x + (x | g)"), fitted("y ~ x + (I(1000 * x) | g)")
    one, other = random_pca(by_x), random_pca(by_mx)
    np.testing.assert_allclose(other["scaled_share"], one["scaled_share"], rtol=1e-5)
    assert abs(other["share"][0] - one["share"][0]) > 0.01
    mean_square = np.mean(np.square(TABLE["x"]))
    np.testing.assert_allclose(column_sizes(by_x)[0], [1, np.sqrt(mean_square)], rtol=1e-12)


def test_terms_of_one_factor_are_taken_together() -> None:
    one, other = fitted("y ~ x + (x || g)"), fitted("y ~ x + (1 | g) + (0 + x | g)")
    np.testing.assert_allclose(random_pca(one)["std_dev"], random_pca(other)["std_dev"], rtol=1e-5)


def test_a_singular_fit_has_a_component_of_nothing() -> None:
    fit = fitted("y ~ x + (x + f | g)")
    assert fit.estimates.verdict.is_singular
    assert random_pca(fit)["scaled_std_dev"][-1] < 1e-4


def test_nothing_varies() -> None:
    fit = fitted("e ~ 1 + (1 | k)")
    assert fit.estimates.theta.tolist() == [0.0]
    assert np.isnan(random_pca(fit)["share"]).all()
