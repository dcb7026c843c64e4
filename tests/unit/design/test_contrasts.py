from __future__ import annotations

import numpy as np
import pytest

from echelon.design.contrasts import coding_matrix, contrast_labels, label_texts
from echelon.design.recipe import Categories


def test_treatment_leaves_out_the_reference() -> None:
    assert coding_matrix("treatment", 3, 1).tolist() == [[1, 0], [0, 0], [0, 1]]


def test_helmert_is_contr_helmert() -> None:
    expected = [[-1, -1, -1], [1, -1, -1], [0, 2, -1], [0, 0, 3]]
    assert coding_matrix("helmert", 4).tolist() == expected


def test_poly_is_contr_poly() -> None:
    expected = np.array(
        [
            [-0.6708204, 0.5, -0.2236068],
            [-0.2236068, -0.5, 0.6708204],
            [0.2236068, -0.5, -0.6708204],
            [0.6708204, 0.5, 0.2236068],
        ]
    )
    np.testing.assert_allclose(coding_matrix("poly", 4), expected, atol=1e-7)


def test_fourth_polynomial_of_five_categories() -> None:
    expected = [0.1195229, -0.4780914, 0.7171372, -0.4780914, 0.1195229]
    np.testing.assert_allclose(coding_matrix("poly", 5)[:, 3], expected, atol=1e-7)


@pytest.mark.parametrize("size", [2, 7, 30])
def test_polynomials_are_orthonormal_and_sum_to_zero(size: int) -> None:
    matrix = coding_matrix("poly", size)
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(size - 1), atol=1e-12)
    np.testing.assert_allclose(matrix.sum(axis=0), 0, atol=1e-12)
    assert (matrix[-1] > 0).all()


def test_matrices_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        coding_matrix("sum", 3)[0, 0] = 2.0


@pytest.mark.parametrize(
    ("coding", "expected"),
    [
        ("treatment", ("a", "c", "d", "e")),
        ("sum", ("1", "2", "3", "4")),
        ("helmert", ("1", "2", "3", "4")),
        ("poly", (".L", ".Q", ".C", "^4")),
    ],
)
def test_names_are_those_of_r(coding: str, expected: tuple[str, ...]) -> None:
    labels = np.array(list("abcde"), dtype=object)
    assert contrast_labels(Categories(labels, tuple("abcde"), coding, 1)) == expected


def test_label_texts_word_each_type() -> None:
    assert label_texts(np.array([1, 20])) == ("1", "20")
    assert label_texts(np.array([1.0, 0.1])) == ("1", "0.1")
    assert label_texts(np.array([False, True])) == ("FALSE", "TRUE")
    assert label_texts(np.array(["é", "x y"], dtype=object)) == ("é", "x y")
    assert label_texts(np.array(["2024-05-01"], dtype="datetime64[D]")) == ("2024-05-01",)
