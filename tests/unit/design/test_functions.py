from __future__ import annotations

import numpy as np
import pytest

from tests.designs import design_of

X = np.array([1.0, 2, 4, 8])
DATA = {"y": np.array([1.0, 5, 2, 7]), "x": X, "f": ["a", "b", "a", "b"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("log(x)", np.log(X)),
        ("log2(x)", [0, 1, 2, 3]),
        ("log10(x)", np.log10(X)),
        ("log1p(x)", np.log1p(X)),
        ("exp(x)", np.exp(X)),
        ("sqrt(x)", np.sqrt(X)),
        ("abs(I(3 - x))", [2, 1, 1, 5]),
        ("I(x^2)", [1, 4, 16, 64]),
        ("I(-x^2)", [-1, -4, -16, -64]),
        ("I((x + 1) / 2)", [1, 1.5, 2.5, 4.5]),
        ("I(2 * x - 1)", [1, 3, 7, 15]),
        ("I(x * (x > 2))", [0, 0, 4, 8]),
        ("log(x + 1)", np.log(X + 1)),
        ('I(x * (f == "b"))', [0, 2, 0, 8]),
        ('I(x * (f != "b"))', [1, 0, 4, 0]),
    ],
)
def test_values(text: str, expected: object) -> None:
    design = design_of(f"y ~ {text}", DATA)
    np.testing.assert_allclose(design.rows.fixed_columns[1], expected, rtol=1e-15)


def test_response_offset_and_weights_may_be_expressions() -> None:
    design = design_of("log(y) ~ offset(log(x)) + offset(x)", DATA, offset="2 * x", weights="1 / x")
    np.testing.assert_allclose(design.y, np.log(DATA["y"]))
    assert design.response_name == "log(y)"
    assert design.rows.offset is not None
    np.testing.assert_allclose(design.rows.offset, np.log(X) + 3 * X)
    assert design.weights is not None
    assert design.weights.tolist() == [1, 0.5, 0.25, 0.125]


def test_booleans_are_categories() -> None:
    design = design_of("y ~ b", {**DATA, "b": [True, False, True, False]})
    assert design.fixed_names == ("(Intercept)", "b[True]")
