"""Overdispersion and zero inflation: found where they are, not where they are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.measure.overdispersion import against

N = 240
G = np.arange(N) % 24
RNG = np.random.default_rng(11)
MU = np.exp(0.8 + 0.5 * RNG.normal(size=24)[G])
POISSON = RNG.poisson(MU).astype(float)
SPREAD = RNG.negative_binomial(2.0, 2.0 / (2.0 + MU)).astype(float)
INFLATED = np.where(RNG.uniform(size=N) < 0.35, 0.0, RNG.poisson(2.0 + MU))


def fitted(y: object, family: str = "poisson", **options: Any) -> ec.Result:
    return ec.fit("y ~ 1 + (1 | g)", {"y": y, "g": G}, family=family, **options)


def test_poisson_counts_are_not_overdispersed() -> None:
    table = fitted(POISSON).overdispersion(60, seed=1)
    row = table.row(method="simulated")
    assert 0.7 < row["ratio"] < 1.3
    assert row["p_value"] > 0.05
    assert table.notes[0] == "No sign of more or less variation than the model says."


def test_the_pearson_row_is_the_common_formula() -> None:
    fit = fitted(POISSON)
    found = fit.fit.estimates.generalized
    assert found is not None
    mu = np.exp(found.eta[0])
    row = fit.overdispersion(5, seed=1).row(method="pearson")
    assert row["statistic"] == pytest.approx(float(((POISSON - mu) ** 2 / mu).sum()), rel=1e-12)
    assert row["df"] == N - 2
    assert row["ratio"] == pytest.approx(row["statistic"] / row["df"], rel=1e-12)


def test_overdispersed_counts_are_found_and_mended() -> None:
    table = fitted(SPREAD).overdispersion(60, seed=1)
    assert table.row(method="simulated")["ratio"] > 1.5
    assert table.row(method="simulated")["p_value"] < 0.05
    assert "family='nbinom2'" in table.notes[0]
    mended = fitted(SPREAD, "nbinom2").overdispersion(60, seed=1)
    assert mended.row(method="simulated")["p_value"] > 0.05


def test_counts_that_vary_too_little() -> None:
    table = ec.fit("y ~ 1", {"y": 3 + G % 2}, family="poisson").overdispersion(60, seed=1)
    assert table.row(method="simulated")["ratio"] < 0.3
    assert "Less variation than the model says" in table.notes[0]


def test_trials_that_go_together() -> None:
    share = RNG.beta(0.8, 0.8, N)
    data = {"s": RNG.binomial(10, share), "n": np.full(N, 10), "g": G}
    fit = ec.fit("s / n ~ 1 + (1 | g)", data, family="binomial")
    table = fit.overdispersion(40, seed=1)
    assert table.row(method="simulated")["p_value"] < 0.05
    assert "betabinomial" in table.notes[0]


def test_zeros_are_counted() -> None:
    table = fitted(INFLATED).zero_inflation(60, seed=1)
    row = table.row()
    assert row["observed"] == np.mean(INFLATED == 0)
    assert row["observed"] > row["high"] > row["expected"] > row["low"]
    assert row["p_value"] < 0.05
    assert "zero='~ 1'" in table.notes[0]
    mended = fitted(INFLATED, zero="~ 1").zero_inflation(60, seed=1)
    assert mended.row()["p_value"] > 0.05


def test_poisson_zeros_are_as_many_as_they_should_be() -> None:
    table = fitted(POISSON).zero_inflation(60, seed=1)
    assert table.notes == ("As many zeros as the model says.",)


def test_a_seed_repeats() -> None:
    fit = fitted(POISSON)
    assert fit.overdispersion(10, seed=3) == fit.overdispersion(10, seed=3)
    assert fit.zero_inflation(10, seed=3) == fit.zero_inflation(10, seed=3)


def test_against_counts_the_data_among_the_simulated() -> None:
    ratio, p_value = against(5.0, np.array([1.0, 2.0, 3.0]))
    assert (ratio, p_value) == (2.5, 0.5)
    assert against(2.0, np.full(9, 2.0)) == (1.0, 1.0)
    assert np.isnan(against(0.0, np.zeros(4))[0])
    assert np.isnan(against(1.0, np.empty(0))).all()


@pytest.mark.slow
def test_the_simulated_test_keeps_its_size() -> None:
    """At 5 % of 200 samples: 2 to 18 rejections have 99.9 % of the binomial's probability."""
    rng = np.random.default_rng(7)
    rejected = 0
    for seed in range(200):
        mu = np.exp(0.2 + 0.7 * rng.normal(size=24)[G])
        with np.errstate(all="ignore"):
            table = fitted(rng.poisson(mu)).overdispersion(60, seed=seed)
        rejected += table.row(method="simulated")["p_value"] < 0.05
    assert rejected <= 18
