"""The exact text of every message of robust, reliability, homogeneity and compare_ols."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from echelon import api, datasets
from echelon.errors import EchelonError, EchelonWarning
from echelon.infer.sandwich import robust_cr2
from echelon.result import Result

RNG = np.random.default_rng(2)
N = 60
DATA: dict[str, Any] = {
    "x": RNG.normal(size=N),
    "a": np.array(["ä", "b", "c", "d", "e", "f"])[np.arange(N) // 10],
    "b": np.arange(N) % 5,
    "c": (np.arange(N) + 1) % 5,
    "only": (np.arange(N) < 10) * 1.0,
    "one": np.zeros(N),
}
DATA["y"] = DATA["x"] + RNG.normal(size=6).repeat(10) + RNG.normal(size=N)


def fitted(formula: str, **changes: Any) -> Result:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return api.fit(formula, DATA | changes)


PLAIN = fitted("y ~ x")
ONE = fitted("y ~ x + (1 | a)")
SHORT = fitted("y ~ x + (1 | a)", y=[None, *DATA["y"][1:]])
CROSSED = fitted("y ~ x + (1 | a) + (1 | b)")
MEMBERS = fitted("y ~ x + (1 | mm(b, c))")
ONLY = fitted("y ~ x + only + (1 | a)")
NESTED = api.fit("strength ~ 1 + (1 | batch/cask)", datasets.load("pastes"))
ROWLESS = Result(replace(ONE.fit, design=replace(ONE.fit.design, y=np.empty(0))))
TWO_LEVELS = Result(replace(NESTED.fit, design=replace(NESTED.fit.design, y=np.empty(0))))


def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robust_cr2, "LARGEST", 20)


def without_rows(what: str, kept: int = 60) -> str:
    return (
        "This fit was saved without its rows.\n"
        f"  where: {what}\n"
        f"  got:   a loaded fit that keeps 0 of its {kept} rows\n"
        "  need:  the rows that the model was fitted to\n"
        "  do:    save with rows=True, or fit the model again; predict(new_data) needs no rows.\n"
        "  see:   errors#fit-without-rows"
    )


MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "a kind that does not exist": (
        lambda: ONE.robust("CR4"),
        "The option kind cannot be 'CR4'.\n"
        "  where: option kind\n"
        "  got:   'CR4'\n"
        "  need:  one of 'CR0', 'CR1', 'CR1S', 'CR2', 'CR3', 'HLM'\n"
        "  do:    did you mean 'CR3' or 'CR2' or 'CR1'?\n"
        "  see:   errors#unknown-option-value",
    ),
    "a way to count that does not exist": (
        lambda: ONE.robust(df_method="kenward_roger"),
        "The option df_method cannot be 'kenward_roger'.\n"
        "  where: option df_method\n"
        "  got:   'kenward_roger'\n"
        "  need:  one of 'satterthwaite', 'clusters', 'level', 'normal'\n"
        "  do:    write 'satterthwaite', for example.\n"
        "  see:   errors#unknown-option-value",
    ),
    "nothing to cluster by": (
        lambda: PLAIN.robust(),
        "The model has no grouping factor to cluster by.\n"
        "  where: robust(), argument cluster\n"
        "  got:   None, and a formula without a bar\n"
        "  need:  a label per row\n"
        "  do:    pass the column: robust(cluster=data['school']).\n"
        "  see:   errors#cluster-not-named",
    ),
    "a name of a column": (
        lambda: ONE.robust(cluster="b"),
        "'b' is no grouping factor of the model.\n"
        "  where: robust(), argument cluster\n"
        "  got:   'b', and a fit keeps the columns of its model only\n"
        "  need:  one of 'a', or a label per row\n"
        "  do:    pass the column itself: cluster=data['b'].\n"
        "  see:   errors#cluster-not-named",
    ),
    "a multiple membership": (
        lambda: MEMBERS.robust(),
        "Rows belong to several groups of 'mm(b, c)', which therefore makes no clusters.\n"
        "  where: robust(), argument cluster\n"
        "  got:   a multiple membership of 2 columns\n"
        "  need:  clusters that hold all groups of a row\n"
        "  do:    pass a label per row: robust(cluster=data['region']).\n"
        "  see:   errors#cluster-not-named",
    ),
    "clusters that cross groups": (
        lambda: ONE.robust(cluster=DATA["b"]),
        "Groups of 'a' have rows in several clusters of 'cluster'.\n"
        "  where: robust(), argument cluster\n"
        "  got:   a 'b', 'c', 'd', 'e', 'f' and 1 more\n"
        "  need:  clusters that hold every group of a random factor whole: rows of different "
        "clusters\n"
        "         must be independent\n"
        "  do:    cluster by 'a' or by a factor above it; where factors cross, by\n"
        "         several: cluster=['a', ...].\n"
        "  see:   errors#cluster-crosses-groups",
    ),
    "too few labels": (
        lambda: ONE.robust(cluster=[1, 2, 3]),
        "The clusters do not fit the rows of the model.\n"
        "  where: robust(), argument cluster\n"
        "  got:   3 labels\n"
        "  need:  60 labels, one per row used\n"
        "  do:    take the column from the table that the model was fitted to.\n"
        "  see:   errors#cluster-length",
    ),
    "too few labels, and rows were dropped": (
        lambda: SHORT.robust(cluster=np.arange(3)),
        "The clusters do not fit the rows of the model.\n"
        "  where: robust(), argument cluster\n"
        "  got:   3 labels\n"
        "  need:  59 labels, one per row used, or 60, one per row of the table\n"
        "  do:    take the column from the table that the model was fitted to.\n"
        "  see:   errors#cluster-length",
    ),
    "missing labels": (
        lambda: ONE.robust(cluster=[None, None, *DATA["a"][2:]]),
        "Rows of the model lack a label of 'cluster'.\n"
        "  where: robust(), argument cluster, rows 1, 2\n"
        "  got:   2 missing labels\n"
        "  need:  a cluster for every row that the model uses\n"
        "  do:    fill the labels in, or fit without these rows.\n"
        "  see:   errors#cluster-missing",
    ),
    "a single cluster": (
        lambda: ONE.robust(cluster=DATA["one"]),
        "All rows are in one cluster of 'cluster'.\n"
        "  where: robust(), argument cluster\n"
        "  got:   1 cluster\n"
        "  need:  2 or more clusters: their differences are what robust errors are made of\n"
        "  do:    cluster by a factor with more groups.\n"
        "  see:   errors#one-cluster",
    ),
    "several ways, and a kind for one": (
        lambda: CROSSED.robust("CR2"),
        "With clusters in several ways, kind cannot be 'CR2'.\n"
        "  where: robust(), argument kind\n"
        "  got:   'CR2', and clusters by 'b', 'a'\n"
        "  need:  one of 'CR0', 'CR1', 'CR1S'\n"
        "  do:    write kind='CR1', or cluster in one way.\n"
        "  see:   errors#robust-several-ways",
    ),
    "several ways, and degrees of freedom for one": (
        lambda: CROSSED.robust("CR1", df_method="satterthwaite"),
        "With clusters in several ways, df_method cannot be 'satterthwaite'.\n"
        "  where: robust(), argument df_method\n"
        "  got:   'satterthwaite', and clusters by 'b', 'a'\n"
        "  need:  one of 'clusters', 'level', 'normal'\n"
        "  do:    write df_method='clusters', or cluster in one way.\n"
        "  see:   errors#robust-several-ways",
    ),
    "a cluster that a coefficient needs": (
        lambda: ONLY.robust("CR3"),
        "Without cluster 'ä' of 'a' a coefficient has no estimate.\n"
        "  where: robust(), kind='CR3'\n"
        "  got:   'only' rests on this cluster alone\n"
        "  need:  coefficients that can be estimated when any one cluster is left out\n"
        "  do:    use kind='CR2', or leave 'only' out.\n"
        "  see:   errors#cluster-needed",
    ),
    "a robust error without rows": (lambda: ROWLESS.robust(), without_rows("robust()")),
    "homogeneity without rows": (lambda: ROWLESS.homogeneity(), without_rows("homogeneity()")),
    "shrinkage without rows": (
        lambda: ROWLESS.reliability(by_group=True),
        without_rows("reliability(by_group=True)"),
    ),
    "nested factors without rows": (
        lambda: TWO_LEVELS.reliability(),
        without_rows("the regressions of nested groups"),
    ),
    "reliability without random effects": (
        lambda: PLAIN.reliability(),
        "The model has no groups to regress in.\n"
        "  where: reliability()\n"
        "  got:   a formula without a bar\n"
        "  need:  a random term of one grouping factor, e.g. (1 | school)\n"
        "  do:    add a random term to the formula.\n"
        "  see:   errors#no-random-effects",
    ),
    "homogeneity of a multiple membership": (
        lambda: MEMBERS.homogeneity(),
        "The model has no groups to regress in.\n"
        "  where: homogeneity()\n"
        "  got:   the multiple membership mm(b, c)\n"
        "  need:  a random term of one grouping factor, e.g. (1 | school)\n"
        "  do:    read the variance of the factor instead: fit.variance_components.\n"
        "  see:   errors#no-random-effects",
    ),
    "reliability of an unknown factor": (
        lambda: NESTED.reliability("bach"),
        "Grouping factor 'bach' is not in the model.\n"
        "  where: reliability(), argument grouping\n"
        "  got:   'bach'\n"
        "  need:  one of 'batch', 'batch:cask'\n"
        "  do:    did you mean 'batch'?\n"
        "  see:   errors#unknown-grouping",
    ),
    "shrinkage of several factors": (
        lambda: NESTED.reliability(by_group=True),
        "The model has several grouping factors, and none is named.\n"
        "  where: reliability()\n"
        "  got:   by_group=True without a name\n"
        "  need:  one of 'batch', 'batch:cask'\n"
        "  do:    name one: reliability('batch', by_group=True).\n"
        "  see:   errors#unknown-grouping",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_message(name: str) -> None:
    call, expected = MESSAGES[name]
    with pytest.raises(EchelonError) as caught:
        call()
    assert str(caught.value) == expected


def test_a_cluster_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    small_limit(monkeypatch)
    with pytest.raises(EchelonError) as caught:
        ONE.robust()
    assert str(caught.value) == (
        "Cluster 'b' of 'a' is too large for CR2.\n"
        "  where: robust(), kind='CR2'\n"
        "  got:   10 rows times 3 random effects and coefficients\n"
        "  need:  a product of at most 20 in every cluster\n"
        "  do:    use kind='CR3', which is about as good and needs no such matrix, or 'CR1' "
        "where there\n"
        "         are many clusters.\n"
        "  see:   errors#cluster-too-large"
    )


def test_a_cluster_too_large_with_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    small_limit(monkeypatch)
    weighted = api.fit("y ~ x + (1 | a)", DATA | {"w": 1 + DATA["only"]}, weights="w")
    with pytest.raises(EchelonError, match=r"10 rows times 10 rows \(the model has weights\)"):
        weighted.robust()
