"""The chi-square of the groups' own estimates."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from echelon import api, datasets
from echelon.errors import EchelonWarning
from echelon.infer.distributions import distributions
from echelon.measure.homogeneity import homogeneity

HSB = datasets.load("hsb")


def test_balanced_one_way_is_the_f_ratio() -> None:
    """Sum of m (mean_j - mean)^2 / sigma^2, with 5 df."""
    dyestuff = datasets.load("dyestuff")
    fit = api.fit("yield ~ 1 + (1 | batch)", dyestuff).fit
    table = homogeneity(fit)
    means = dyestuff.group_by("batch").mean()["yield"].to_numpy()
    expected = 5 * np.square(means - means.mean()).sum() / fit.estimates.sigma**2
    assert table["statistic"][0] == pytest.approx(expected, rel=1e-9)
    assert table["df"].tolist() == [5]
    p_value = distributions.chi2_p_value(expected, 5)
    assert table["p_value"][0] == pytest.approx(p_value, rel=1e-9)


@pytest.mark.filterwarnings("ignore::echelon.errors.SingularFitWarning")
@pytest.mark.parametrize(
    ("formula", "df"),
    [
        ("mathach ~ meanses + sector + ses + (ses | school)", [157, 159]),
        ("mathach ~ (meanses + sector) * ses + (ses | school)", [157, 157]),
        ("mathach ~ sector * ses + minority + (ses | school)", [158, 158]),
        ("mathach ~ 0 + sector + ses + (1 | school)", [158]),
        ("mathach ~ 1 + (ses | school)", [159, 160]),
    ],
)
def test_degrees_of_freedom(formula: str, df: list[int]) -> None:
    """Schools less the school predictors of the coefficient, less one for its mean."""
    assert homogeneity(api.fit(formula, HSB).fit)["df"].tolist() == df


def test_a_nested_factor_is_compared_within_the_groups_above() -> None:
    """Thirty casks in ten batches: 20 df, and the sums of squares of casks within batches."""
    pastes = datasets.load("pastes")
    fit = api.fit("strength ~ 1 + (1 | batch/cask)", pastes).fit
    row = homogeneity(fit).row(grouping="batch:cask")
    casks = pastes.group_by("batch", "cask", maintain_order=True).mean()["strength"].to_numpy()
    within = casks.reshape(10, 3) - casks.reshape(10, 3).mean(axis=1, keepdims=True)
    assert row["statistic"] == pytest.approx(2 * (within**2).sum() / fit.estimates.sigma**2)
    assert row["df"] == 20
    assert homogeneity(fit, "batch")["df"].tolist() == [9]


def test_no_groups_left_have_no_test() -> None:
    data = {"y": [1.0, 2, 4, 3, 5, 9], "x": [1, 2, 3, 1, 2, 3], "w": [0, 0, 0, 1, 1, 1],
            "g": list("aaabbb")}  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        table = homogeneity(api.fit("y ~ x + w + (1 | g)", data).fit)
    assert table["df"].tolist() == [0]
    assert np.isnan(table["p_value"]).all()


@pytest.mark.slow
def test_size_when_there_is_no_variance() -> None:
    """A nominal 5 % test of a slope that does not vary, in 1,000 samples; and within regions."""
    rng = np.random.default_rng(9)
    group = np.repeat(np.arange(40), 12)
    x = rng.normal(size=480)
    rejections, within = 0, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        for _ in range(1000):
            y = x + rng.normal(size=40)[group] + rng.normal(size=480)
            fit = api.fit("y ~ x + (x || group)", {"y": y, "x": x, "group": group}).fit
            rejections += homogeneity(fit)["p_value"][1] < 0.05
            y = x + rng.normal(size=8)[group // 5] + rng.normal(size=480)
            data = {"y": y, "x": x, "group": group, "region": group // 5}
            fit = api.fit("y ~ x + (1 | region) + (1 | group)", data).fit
            within += homogeneity(fit).row(grouping="group")["p_value"] < 0.05
    assert 0.03 < rejections / 1000 < 0.07
    assert 0.03 < within / 1000 < 0.07
