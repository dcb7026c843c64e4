"""What rows are clustered by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from echelon import api, datasets
from echelon.errors import DesignError
from echelon.infer.sandwich.clusters import read_clusters, together

RNG = np.random.default_rng(4)
N = 120
DATA = {
    "y": RNG.normal(size=N) + RNG.normal(size=10).repeat(12) + np.tile(RNG.normal(size=6), 20),
    "a": np.repeat(np.arange(10), 12),
    "b": np.tile(np.arange(6), 20),
    "ort": np.array(["Öst", "Süd", "West"])[np.repeat(np.arange(10), 12) % 3],
}
NESTED = api.fit("strength ~ 1 + (1 | batch/cask)", datasets.load("pastes")).fit
CROSSED = api.fit("y ~ 1 + (1 | a) + (1 | b)", DATA).fit
ONE = api.fit("y ~ 1 + (1 | a)", {**DATA, "y": [None, *DATA["y"][1:]]}).fit


def test_default_is_the_factor_in_which_all_others_nest() -> None:
    (way,) = read_clusters(NESTED)
    assert (way.name, way.n_clusters) == ("batch", 10)
    assert way.sizes.tolist() == [6] * 10


def test_default_of_crossed_factors_is_all_of_them() -> None:
    assert [way.name for way in read_clusters(CROSSED)] == ["b", "a"]


def test_of_two_factors_with_the_same_groups_the_first() -> None:
    data = {**DATA, "same": DATA["a"] + 100}
    fit = api.fit("y ~ 1 + (1 | a) + (0 + b | same)", data).fit
    assert [way.name for way in read_clusters(fit)] == ["a"]


def test_names_in_any_number() -> None:
    assert [way.name for way in read_clusters(CROSSED, ("a", "b"))] == ["a", "b"]
    with pytest.raises(DesignError, match="Groups of 'b' have rows in several clusters of 'a'"):
        read_clusters(CROSSED, "a")
    with pytest.raises(DesignError, match="Groups of 'batch' have rows in several clusters"):
        read_clusters(NESTED, "batch:cask")


@pytest.mark.parametrize(
    "make",
    [
        np.asarray,
        list,
        tuple,
        lambda v: pl.Series("ort", v),
        lambda v: pd.Series(v, name="ort"),
        lambda v: pd.Series(pd.Categorical(v), name="ort"),
    ],
)
def test_labels_of_every_kind(make: Any) -> None:
    """One label per row of the table; the row without a response is not in the model."""
    (way,) = read_clusters(ONE, make(DATA["ort"].tolist()))
    assert sorted(way.labels.tolist()) == ["Süd", "West", "Öst"]
    assert len(way.codes) == N - 1
    assert way.name == ("ort" if hasattr(make(["x"]), "name") else "cluster")


def test_labels_of_the_rows_used() -> None:
    (way,) = read_clusters(ONE, DATA["ort"][1:])
    (same,) = read_clusters(ONE, DATA["ort"])
    assert (way.codes == same.codes).all()


def test_columns_in_several_ways() -> None:
    ways = read_clusters(CROSSED, ["a", DATA["b"]])
    assert [(way.name, way.n_clusters) for way in ways] == [("a", 10), ("cluster", 6)]
    both = together(ways)
    assert (both.name, both.n_clusters) == ("a:cluster", 60)
    pairs = {(a, b): c for a, b, c in zip(ways[0].codes, ways[1].codes, both.codes, strict=True)}
    assert len(set(pairs.values())) == len(pairs) == 60


@pytest.mark.filterwarnings("ignore::echelon.errors.SingularFitWarning")
def test_multiple_membership_within_a_factor() -> None:
    data = {**DATA, "m1": 2 * (DATA["a"] // 2), "m2": DATA["a"], "region": DATA["a"] // 2}
    fit = api.fit("y ~ 1 + (1 | mm(m1, m2)) + (1 | region)", data).fit
    assert [way.name for way in read_clusters(fit)] == ["region"]
