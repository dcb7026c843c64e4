"""Functions that remember: equal to R's on the rows of the fit, the same for new rows."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.design.build import columns_needed_for_new_rows, encode_rows
from echelon.frame.build import build_frame
from tests.designs import design_of

RNG = np.random.default_rng(3)
N = 60
DATA = {
    "y": RNG.normal(size=N),
    "x": RNG.gamma(2.0, size=N),
    "school": np.arange(N) % 6 + 100,
    "class_": np.arange(N) // 6 % 2,
    "f": np.array(["a", "b", "c"])[np.arange(N) % 3].tolist(),
}
TERMS = [
    "poly(x, 3)",
    "poly(x, 2, raw = TRUE)",
    "bs(x, df = 5)",
    "bs(x, knots = (1, 2))",
    "bs(x, degree = 1, df = 3)",
    "ns(x, df = 4)",
    "scale(x)",
    "scale(x, center = FALSE)",
    "center(x)",
    "cgm(x)",
    "cwc(x, school)",
    "gm(x, school)",
    "gm(x, school:class_)",
    "gm(log(x), school)",
    "log(scale(x) + 9)",
    "f",
    "ordered(f)",
    'factor(f, ref = "b")',
    "factor(school)",
    "I(x > 1)",
    "x:f",
]


@pytest.mark.parametrize("term", TERMS)
def test_new_rows_are_encoded_as_the_rows_of_the_fit(term: str) -> None:
    design = design_of(f"y ~ {term}", DATA)
    rows = np.array([5, 17, 0, 33])
    few = {name: [values[i] for i in rows] for name, values in DATA.items() if name != "y"}
    frame = build_frame(few, columns_needed_for_new_rows(design.recipe))
    encoded = encode_rows(design.recipe, frame)
    np.testing.assert_allclose(np.column_stack(encoded.fixed_columns), design.X[rows], rtol=1e-12)


def test_poly_is_that_of_r() -> None:
    design = design_of("y ~ poly(x, 2)", {"y": [1.0, 3, 2, 5, 4], "x": [1.0, 2, 3, 4, 5]})
    expected = [
        [-0.6324555, 0.5345225],
        [-0.3162278, -0.2672612],
        [0, -0.5345225],
        [0.3162278, -0.2672612],
        [0.6324555, 0.5345225],
    ]
    np.testing.assert_allclose(design.X[:, 1:], expected, atol=1e-7)


def test_poly_stays_orthonormal_far_from_zero() -> None:
    design = design_of("y ~ poly(x, 4)", {"y": DATA["y"], "x": DATA["x"] + 1e4})
    basis = design.X[:, 1:]
    np.testing.assert_allclose(basis.T @ basis, np.eye(4), atol=1e-8)
    np.testing.assert_allclose(basis.sum(axis=0), 0, atol=1e-8)


WOMEN = {
    "height": np.arange(58.0, 73.0),
    "weight": np.array(
        [115.0, 117, 120, 123, 126, 129, 132, 135, 139, 142, 146, 150, 154, 159, 164]
    ),
}


@pytest.mark.parametrize(
    ("term", "coefficients"),
    [  # printed by the examples of R's help pages of ns and bs
        ("ns(height, df = 5)", [114.7447, 15.9474, 25.1695, 33.2582, 50.7894, 45.0363]),
        ("bs(height, df = 5)", [114.8799, 3.4657, 13.0300, 27.6161, 40.8481]),
    ],
)
def test_splines_give_the_coefficients_of_r(term: str, coefficients: list[float]) -> None:
    design = design_of(f"weight ~ {term}", WOMEN)
    fitted = np.linalg.lstsq(design.X, WOMEN["weight"], rcond=None)[0]
    np.testing.assert_allclose(fitted[: len(coefficients)], coefficients, atol=5e-5)


def test_natural_splines_are_straight_beyond_the_data() -> None:
    design = design_of("weight ~ ns(height, df = 4)", WOMEN)
    frame = build_frame(
        {"height": np.array([80.0, 81, 82, 40, 41, 42])}, columns_needed_for_new_rows(design.recipe)
    )
    X = np.column_stack(encode_rows(design.recipe, frame).fixed_columns)
    np.testing.assert_allclose(X[0] - 2 * X[1] + X[2], 0, atol=1e-10)
    np.testing.assert_allclose(X[3] - 2 * X[4] + X[5], 0, atol=1e-10)


def test_within_and_between_parts_add_up() -> None:
    design = design_of("y ~ cwc(x, school) + gm(x, school)", DATA)
    np.testing.assert_allclose(design.X[:, 1] + design.X[:, 2], DATA["x"], rtol=1e-12)
    sums = np.bincount(DATA["school"] - 100, design.X[:, 1])
    np.testing.assert_allclose(sums, 0, atol=1e-12)


def test_a_new_group_has_the_mean_of_its_own_rows() -> None:
    design = design_of("y ~ gm(x, school)", DATA)
    new = {"x": np.array([1.0, 3.0, 50.0]), "school": np.array([900, 900, 100])}
    frame = build_frame(new, columns_needed_for_new_rows(design.recipe))
    column = encode_rows(design.recipe, frame).fixed_columns[1]
    own = DATA["x"][DATA["school"] == 100].mean()
    np.testing.assert_allclose(column, [2.0, 2.0, own])


def test_scale_uses_n_minus_one() -> None:
    design = design_of("y ~ scale(x)", DATA)
    column = design.X[:, 1]
    assert abs(column.mean()) < 1e-12
    assert column.std(ddof=1) == pytest.approx(1.0)


def test_labels_that_read_the_same_match() -> None:
    design = design_of("y ~ factor(school) + (0 + x | school)", DATA)
    new = {"x": [1.0, 2.0], "school": ["103", "100"]}
    frame = build_frame(new, columns_needed_for_new_rows(design.recipe))
    rows = encode_rows(design.recipe, frame)
    assert rows.blocks[0].memberships[0].codes.tolist() == [3, 0]
    assert rows.fixed_columns[3].tolist() == [1.0, 0.0]
