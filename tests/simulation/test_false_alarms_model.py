"""Clean data sets: how often the checks of predictors, influence and design raise an alarm.

The tests of `independence`, `level_1_spread`, `linearity` and `cross_level` have a level of 1% over
all that each looks at, and ask for an effect size besides: their rate is at most 1%. Findings
without a test are judged by size; on these data at most 5% of the data sets may reach a look.
"""

from __future__ import annotations

import warnings
from collections import Counter
from functools import cache

import numpy as np
import pytest

import echelon as ec
from echelon.check import diagnose
from echelon.errors import SingularFitWarning

REPLICATES = 500
TOPICS = ("Predictors", "Influence", "Data and design")
LEVEL = {"independence": 0.01, "level_1_spread": 0.01, "linearity": 0.01, "cross_level": 0.01}
BY_SIZE = {
    "collinearity": 0.05,
    "zero_of_predictors": 0.05,
    "uncentred_slope": 0.05,
    "influential_groups": 0.05,
    "changed_estimates": 0.05,
    "inflated_errors": 0.05,
    "influential_rows": 0.05,
    "rows_per_group": 0.05,
    "groups_per_predictor": 0.05,
    "rows_left_out": 0.05,
    "grouping_matters": 0.05,
}
WORLDS = {
    "school": ("y ~ x + z + w + v + (x | g)", "gaussian", 60, 20),
    "few": ("y ~ x + w + (1 | g)", "gaussian", 20, 12),
    "binary": ("y ~ x + w + (1 | g)", "binomial", 60, 30),
}

pytestmark = pytest.mark.slow


def clean(world: str, seed: int) -> tuple[str, dict[str, np.ndarray], str]:
    """Draw a data set that the model describes."""
    formula, family, n_groups, rows = WORLDS[world]
    rng = np.random.default_rng([len(world), seed])
    g = np.repeat(np.arange(n_groups), rows)
    x, z = rng.normal(size=(2, len(g)))
    w, v, u0, u1 = (rng.normal(size=n_groups)[g] for _ in range(4))
    eta = 0.4 * x + 0.3 * w + 0.7 * u0
    if world == "school":
        eta = eta + 0.2 * z - 0.2 * v + 0.3 * u1 * x
    noise = rng.normal(size=len(g))
    y = eta + noise
    if family == "binomial":
        y = (rng.random(len(g)) < 1 / (1 + np.exp(-eta))).astype(float)
    return formula, {"g": g, "x": x, "z": z, "w": w, "v": v, "y": y}, family


@cache
def rates(world: str) -> dict[str, float]:
    """Share of data sets in which a finding is worth a look or more."""
    alarms: Counter[str] = Counter()
    for seed in range(REPLICATES):
        formula, data, family = clean(world, seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SingularFitWarning)
            result = ec.fit(formula, data, family=family)
        found = diagnose(result.fit, topics=TOPICS).findings
        every = [finding for findings in found.values() for finding in findings]
        alarms.update({finding.name for finding in every if finding.verdict != "fine"})
    return {name: alarms[name] / REPLICATES for name in (*LEVEL, *BY_SIZE)}


@pytest.mark.parametrize("world", WORLDS)
def test_tests_keep_their_level(world: str) -> None:
    """Within three binomial standard errors."""
    found = rates(world)
    for name, level in LEVEL.items():
        assert found[name] <= level + 3 * np.sqrt(level * (1 - level) / REPLICATES), (name, found)


@pytest.mark.parametrize("world", WORLDS)
def test_sizes_are_seldom_reached_by_chance(world: str) -> None:
    found = rates(world)
    for name, level in BY_SIZE.items():
        assert found[name] <= level, (name, found)
