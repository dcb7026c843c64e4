"""Whether responses drawn from a generalized model look like the data.

Room: check/. One question per file: could the model have produced these responses?
Takes: `Evidence` of a generalized model.
Gives: findings 'simulated_shape' and 'simulated_outliers'.
Source: Hartig's DHARMa (testUniformity, testOutliers); Dunn & Smyth (1996), JCGS 5, 236-244.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.shape import two_sided
from echelon.families import family_of
from echelon.fit import design_with_rows
from echelon.simulate import draws

STREAM = 5
CATEGORIES = ("binary", "ordered", "nominal")  # responses without extremes
MOST_ROWS = 5_000  # looked at; the others are as good
MOST_DRAWN = 20_000_000  # responses, over all simulations
FEWEST = 40  # simulations
SHAPE = (0.05, 0.10)
OUTLIERS = (2.0, 5.0)
SOURCE_SHAPE = (
    "echelon: a probability of a response below some value is wrong by 0.05 or by 0.10 on average; "
    "the test compares with responses drawn from the model, as DHARMa's testUniformity"
)
SOURCE_OUTLIERS = (
    "echelon: twice and five times as many rows beyond all simulations as the model expects; the "
    "test as DHARMa's testOutliers"
)


def simulated_shape(evidence: Evidence) -> tuple[Finding, ...]:
    """Measure how far the places of the data among simulated responses are from uniform.

    The random effects are drawn anew, so that groups are as different as the model says.
    """
    if not evidence.fit.spec.is_generalized:
        return ()
    places = _places(evidence)
    n = len(places)
    ordered = np.sort(places, axis=0)
    steps = np.arange(1, n + 1)[:, None] / n
    above, below = (steps - ordered).max(axis=0), (ordered - steps + 1 / n).max(axis=0)
    distance = np.maximum(above, below)
    p = _upper(distance)
    excess = max(0.0, float(distance[0] - np.median(distance[1:])))
    facts = {
        **_facts(evidence, places),
        "mean_place": float(places[:, 0].mean()),
        "distance": float(distance[0]),
    }
    return (
        Finding(
            "simulated_shape",
            "",
            "largest difference between observed and expected probabilities",
            excess,
            *SHAPE,
            judge(excess, *SHAPE, p_value=p),
            SOURCE_SHAPE,
            p,
            facts,
        ),
    )


def simulated_outliers(evidence: Evidence) -> tuple[Finding, ...]:
    """Count the rows beyond all simulated responses, against the number that is expected.

    The random effects are the conditional modes: a group that is far out makes no outlying rows.
    """
    spec = evidence.fit.spec
    if not spec.is_generalized or family_of(spec.family).response in CATEGORIES:
        return ()
    table = _table(evidence, has_new_effects=False)
    counts = _beyond(table).sum(axis=0)
    expected = float(counts[1:].mean())
    if not expected > 0:
        return ()
    ratio, p = float(counts[0]) / expected, _upper(counts)
    facts = {**_facts(evidence, table), "n_beyond": int(counts[0]), "expected": expected}
    return (
        Finding(
            "simulated_outliers",
            "",
            "rows beyond all simulations, over the number expected",
            ratio,
            *OUTLIERS,
            judge(ratio, *OUTLIERS, p_value=p),
            SOURCE_OUTLIERS,
            p,
            facts,
        ),
    )


def _table(evidence: Evidence, has_new_effects: bool) -> FloatArray:
    """Put the data (first column) beside simulated responses, (m, s + 1)."""
    fit = evidence.fit
    design = design_with_rows(fit, "check()")
    generator = evidence.generator(STREAM + has_new_effects)
    rows = np.arange(design.n_obs)
    if len(rows) > MOST_ROWS:
        rows = np.sort(generator.choice(rows, MOST_ROWS, replace=False))
    count = int(np.clip(MOST_DRAWN // design.n_obs, FEWEST, max(FEWEST, evidence.n_simulations)))
    simulated = zip(range(count), draws(fit, generator, has_new_effects, rows), strict=False)
    return np.column_stack([design.y[rows], *[y for _, y in simulated]])


def _places(evidence: Evidence) -> FloatArray:
    """Rank the responses of every column among those of all columns, ties at random: (0, 1).

    If the model holds the first column, the data, is like the others, groups and all.
    """
    table = _table(evidence, has_new_effects=True)
    generator = evidence.generator(STREAM + 2)
    noise: FloatArray = generator.random(table.shape)
    order = np.lexsort(np.stack([noise, table]), axis=1)
    ranks = np.empty(table.shape)
    np.put_along_axis(ranks, order, np.arange(table.shape[1], dtype=float)[None, :], axis=1)
    places: FloatArray = (ranks + generator.random(table.shape)) / table.shape[1]
    return places


def _beyond(table: FloatArray) -> FloatArray:
    """Say whether a response (m, s + 1) is below, or above, those of all other columns: 0, 1."""
    ordered = np.sort(table, axis=1)
    low, high = ordered[:, :1], ordered[:, -1:]
    is_lone_low = (table == low) & (ordered[:, 1:2] > low)
    is_lone_high = (table == high) & (ordered[:, -2:-1] < high)
    return np.asarray(is_lone_low | is_lone_high, dtype=float)


def _upper(statistics: FloatArray) -> float:
    """One-sided p value of the first of statistics (s + 1,): by rank; far out by its distance."""
    own, others = float(statistics[0]), statistics[1:]
    p = float((1 + (others >= own).sum()) / len(statistics))
    spread = float(others.std(ddof=1))
    if p * len(statistics) > 1.5 or not spread > 0:
        return p
    z = (own - float(others.mean())) / spread
    return min(p, two_sided(z) / 2) if z > 5 else p


def _facts(evidence: Evidence, table: FloatArray) -> dict[str, object]:
    return {
        "n_looked": len(table),
        "n_simulations": table.shape[1] - 1,
        "family": evidence.fit.spec.family,
    }
