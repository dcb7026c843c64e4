"""Adjusted p values and intervals: rules that every method keeps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.infer.means.multiplicity import (
    METHODS,
    Family,
    adjusted_p,
    adjusted_quantile,
    describe,
    read_adjust,
)

T = np.array([0.4, 2.1, 3.3, 1.2, 2.6, 0.1])
DF = np.array([12.0, 11.0, 12.5, 30.0, 9.0, 12.0])


def family(t: np.ndarray = T, df: np.ndarray = DF) -> Family:
    """All pairs of four means."""
    rows = np.array([[1, -1, 0, 0], [1, 0, -1, 0], [1, 0, 0, -1], [0, 1, -1, 0], [0, 1, 0, -1],
                     [0, 0, 1, -1.0]]) * 0.5**0.5  # fmt: skip
    return Family(t, df, 2 * stats.t.sf(t, df), lambda: rows[: len(t)], 4)


@pytest.mark.parametrize("method", METHODS)
def test_adjusted_p_values_are_no_smaller(method: str) -> None:
    pairs = family()
    p = adjusted_p(method, pairs)
    assert (p >= pairs.p_value - 1e-9).all()
    assert (p <= 1).all()


@pytest.mark.parametrize("method", [m for m in METHODS if m not in ("holm", "bh")])
def test_an_interval_excludes_zero_when_its_test_rejects(method: str) -> None:
    pairs = family()
    rejected = adjusted_p(method, pairs) < 0.05
    limit = adjusted_quantile(method, pairs, 0.95)
    assert rejected.tolist() == (limit < T).tolist()


@pytest.mark.parametrize("method", METHODS)
def test_the_p_value_at_the_limit_is_alpha(method: str) -> None:
    if method in ("holm", "bh"):
        method = "bonferroni"  # whose intervals they have
    limit = adjusted_quantile(method, family(), 0.9)
    at_limit = adjusted_p(method, family(limit))
    np.testing.assert_allclose(at_limit, 0.1, rtol=1e-6)


def test_steps() -> None:
    """Holm and Benjamini & Hochberg by hand."""
    p = np.array([0.01, 0.04, 0.03])
    tests = Family(T[:3], DF[:3], p, lambda: np.eye(3))
    np.testing.assert_allclose(adjusted_p("holm", tests), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(adjusted_p("bh", tests), [0.03, 0.04, 0.04])


@pytest.mark.parametrize("method", METHODS)
def test_a_single_test_is_left_alone(method: str) -> None:
    one = family(T[1:2], DF[1:2])
    np.testing.assert_allclose(adjusted_p(method, one), one.p_value, rtol=1e-10)
    assert adjusted_quantile(method, one, 0.95)[0] == pytest.approx(stats.t.ppf(0.975, 11))
    expected = "rank 1" if method == "scheffe" else ""
    assert expected in describe(method, [one], ())


def test_other_words_are_understood() -> None:
    words = ["FDR", "benjamini-hochberg", "Multivariate-t", "Tukey "]
    assert [read_adjust(word) for word in words] == ["bh", "bh", "mvt", "tukey"]


def test_the_sentence_names_groups() -> None:
    text = describe("tukey", [family(), family()], ("wool",))
    assert text == (
        "p values and intervals are adjusted by Tukey's method for 4 means, separately for each"
        " wool."
    )
