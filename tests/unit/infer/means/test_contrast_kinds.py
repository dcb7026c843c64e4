"""Families of contrasts: weights and names."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.infer.means.contrast_kinds import ADJUSTMENTS, contrast_kind, read_kind

LABELS = ("a", "b", "c", "d")
KINDS = [kind for kind in ADJUSTMENTS if kind != "custom"]


@pytest.mark.parametrize("kind", KINDS)
def test_weights_add_to_zero(kind: str) -> None:
    family = contrast_kind(kind, LABELS)
    np.testing.assert_allclose(family.weights.sum(axis=1), 0, atol=1e-15)
    assert family.adds_to_zero
    assert len(family.names()) == len(set(family.names())) == len(family.weights)
    turned = contrast_kind(kind, LABELS, is_reversed=True)
    assert (turned.weights == -family.weights).all()


def test_names_say_what_is_compared() -> None:
    assert contrast_kind("pairwise", "xyz").names() == ("x - y", "x - z", "y - z")
    assert contrast_kind("pairs", "xyz", is_reversed=True).names(" / ") == (
        "y / x",
        "z / x",
        "z / y",
    )
    assert contrast_kind("control", "xyz", "y").names() == ("x - y", "z - y")
    assert contrast_kind("control", "xyz", -1).names() == ("x - z", "y - z")
    assert contrast_kind("consecutive", "xyz").names() == ("y - x", "z - y")
    assert contrast_kind("effects", "xy").names() == ("x effect", "y effect")
    assert contrast_kind("helmert", "xyz").names() == ("y vs earlier", "z vs earlier")
    assert contrast_kind("helmert", "xy", is_reversed=True).names() == ("-(y vs earlier)",)
    assert contrast_kind("mean_change", "xyz").names() == ("x|y", "y|z")
    assert contrast_kind("polynomial", "xyz").names() == ("linear", "quadratic")


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (3, [[-1, 0, 1], [1, -2, 1]]),
        (4, [[-3, -1, 1, 3], [1, -1, -1, 1], [-1, 3, -3, 1]]),
        (5, [[-2, -1, 0, 1, 2], [2, -1, -2, -1, 2], [-1, 2, 0, -2, 1], [1, -4, 6, -4, 1]]),
    ],
)
def test_polynomials_are_those_of_tables(k: int, expected: list[list[float]]) -> None:
    assert contrast_kind("polynomial", [str(i) for i in range(k)]).weights.tolist() == expected


def test_own_weights() -> None:
    family = contrast_kind({"first": [1, -1, 0, 0], "mean": [0.25] * 4}, LABELS)
    assert (family.names(), family.adds_to_zero) == (("first", "mean"), False)
    one = contrast_kind(np.array([1, 0, 0, -1]), LABELS)
    assert (one.names(), one.weights.tolist()) == (("contrast 1",), [[1, 0, 0, -1]])
    two = contrast_kind([[1, -1, 0, 0], [0, 0, 1, -1]], LABELS)
    assert two.names() == ("contrast 1", "contrast 2")


def test_words_of_other_programs() -> None:
    words = ["trt.vs.ctrl", "consec", "poly", "eff", "mean_chg", "Pairwise"]
    assert [read_kind(word) for word in words] == [
        "control",
        "consecutive",
        "polynomial",
        "effects",
        "mean_change",
        "pairwise",
    ]
