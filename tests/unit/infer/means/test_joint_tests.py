"""Joint tests of terms against tests of their coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from echelon import api
from echelon.infer.coefficients.inference import linear_inference

RNG = np.random.default_rng(41)
N = 200
DATA: dict[str, Any] = {
    "y": RNG.normal(size=N),
    "a": np.array(list("pqr"))[RNG.integers(0, 3, N)],
    "b": np.array(["u", "v"])[RNG.integers(0, 2, N)],
    "x": RNG.normal(size=N),
    "g": np.repeat(np.arange(20), 10),
}
DATA["y"] = DATA["y"] + RNG.normal(size=20)[DATA["g"]]


def test_additive_terms_are_tests_of_their_coefficients() -> None:
    result = api.fit("y ~ a + b + x + (1 | g)", DATA)
    inference, table = linear_inference(result.fit), result.joint_tests()
    for term, places in {"a": [1, 2], "b": [3], "x": [4]}.items():
        test = inference.joint(np.eye(5)[places])
        row = table.row(term=term)
        assert row["statistic"] == pytest.approx(test.statistic, rel=1e-10)
        # Fai & Cornelius' df of several rows depends on which rows span the same hypothesis
        assert (row["df_num"], row["df_den"]) == (len(places), pytest.approx(test.df_den, rel=1e-3))
        assert row["p_value"] == pytest.approx(test.p_value, rel=1e-3)


def test_interactions_with_sum_coding_are_tests_of_their_coefficients() -> None:
    """Type III: with contrasts that add to zero every term is its own coefficients."""
    coded = api.fit("y ~ a * b + (1 | g)", DATA, contrasts={"a": "sum", "b": "sum"})
    plain = api.fit("y ~ a * b + (1 | g)", DATA).joint_tests()
    inference = linear_inference(coded.fit)
    for term, places in {"a": [1, 2], "b": [3], "a:b": [4, 5]}.items():
        test = inference.joint(np.eye(6)[places])
        assert plain.row(term=term)["statistic"] == pytest.approx(test.statistic, rel=1e-7)


def test_groups() -> None:
    result = api.fit("y ~ a * b + x + (1 | g)", DATA)
    table = result.joint_tests(by="b")
    assert table["term"].tolist() == ["a", "a", "x", "x"]
    assert table["b"].tolist() == ["u", "v"] * 2
    means = result.marginal_means("a", by="b").joint_tests()
    assert means["statistic"].tolist() == pytest.approx(table["statistic"].tolist()[:2])
    pooled = result.marginal_means("a * b").joint_tests()
    assert pooled["term"].tolist() == ["a", "b", "a:b"]
    assert result.marginal_means("a | b").joint_tests(by=[]) == pooled


def test_two_variables_to_group_by() -> None:
    data = DATA | {"c": np.array(["s", "t"])[RNG.integers(0, 2, N)]}
    result = api.fit("y ~ a * b * c", data)
    table = result.joint_tests(by=["b", "c"])
    for row in table.rows():
        alone = result.marginal_means("a", at={"b": row["b"], "c": row["c"]}).joint_tests()
        assert alone["statistic"][0] == pytest.approx(row["statistic"])


def test_numbers_are_named() -> None:
    notes = api.fit("y ~ a * x", DATA).joint_tests().notes
    assert notes[0] == "Numbers are compared one SD to each side of their mean: x."
    assert notes[-1] == "Degrees of freedom: residual."
